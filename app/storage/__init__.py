"""The profile on disk: key slots, the encrypted database, its migrations, setting values, and the one-window lock.

No feature's queries live here; they stand in that feature's own store.py.
"""
