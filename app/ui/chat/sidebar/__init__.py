"""The list of chats and what is done with its entries."""
