"""llama.cpp through the ctypes layer of llama-cpp-python; only this room imports it."""
