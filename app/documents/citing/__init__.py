"""Which sentence of an answer stands where in its sources, found by the app itself, whatever the model says."""
