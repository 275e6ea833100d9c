"""What the pages of models and of documents are made of: the page that scrolls, its bar, its cards and rows."""
