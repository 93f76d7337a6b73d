"""Carries out a run: environment, workload, injections, recovery, and the record of it."""
