"""Finding anything by typing: commands, chats, models, settings."""
