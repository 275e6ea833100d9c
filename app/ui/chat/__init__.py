"""The chat screen: transcript, composer, list of chats."""
