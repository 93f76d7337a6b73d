"""How large a sample must be to show an effect that concerns only a share of it."""

from __future__ import annotations

import math

CONFIDENCE = 0.95


def size_for(effect: float, confidence: float = CONFIDENCE) -> int:
    """How many random records are needed to see at least one broken record if ``effect`` is the broken share.

    All n records are unbroken with probability (1 - effect)^n, so n = ln(1 - confidence) / ln(1 - effect), rounded up.

    >>> size_for(0.01)
    299
    """
    return math.ceil(math.log(1 - confidence) / math.log(1 - effect))


def effect_shown(size: int, confidence: float = CONFIDENCE) -> float:
    """The smallest broken share for which ``size`` random records show at least one broken record.

    >>> round(effect_shown(299), 4)
    0.01
    """
    return 1 - (1 - confidence) ** (1 / size) if size else 1.0
