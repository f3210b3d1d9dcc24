"""Other ways to bring the same files into the same server, as a team would write them."""
