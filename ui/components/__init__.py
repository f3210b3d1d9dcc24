"""The parts that run in the browser: an element here, its Vue component beside it."""
