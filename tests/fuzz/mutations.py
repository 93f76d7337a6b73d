"""Mutations of valid input: what breaks parsers is nearly valid."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

_BEFORE_VALUE = re.compile(rb'[:="(, ]')
_AFTER_VALUE = re.compile(rb'[\n",})]')

#: What has a meaning somewhere: to a terminal, to markup, to a parser, or to arithmetic.
TOKENS: tuple[bytes, ...] = (
    b"", b"\x00", b"\x1b[2J", b"\xff\xfe", b"\xc3", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"\r", b"\n", b"\t", b" ",
    b"\x85", b"[/retry]", b"{{ 7 }}", b"<!--", b"]]>", b"<<: *x", b"&a", b"*a", b"!!python/object", b"---\n",
    b"%YAML 9", b"|", b"'", b'"', b"\\", b"\\u0000", b"\\ud800", b"{", b"}", b"[", b"]", b"(", b")", b",", b":",
    b"=", b"-", b"%", b"#", b"@", b"null", b"true", b"NaN", b"Infinity", b"-Infinity", b"sNaN", b"0", b"-1",
    b"1e999", b"1e-999", b"-0", b"1" * 40, b"9" * 5000, b"0x10", b"1_000", b"1.", b".5", b"2026-02-30",
    b"9999-12-31", b"0001-01-01", b"99999999999 days", b"[" * 2000, b"{" * 2000, b'{"a":' * 2000, b"(" * 2000, b"a"
    * 70_000, b" " * 30_000, b"\xd9\xa3", b"e\xcc\x81",
)  # fmt: skip


def mutated(chance: random.Random, samples: Sequence[bytes]) -> bytes:
    """One of the samples after a few mutations: a token put in, a stretch replaced, repeated, moved or left out."""
    data = chance.choice(samples)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        start = chance.randint(0, len(data))
        end = min(len(data), start + chance.choice((0, 1, 2, 4, 8, 32, 256)))
        before, part, after = data[:start], data[start:end], data[end:]
        match chance.choice(("put in", "replace", "leave out", "repeat", "cut off", "flip", "value")):
            case "put in":
                data = before + chance.choice(TOKENS) + part + after
            case "replace":
                data = before + chance.choice(TOKENS) + after
            case "leave out":
                data = before + after
            case "repeat":
                data = before + part * chance.choice((2, 50, 3000)) + after
            case "cut off":
                data = before
            case "flip":
                data = before + bytes(each ^ chance.randint(1, 255) for each in part[:4]) + part[4:] + after
            case _:
                data = _another_value(data, start, chance.choice(TOKENS))
    return data[: 2 * 1024 * 1024]


def _another_value(data: bytes, start: int, token: bytes) -> bytes:
    """The data with the next value, up to a delimiter, replaced by a token."""
    found = _BEFORE_VALUE.search(data, start)
    begin = found.end() if found else len(data)
    found = _AFTER_VALUE.search(data, begin)
    end = found.start() if found else len(data)
    return data[:begin] + token + data[end:]
