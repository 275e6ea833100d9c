"""The work behind documents: reading what waits, embedding what lacks vectors, and keeping folders in step."""
