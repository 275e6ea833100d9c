"""Files in, cited passages out: reading, keeping, searching and citing what a person gives the app to read."""
