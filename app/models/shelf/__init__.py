"""Models on disk: what is here, ours or another program's, and taking it from one place to another."""
