"""The only door to the network: it opens for a declared purpose, with the person's leave, and writes down each use."""
