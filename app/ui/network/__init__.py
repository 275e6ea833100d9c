"""Screens of the network: the question before a request, and the list of all that were made."""
