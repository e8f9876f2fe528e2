"""One run and its order."""
