"""What is behind the Documents page: it reads, asks and does what the page tells."""
