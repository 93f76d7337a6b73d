"""How much a number of orders or records shows of what strikes only a share of them."""

from __future__ import annotations

import math

CONFIDENCE = 0.95


def size_for(effect: float, confidence: float = CONFIDENCE) -> int:
    """How many records, drawn at random, show at least one that a change breaks if it breaks this share of them.

    None of n records is struck with probability (1 - effect)^n, so n = ln(1 - confidence) / ln(1 - effect), rounded up.

    >>> size_for(0.01)
    299
    """
    return math.ceil(math.log(1 - confidence) / math.log(1 - effect))


def effect_shown(size: int, confidence: float = CONFIDENCE) -> float:
    """The smallest share of broken records of which ``size`` records, drawn at random, show at least one.

    >>> round(effect_shown(299), 4)
    0.01
    """
    return 1 - (1 - confidence) ** (1 / size) if size else 1.0
