"""What the hub says: which models there are, on which terms, and what Paddock knows of them beforehand."""
