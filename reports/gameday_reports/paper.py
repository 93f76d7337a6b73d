"""Bounds a page for paper: of long tables the first rows, and a sentence that says where the others are.

WeasyPrint lays out a cell once for each place where a word of it may break, so words break at a few places only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gameday.base.counts import plural

#: How many rows of a table are printed. The page has up to hundreds, and the files beside it have all.
ROWS = 25
#: After how many characters a long word of a table may break.
WORD = 24

_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_BODY = re.compile(r"(?<=<tbody>)(.*)(?=</tbody>)", re.DOTALL)
_ROW = re.compile(r"<tr\b.*?</tr>\n?", re.DOTALL)
_CITED = re.compile(r'<tr id="(op-\d+)"')
_LINK = re.compile(r'href="#(op-\d+)"')
_TEXT = re.compile(r">[^<]+")
_WORD = re.compile(rf"(?:&[#\w]+;|[^\s<>&]){{{WORD}}}(?=[^\s<>])")


def for_paper(page: str) -> str:
    """The page with at most ROWS rows in each table; of the operations cited, those that it cites first."""
    page = _TABLE.sub(lambda table: table[0] if _is_cited(table[0]) else _bounded(table[0]), page)
    order = {anchor: place for place, anchor in enumerate(dict.fromkeys(_LINK.findall(page)))}
    page = _TABLE.sub(lambda table: _bounded(table[0], order) if _is_cited(table[0]) else table[0], page)
    return _TABLE.sub(lambda table: _TEXT.sub(_breakable, table[0]), page)


def _breakable(text: re.Match[str]) -> str:
    return _WORD.sub(r"\g<0><wbr>", text[0])


def _is_cited(table: str) -> bool:
    return _CITED.search(table) is not None


def _bounded(table: str, order: dict[str, int] | None = None) -> str:
    """The table with its first ROWS rows; where ``order`` says how soon the page cites a row, those cited first."""
    body = _BODY.search(table)
    rows = _ROW.findall(body[0]) if body else []
    if body is None or len(rows) <= ROWS:
        return table
    kept: Sequence[int] = range(ROWS)
    if order is not None:
        rank = [order.get(anchor, len(order)) for anchor in _CITED.findall(body[0])]
        kept = sorted(sorted(range(len(rows)), key=rank.__getitem__)[:ROWS])
    left_out = plural(len(rows) - ROWS, "more row")
    printed = "\n" + "".join(rows[place] for place in kept)
    return f"{table[: body.start()]}{printed}{table[body.end() :]}\n<p>{left_out} in postmortem.html.</p>"
