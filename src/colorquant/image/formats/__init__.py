"""One module a format: its header, its size, and whether all of it is there."""
