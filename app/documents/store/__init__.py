"""Where documents are kept, and the only SQL of this room.

A document's number is the upper half of the keys of all that it is made of, so that it is one range of every table
and of the index. What is cleared is cleared in small transactions, because chats write to the same file.
"""
