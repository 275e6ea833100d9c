"""One question, two answers side by side."""
