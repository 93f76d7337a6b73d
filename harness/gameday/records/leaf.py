"""What the check of one field consists of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

#: The lowest and the highest number, and the edges that are not among them.
Bounds = tuple[Decimal, Decimal, tuple[Decimal, ...]]

#: A rule that a value breaks, and what was expected.
Finding = tuple[str, str]


class Leaf(msgspec.Struct, frozen=True):
    """One field's check. ``find`` tells what is wrong with a value that is not null.

    ``type`` is what msgspec decodes the value as, ``also`` a further condition on what it has decoded, which holds if
    it gives something true (None: there is none). A number's bounds stand apart, because comparing them in place is
    worth a tenth of the whole time.
    """

    find: Callable[[Any], Iterator[Finding]]
    type: Any
    also: Callable[[Any], object] | None = None
    bounds: Bounds | None = None
