"""A quick question from anywhere: a small window, and the keys that bring it."""
