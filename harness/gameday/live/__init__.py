"""The live board: a page for the room while a game day goes on.

It follows the histories that the runs append to, and speaks to the runs through a file of commands, so that a run
neither waits for the board nor fails with it.
"""
