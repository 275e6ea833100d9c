"""The window. Its folders mirror the rooms below; bridge.py is the only file that knows both threads and Qt."""
