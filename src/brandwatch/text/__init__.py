"""Text from people and from the web: read, folded, cleaned. Pure."""
