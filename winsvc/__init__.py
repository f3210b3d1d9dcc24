"""Windows: services, scheduled tasks, deploy and backup. Comes with its own issue."""
