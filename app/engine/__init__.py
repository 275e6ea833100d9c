"""Running a model: a child process on llama.cpp, and everything that talks to it."""
