"""A small XML document as a tree: names without prefixes, texts, children. Expat reads it and fetches nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from gameday.base.errors import GamedayError
from gameday_fakes.protocols.soap import BadXml, read_elements

MOST_BYTES = 8 * 1024 * 1024
DEEPEST = 50


class Element(msgspec.Struct):
    """One element with its text, stripped, and its children in order."""

    name: str
    text: str = ""
    children: list[Element] = []

    def all(self, name: str) -> Iterator[Element]:
        """The children of a name."""
        return (child for child in self.children if child.name == name)

    def first(self, *path: str) -> Element | None:
        """The first child of a name, then of that one's children, and so on; None if there is none."""
        found: Element | None = self
        for name in path:
            found = next(found.all(name), None) if found is not None else None
        return found

    def value(self, *path: str) -> str:
        """The text of ``first``; empty if there is none."""
        found = self.first(*path)
        return found.text if found is not None else ""

    def flag(self, name: str) -> bool:
        """Whether a child says true."""
        return self.value(name).lower() == "true"


def read_xml(path: Path) -> Element:
    """The root of a document. Raises GamedayError naming the file."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise GamedayError(f"{path} has more than {MOST_BYTES:,} bytes")
        body = path.read_bytes()
    except OSError as problem:
        raise GamedayError(f"cannot read {path}: {problem.strerror}") from None
    outer = Element("")
    open_ = [outer]

    def start(path: list[str], _: object) -> None:
        if len(path) > DEEPEST:
            raise BadXml(f"more than {DEEPEST} elements are nested")
        element = Element(path[-1])
        open_[-1].children.append(element)
        open_.append(element)

    def end(_: list[str], text: str) -> None:
        open_.pop().text = text.strip()

    try:
        read_elements(body, start, end)
    except BadXml as problem:
        raise GamedayError(f"{path} is not XML: {problem}") from None
    if not outer.children:
        raise GamedayError(f"{path} is empty")
    return outer.children[0]
