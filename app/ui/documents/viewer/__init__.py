"""Looking at a document beside the chat: its pages as they are printed, or its text, with a passage marked."""
