"""Lines that fit into a terminal. Where there is none, a line is not broken: a program or a search reads it whole."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap

#: A narrower terminal is not served.
NARROWEST = 40


def columns() -> int | None:
    """The columns of the terminal; without one those that COLUMNS names, else None."""
    given = os.environ.get("COLUMNS", "")
    if sys.stdout.isatty() or (given.isascii() and given.isdigit() and int(given[:9]) > 0):
        return max(NARROWEST, shutil.get_terminal_size().columns)
    return None


def wrapped(text: str, *, indent: str = "", width: int | None = None) -> list[str]:
    """The text in lines of at most ``width`` columns, those after the first indented; one line without a width.

    A word that is longer, such as a path or an id, stays whole.

    >>> wrapped("  deal 006: two orders", indent="    ", width=16)
    ['  deal 006: two', '    orders']
    """
    if width is None or len(text) <= width:
        return [text]
    first = text[: len(text) - len(text.lstrip(" "))]
    return textwrap.wrap(
        text.lstrip(" "),
        width,
        initial_indent=first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
