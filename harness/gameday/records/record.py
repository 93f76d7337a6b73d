"""The results of reading a file of records, one after the other."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

#: Called now and then, and at the end, with the number of bytes read and the size of the file.
Progress = Callable[[int, int], None]


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record of a file. ``line`` (from 1) is where it begins; in a file of rows, its first row.

    ``data`` is one JSON object ``{element: {...}, other element: [{...}]}`` by the contract's physical names, in UTF-8,
    on one line, without duplicate keys; its numbers are exactly those of the file.
    """

    line: int
    data: bytes


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """A part of the file that is not a record. ``reason`` is a sentence that does not quote the file."""

    line: int
    reason: str
