"""Numbers out of rows, pure."""
