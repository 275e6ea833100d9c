"""Saving chats as files, and bringing them in."""
