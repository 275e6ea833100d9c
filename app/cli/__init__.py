"""Paddock without a window: ask and doctor. Also the proof that everything above the interface needs no Qt."""
