"""Documents on screen: the page that holds them, the viewer that shows one, and what an answer was read from."""
