"""The demo: three believable sources of an online shop, with a history."""
