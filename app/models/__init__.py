"""Which models are here and what each one is. Finding and fetching more of them comes later."""
