"""Chance in workloads: a generator of random numbers for each thing that is drawn, by the seed alone."""

from __future__ import annotations

import random


def random_of(*parts: object) -> random.Random:
    """A random number generator for each deal or product, so that one more deal changes none of the others."""
    return random.Random(":".join(map(str, parts)))
