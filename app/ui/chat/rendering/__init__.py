"""Markdown on screen: parsed, written into Qt's documents, decorated; nothing in it can load or open anything."""
