"""Reading SOAP: a message as a tree, the texts of a small one, and its elements one by one.

Expat reads them and fetches nothing. A document that declares entities is refused, because no such message has any.
Names are read without their namespace prefix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.parsers import expat

#: Elements of a message of 200 records with all the fields that an object can have, and how deep they are.
MOST_ELEMENTS, DEEPEST = 400_000, 32


class BadXml(ValueError):
    """The body is not XML, or not the message that was expected."""


class Element:
    """An element of a message; ``text`` is that of an element without children. ``nil`` is its ``xsi:nil``."""

    __slots__ = ("children", "name", "nil", "text")

    def __init__(self, name: str, *, nil: bool = False) -> None:
        self.name = name
        self.nil = nil
        self.text = ""
        self.children: list[Element] = []

    def child(self, name: str) -> Element | None:
        """The first child of a name."""
        return next((each for each in self.children if each.name == name), None)

    def all(self, name: str) -> list[Element]:
        """All children of a name."""
        return [each for each in self.children if each.name == name]

    def text_of(self, name: str) -> str:
        """The text of the first child of a name, without blanks around it; empty without one."""
        found = self.child(name)
        return "" if found is None else found.text.strip()


def tree(body: bytes) -> Element:
    """The whole message. Raises BadXml, also for one that has too many elements or has them too deep."""
    root = Element("")
    above = [root]
    count = 0

    def start(path: list[str], attributes: Mapping[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MOST_ELEMENTS or len(path) > DEEPEST:
            raise BadXml("the message has too many elements")
        nil = any(local_name(name) == "nil" and value in ("true", "1") for name, value in attributes.items())
        element = Element(path[-1], nil=nil)
        above[-1].children.append(element)
        above.append(element)

    def end(_: list[str], text: str) -> None:
        above.pop().text = text

    read_elements(body, start, end)
    return root.children[0]


def texts(body: bytes) -> dict[str, str]:
    """The text of every element that has one, by its name; of repeated ones the last. Raises BadXml."""
    by_name: dict[str, str] = {}

    def end(path: list[str], text: str) -> None:
        if text.strip():
            by_name[path[-1]] = text.strip()

    read_elements(body, lambda _, __: None, end)
    return by_name


def read_elements(
    body: bytes, start: Callable[[list[str], Mapping[str, str]], None], end: Callable[[list[str], str], None]
) -> None:
    """Call ``start`` and ``end`` for each element with the names on the way to it; ``end`` also gets its text.

    Raises BadXml, also for a document that declares entities.
    """
    path: list[str] = []
    text: list[str] = []

    def on_start(name: str, attributes: dict[str, str]) -> None:
        path.append(local_name(name))
        text.clear()
        start(path, attributes)

    def on_end(_: str) -> None:
        end(path, "".join(text))
        path.pop()
        text.clear()

    def refuse(*_: object) -> None:
        raise BadXml("a message declares no entities")

    parser = expat.ParserCreate()
    parser.StartElementHandler = on_start
    parser.EndElementHandler = on_end
    parser.CharacterDataHandler = text.append
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as problem:
        raise BadXml(str(problem)) from None


def local_name(name: str) -> str:
    """A name without its namespace prefix."""
    return name.rpartition(":")[2]
