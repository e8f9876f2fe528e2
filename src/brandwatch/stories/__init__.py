"""Decide that two things are one: the same entry seen twice, and the same news in many places. Pure."""
