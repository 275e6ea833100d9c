"""Spelling, by the dictionaries that this system has."""
