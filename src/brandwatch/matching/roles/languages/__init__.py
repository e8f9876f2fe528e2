"""The words of each language: data, no code."""
