"""The Documents page: what it draws, from values alone."""
