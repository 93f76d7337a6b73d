"""One judge, used by all: reconciles the two ledgers and reads the history; pure."""
