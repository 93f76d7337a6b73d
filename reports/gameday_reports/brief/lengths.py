"""How much text fits on the brief's one page, in whichever font the machine has."""

from __future__ import annotations

import unicodedata
from typing import Any

ACTIONS = 5
CURRENCIES = 2
ACTION = 120
FAULTS = 320
MESSAGE = 320
NAME = 40
TITLE = 100
#: A page with more text than this is printed in a smaller size; see ``text_length``.
ROOMY = 2000

#: What a row of a table takes besides its words, and how much more room words take in a narrow cell.
_ROW, _CELL = 80, 2


def shorten(text: str, longest: int) -> str:
    """The text with single spaces, shortened to ``longest`` characters by an ellipsis."""
    text = " ".join(text.split())
    if _width(text) <= longest:
        return text
    text = text[:longest]
    while _width(text) >= longest:
        text = text[:-1]
    return f"{text.rstrip()}\N{HORIZONTAL ELLIPSIS}"


def text_length(figures: dict[str, Any]) -> int:
    """The text of a brief, in characters of a full line."""
    prose = sum(_width(text) for text in figures.values() if isinstance(text, str))
    cells = sum(_width(action["what"]) + _width(action["owner"]) for action in figures["actions"])
    return prose + _CELL * cells + _ROW * (len(figures["rows"]) + len(figures["actions"]))


def _width(text: str) -> int:
    """The characters of a text, those of full width (Chinese, Japanese, Korean) counted twice."""
    return len(text) + sum(unicodedata.east_asian_width(char) in "WF" for char in text)
