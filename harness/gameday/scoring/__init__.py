"""Judgement and scores of a run, and the run folder in which they are kept."""
