"""The read gateway: the views of one schema as HTTP resources."""
