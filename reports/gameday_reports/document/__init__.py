"""A document of plain blocks, as one printable HTML file or as Markdown: cards, handbooks, sheets and runbooks.

Every text is a value that the templates escape, so that text from outside is shown literally.
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
    """A list; with ``boxes`` each item has a box to tick."""

    items: tuple[str, ...]
    boxes: bool = False
    kind: str = "bullets"


class Table(msgspec.Struct, frozen=True):
    """A table; the first cell of a row is its heading. An empty cell is room to write."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    kind: str = "table"


class Quote(msgspec.Struct, frozen=True):
    """Literal lines: what a machine wrote, or what to type."""

    lines: tuple[str, ...]
    kind: str = "quote"


class Prompt(msgspec.Struct, frozen=True):
    """A question that only people can answer, with room for the answer."""

    text: str
    kind: str = "prompt"


Block = Paragraph | Bullets | Table | Quote | Prompt


class Section(msgspec.Struct, frozen=True):
    """A part of a document; with ``new_page`` it starts a new page on paper."""

    title: str
    blocks: tuple[Block, ...]
    new_page: bool = False


class Document(msgspec.Struct, frozen=True):
    """``name`` is the file's name without its extension. ``dense``: small type, so that a usual card fits one page."""

    name: str
    title: str
    eyebrow: str
    lead: str
    sections: tuple[Section, ...]
    dense: bool = False


def as_html(documents: Iterable[Document]) -> str:
    """One HTML file; each document starts a new page."""
    return fill("document/templates/document.html.jinja", {"documents": tuple(documents)})


def as_markdown(documents: Iterable[Document]) -> str:
    """One Markdown text."""
    return fill("document/templates/document.md.jinja", {"documents": tuple(documents)})


def save(documents: Iterable[Document], folder: Path, *, markdown: bool = False) -> list[Path]:
    """Write one file for each document. Raises GamedayError if that fails."""
    extension, render = ("md", as_markdown) if markdown else ("html", as_html)
    return [write(folder / f"{document.name}.{extension}", render((document,))) for document in documents]
