"""Finds the characters that may replace a character: those of its own kind, so that a text keeps form and length.

Letters stay letters of their script and case, digits digits; punctuation, spaces, signs and control characters stay
themselves. The characters of a kind lie within one window of 128 code points, so a text also keeps its length in UTF-8
and in UTF-16.
"""

from __future__ import annotations

import functools
import string
import unicodedata

_WINDOW = 128
#: By general category: punctuation, separators, signs of money and mathematics, control characters, half surrogates.
_FIXED = ("P", "Z", "Sc", "Sm", "Cc", "Cf", "Cs", "Cn")
_ASCII = (string.ascii_lowercase, string.ascii_uppercase, string.digits)


@functools.lru_cache(maxsize=65_536)
def place(char: str) -> tuple[str, int]:
    """The characters that may replace this one, including itself, and its position among them."""
    for members in _ASCII:
        if char in members:
            return members, members.index(char)
    category = unicodedata.category(char)
    if char < "\x80" or category.startswith(_FIXED):
        return char, 0
    members = _kin(ord(char) // _WINDOW, category, _script(char))
    return members, members.index(char)


def format_of(text: str) -> str:
    """What a text shares with its possible replacements: for each character the first of its kind."""
    return "".join(place(char)[0][0] for char in text)


@functools.lru_cache(maxsize=4096)
def _kin(window: int, category: str, script: str) -> str:
    chars = map(chr, range(window * _WINDOW, (window + 1) * _WINDOW))
    return "".join(c for c in chars if unicodedata.category(c) == category and _script(c) == script)


def _script(char: str) -> str:
    """The first word of a character's name, which is its script, as GREEK or CJK; private-use characters have none."""
    return unicodedata.name(char, "").partition(" ")[0].partition("-")[0]
