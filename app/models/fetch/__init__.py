"""Fetching models: the queue, one model, one file, each of them right or absent."""
