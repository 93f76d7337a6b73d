"""Tries the repair list of a run in a sandbox and judges the ledgers again."""
