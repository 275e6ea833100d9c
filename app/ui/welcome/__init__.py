"""First start and keys: the pages a person sees before the first chat."""
