"""A keyed permutation of sets of any size, without fixed points.

Format-preserving encryption in the manner of NIST SP 800-38G's FF1: a Feistel network over numbers instead of bits, so
that a value of any format becomes another of the same format, and no two values become the same one.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

#: The number of rounds in FF1.
ROUNDS = 10
_DIGEST_BYTES = 64


class Permutation:
    """Permutes tuples of digits, each below its own radix. The same key gives the same permutation."""

    def __init__(self, key: bytes) -> None:
        # Derive a key of the length that blake2b needs, used only here.
        self._key = hashlib.blake2b(key, digest_size=64, person=b"gameday redact").digest()

    def derange(self, digits: Sequence[int], radices: Sequence[int], tweak: bytes) -> list[int]:
        """Other digits for these: a permutation for each ``tweak``, without fixed points.

        A random permutation has about one fixed point, so this one is a shift conjugated by another permutation,
        ``p^-1(p(x) + s)``. Only if there is a single tuple (all radices are 1) it stays the same. The product of all
        radices has to be below 2^900: each half of them has to be well below a hash.
        """
        moving = [place for place, radix in enumerate(radices) if radix > 1]
        result = list(digits)
        if not moving:
            return result
        middle = len(moving) // 2
        first, second = moving[:middle], moving[middle:]
        sizes = math.prod(radices[p] for p in first), math.prod(radices[p] for p in second)
        state = _joined(result, radices, first), _joined(result, radices, second)
        rounds = _Rounds(self._seeded(tweak, radices), sizes)
        a, b = rounds.forward(*state)
        total = sizes[0] * sizes[1]
        shifted = (a * sizes[1] + b + 1 + rounds.number(ROUNDS, 0) % (total - 1)) % total
        a, b = rounds.backward(*divmod(shifted, sizes[1]))
        _spread(a, result, radices, first)
        _spread(b, result, radices, second)
        return result

    def choose(self, text: str, size: int, tweak: bytes) -> int:
        """A number below ``size`` that is always the same for this text."""
        keyed = hashlib.blake2b(tweak, key=self._key, digest_size=16)
        keyed.update(text.encode("utf-8", "surrogatepass"))
        return int.from_bytes(keyed.digest(), "big") % size

    def _seeded(self, tweak: bytes, radices: Sequence[int]) -> hashlib.blake2b:
        keyed = hashlib.blake2b(key=self._key, digest_size=_DIGEST_BYTES)
        keyed.update(len(tweak).to_bytes(4, "big") + tweak)
        keyed.update(b"".join(radix.to_bytes(4, "big") for radix in radices))
        return keyed


class _Rounds:
    """The Feistel rounds over two numbers, and back. One of the sets may have a single member."""

    def __init__(self, seeded: hashlib.blake2b, sizes: tuple[int, int]) -> None:
        self._seeded = seeded
        self._sizes = sizes

    def number(self, step: int, value: int) -> int:
        keyed = self._seeded.copy()
        keyed.update(bytes((step,)) + value.to_bytes((value.bit_length() + 7) // 8, "big"))
        return int.from_bytes(keyed.digest(), "big")

    def forward(self, a: int, b: int) -> tuple[int, int]:
        for step in range(ROUNDS):
            if step % 2:
                b = (b + self.number(step, a)) % self._sizes[1]
            else:
                a = (a + self.number(step, b)) % self._sizes[0]
        return a, b

    def backward(self, a: int, b: int) -> tuple[int, int]:
        for step in reversed(range(ROUNDS)):
            if step % 2:
                b = (b - self.number(step, a)) % self._sizes[1]
            else:
                a = (a - self.number(step, b)) % self._sizes[0]
        return a, b


def _joined(digits: Sequence[int], radices: Sequence[int], places: Sequence[int]) -> int:
    number = 0
    for place in places:
        number = number * radices[place] + digits[place]
    return number


def _spread(number: int, digits: list[int], radices: Sequence[int], places: Sequence[int]) -> None:
    for place in reversed(places):
        number, digits[place] = divmod(number, radices[place])
