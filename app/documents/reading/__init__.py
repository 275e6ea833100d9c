"""What runs in the parser child: bytes of a file that nobody trusts -> parts, chunks and pictures of pages."""
