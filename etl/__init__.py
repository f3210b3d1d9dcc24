"""Bring rows in: from the files of a source to raw.<source>, then core.sync."""
