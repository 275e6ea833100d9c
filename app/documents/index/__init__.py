"""Finding passages: by words, by meaning, and both as one ranking over all documents that are asked."""
