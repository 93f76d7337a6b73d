"""The result that a feature's tags announce for a stack: ``@fails:brittle``, ``@inconclusive:brittle``."""

from __future__ import annotations

from collections.abc import Iterable

_RESULTS = {"fails": "failed", "inconclusive": "inconclusive"}


def expected_result(tags: Iterable[str], stack: str) -> str:
    """The expected result as its word; ``passed`` unless a tag says otherwise.

    >>> expected_result(["gate", "fails:brittle"], "brittle"), expected_result(["fails:brittle"], "durable")
    ('failed', 'passed')
    """
    pairs = (tag.partition(":") for tag in tags)
    return next((_RESULTS[word] for word, _, named in pairs if named == stack and word in _RESULTS), "passed")
