"""Other servers of the same rows, as somebody who knows them would set them up."""
