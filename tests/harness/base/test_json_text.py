"""JSON of others is read whole or refused with a reason, never half understood and never with another error."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.base import json_text
from gameday.base.errors import GamedayError
from support.rows import rows


class Sheet(msgspec.Struct):
    """One of each kind of figure."""

    amount: Decimal = Decimal(0)
    count: int = 0
    time_s: float = 0.0
    text: str = ""
    rest: Any = None


@rows(
    "text",
    [
        b"", b"{", b"[]", b"\xef\xbb\xbf{}", b'{"text": "\xff"}', b'{"text": "\\ud800"}', b'{"rest": ' + b"[" * 100_000,
        b'{"count": ' + b"9" * 7000 + b"}", b'{"count": 1e400}', b'{"time_s": 1e999}', b'{"amount": "NaN"}',
        b'{"amount": "sNaN"}', b'{"amount": "Infinity"}', b'{"amount": "1e999999999"}', b'{"amount": "1e-999999"}',
        b'{"amount": 1e99}', b'{"rest": [{"x": 1e99}]}', b'{"count": ' + b"9" * 70 + b"}", b'{"time_s": -1e99}',
        b'{"amount": "1.e99"}', b'{"amount": "1e9_9"}', b'{"amount": "1_0E+9_9"}',
    ],
)  # fmt: skip
def test_what_cannot_be_calculated_with_is_refused(text: bytes) -> None:
    with pytest.raises(json_text.Unreadable):
        json_text.decode(text, Sheet)


@rows("text", [b'{"text": "12e345"}', b'{"text": "nan and inf"}', b'{"amount": "1e20"}', b'{"amount": "-12345.6789"}'])
def test_what_only_looks_like_an_extreme_figure_is_read(text: bytes) -> None:
    assert json_text.decode(text, Sheet)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    with pytest.raises(GamedayError, match=r"cannot read .*x\.json: No such file"):
        json_text.read(path, Sheet, what="a sheet")
    path.write_bytes(b"\xff")
    with pytest.raises(GamedayError, match=r"x\.json is not a sheet: "):
        json_text.read(path, Sheet, what="a sheet")
