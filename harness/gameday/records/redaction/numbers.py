"""Pseudonyms for numbers: they keep sign, number of digits and decimal places, so a price keeps its size."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from gameday.records.redaction.permutation import Permutation

#: Longer coefficients are permuted in their leading digits only; the rest becomes zeros.
LONGEST = 200
_STEPS = 256


class NumberPseudonyms:
    """Replaces numbers by others with the same sign, digits and decimal places; 0 stays 0.

    9.9 and 9.90 are one number and get one pseudonym, and 100.00 stays a whole number.
    """

    def __init__(self, permutation: Permutation) -> None:
        self._permutation = permutation

    def pseudonym(
        self, value: Decimal, accepts: Callable[[Decimal], bool] | None = None, *, tweak: str = ""
    ) -> Decimal:
        """Another number of the same form, one for which ``accepts`` answers as for the original, if one is found."""
        wanted = accepts(value) if accepts else True
        first = candidate = self._once(value, tweak)
        for _ in range(_STEPS):
            if candidate == value:
                break
            if accepts is None or accepts(candidate) == wanted:
                return candidate
            candidate = self._once(candidate, tweak)
        return first

    def _once(self, value: Decimal, tweak: str) -> Decimal:
        sign, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int) or not value:
            return value
        significant = list(digits)
        # Trailing zeros of a fraction are part of its form, not of its value.
        padding = 0
        while exponent + padding < 0 and significant[-1] == 0:
            significant.pop()
            padding += 1
        rest = [0] * (len(significant) - LONGEST)
        places = exponent + padding
        found = self._digits(significant[:LONGEST], fraction=places < 0 and not rest, tweak=f"number {places} {tweak}")
        return Decimal((sign, (*found, *rest, *([0] * padding)), exponent))

    def _digits(self, digits: list[int], *, fraction: bool, tweak: str) -> list[int]:
        last = len(digits) - 1
        nonzero = [place == 0 or (fraction and place == last) for place in range(len(digits))]
        found = self._permutation.derange(
            [digit - 1 if counts else digit for digit, counts in zip(digits, nonzero, strict=True)],
            [9 if counts else 10 for counts in nonzero],
            tweak.encode(),
        )
        return [digit + 1 if counts else digit for digit, counts in zip(found, nonzero, strict=True)]
