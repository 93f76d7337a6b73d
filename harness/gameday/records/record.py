"""What reading a file of records gives, one after the other."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

#: Told how many bytes of the file are read, and how many it has. Called now and then, and at the end.
Progress = Callable[[int, int], None]


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record of a file. ``line`` (from 1) is where it begins: the first of its rows, in a file of rows.

    ``data`` is one JSON object ``{element: {...}, other element: [{...}]}`` by the contract's physical names, in UTF-8,
    on one line, without duplicate keys; its numbers are those of the file to the last digit.
    """

    line: int
    data: bytes


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """What is no record. ``reason`` is a sentence that quotes nothing of the file."""

    line: int
    reason: str
