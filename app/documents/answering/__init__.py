"""From a question to what the model reads before it: which documents, how much of them, and fenced as data."""
