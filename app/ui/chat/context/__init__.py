"""How full the model's context is, and what to do when it is."""
