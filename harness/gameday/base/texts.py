"""Texts from outside: finding them in a value, and writing out what in them cannot be seen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

# Control characters but tab and line feed (XML 1.0 forbids them too); marks, embeddings and isolates that reorder text
# (Unicode TR 36, "bidirectional text spoofing"); what has no width; line and paragraph separators; surrogates; tags.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text with invisible characters written out as code points; tabs and line feeds stay.

    >>> visible("a\\u202eb")
    'a⟨U+202E⟩b'
    """
    return _UNSEEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)


def one_line(text: str) -> str:
    """The text with every run of white space replaced by one blank.

    >>> one_line(" a\\n b ")
    'a b'
    """
    return " ".join(text.split())


def ascii_json(text: str) -> str:
    """Encoded JSON in which the invisible characters of its strings are escaped; it means the same.

    >>> ascii_json('["a\\x9bb"]')
    '["a\\\\u009bb"]'
    """
    return _UNSEEN.sub(_json_escape, text)


def _json_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i] << 8 | units[i + 1]:04x}" for i in range(0, len(units), 2))


def texts_in(value: object) -> Iterator[str]:
    """Every text in a value, at any depth and in its order; not the names of fields.

    >>> list(texts_in({"a": ["x", 1], "b": {"c": "y"}}))
    ['x', 'y']
    """
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from texts_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_in(each)
