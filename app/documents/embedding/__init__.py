"""Text as vectors: which embedding models there are, how documents use one, and how vectors are kept."""
