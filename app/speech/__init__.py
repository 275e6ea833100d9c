"""Reading a text aloud with the voice that the system has, in a child process of its own."""
