"""Searches for the schedule of faults and business operations that breaks a stack."""
