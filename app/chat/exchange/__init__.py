"""Chats on their way out (as pages to read, or whole) and in (ours, and those of other programs)."""
