"""The live board: a page for the operators during a game day.

It follows the histories that the runs append to, and sends commands through a file, so that a run neither waits for the
board nor fails with it.
"""
