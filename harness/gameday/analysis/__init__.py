"""Reconciles the two ledgers and reads the history, for every checker, score and report; pure functions."""
