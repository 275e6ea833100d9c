"""Where a model will run on a machine and how fast: facts in, plans and forecasts out, nothing loaded."""
