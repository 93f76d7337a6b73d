"""Whole numbers in texts that come from a client."""

from __future__ import annotations


def whole_number(text: str, *, digits: int = 18) -> int | None:
    """The number that a text of ASCII digits is; None for another text, or for more digits than that.

    ``int`` alone takes digits of other scripts, takes long for a megabyte of them, and raises above some thousands.
    ``str.isdigit`` takes "²", which ``int`` refuses.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None
