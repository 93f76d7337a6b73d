"""A document of plain blocks, as one printable HTML file or as Markdown: cards, handbooks, sheets and runbooks.

Every text is a value: the templates escape it, so that what came over the wire is shown as what it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from gameday_reports.environment import fill
from gameday_reports.files import write

__all__ = ["Bullets", "Document", "Paragraph", "Prompt", "Quote", "Section", "Table", "as_html", "as_markdown", "save"]


class Paragraph(msgspec.Struct, frozen=True):
    """Running text."""

    text: str
    kind: str = "paragraph"


class Bullets(msgspec.Struct, frozen=True):
    """A list; ``boxes`` has a box to tick before each item."""

    items: tuple[str, ...]
    boxes: bool = False
    kind: str = "bullets"


class Table(msgspec.Struct, frozen=True):
    """A table; the first cell of a row names it. An empty cell is there to be written into."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    kind: str = "table"


class Quote(msgspec.Struct, frozen=True):
    """Lines as a machine wrote them, or as one is to be told."""

    lines: tuple[str, ...]
    kind: str = "quote"


class Prompt(msgspec.Struct, frozen=True):
    """What only people know: a question with room for the answer."""

    text: str
    kind: str = "prompt"


Block = Paragraph | Bullets | Table | Quote | Prompt


class Section(msgspec.Struct, frozen=True):
    """A part of a document; ``anew``: on paper it begins a page."""

    title: str
    blocks: tuple[Block, ...]
    anew: bool = False


class Document(msgspec.Struct, frozen=True):
    """``name`` is the file's, without its ending. ``dense``: set so that a card of the usual length is one page."""

    name: str
    title: str
    eyebrow: str
    lead: str
    sections: tuple[Section, ...]
    dense: bool = False


def as_html(documents: Iterable[Document]) -> str:
    """One HTML file, each document beginning a page."""
    return fill("document/templates/document.html.jinja", {"documents": tuple(documents)})


def as_markdown(documents: Iterable[Document]) -> str:
    """One Markdown text."""
    return fill("document/templates/document.md.jinja", {"documents": tuple(documents)})


def save(documents: Iterable[Document], folder: Path, *, markdown: bool = False) -> list[Path]:
    """A file for each document. Raises GamedayError if they cannot be written."""
    ending, render = ("md", as_markdown) if markdown else ("html", as_html)
    return [write(folder / f"{document.name}.{ending}", render((document,))) for document in documents]
