"""Conversations: the tree of messages, what of it goes to the model, one turn, and where it is kept."""
