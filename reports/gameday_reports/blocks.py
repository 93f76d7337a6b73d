"""The postmortem's Markdown as plain blocks, for tools that take neither Markdown nor HTML.

Every text of the Markdown is escaped, so reading it gives each text literally: no text becomes a heading or a link.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from markdown_it import MarkdownIt

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


class Run(NamedTuple):
    """A piece of text of one kind."""

    text: str
    bold: bool = False


class Block(NamedTuple):
    """A block. ``kind``: heading, paragraph, bullet, number, quote, code or row.

    ``level`` is that of a heading; a row has its ``cells``, and ``head`` says whether it is the first of its table.
    """

    kind: str
    runs: tuple[Run, ...] = ()
    level: int = 0
    cells: tuple[str, ...] = ()
    head: bool = False

    @property
    def text(self) -> str:
        """The whole text, without its kinds."""
        return "".join(run.text for run in self.runs)


def blocks(markdown: str) -> Iterator[Block]:
    """The blocks in the order of the text; a table's rows follow each other."""
    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(markdown)
    around: list[str] = []
    cells: list[str] = []
    for token in tokens:
        name = token.type.removesuffix("_open").removesuffix("_close")
        if token.type.endswith("_open"):
            around.append(token.tag if name == "heading" else name)
        if token.type == "inline":
            if around[-1] in ("th", "td"):
                cells.append("".join(run.text for run in _runs(token.children or ())))
            else:
                yield _block(around, token)
        elif token.type in ("code_block", "fence"):
            yield Block("code", (Run(token.content.rstrip("\n")),))
        if token.type.endswith("_close"):
            around.pop()
        if token.type == "tr_close":
            yield Block("row", cells=tuple(cells), head="thead" in around)
            cells = []


def _block(around: Sequence[str], token: Any) -> Block:
    runs = tuple(_runs(token.children or ()))
    if around[-1] in _HEADINGS:
        return Block("heading", runs, level=_HEADINGS.index(around[-1]) + 1)
    if "blockquote" in around:
        return Block("quote", runs)
    if "list_item" in around:
        lists = [name for name in around if name in ("bullet_list", "ordered_list")]
        return Block("number" if lists[-1] == "ordered_list" else "bullet", runs)
    return Block("paragraph", runs)


def _runs(children: Sequence[Any]) -> Iterator[Run]:
    """The texts of a line; neighbours of one kind are one run."""
    bold, text = 0, ""
    for child in children:
        if child.type in ("strong_open", "strong_close"):
            if text:
                yield Run(text, bold > 0)
            text, bold = "", bold + child.nesting
        elif child.type in ("text", "code_inline"):
            text += child.content
        elif child.type in ("softbreak", "hardbreak"):
            text += " "
    if text:
        yield Run(text, bold > 0)
