"""The ground everything stands on, and the command line on top of it."""
