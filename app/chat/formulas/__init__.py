"""TeX into pictures, in a child process: what one is, how it is asked for, and who asks. No Qt."""
