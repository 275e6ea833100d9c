"""Paddock: a private desktop chat for Llama 3.1 and every other GGUF model. The version is written here only."""

__version__ = "0.1.0"
