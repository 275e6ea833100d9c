"""The conversation on screen: messages, what can be done with each, and where the view is."""
