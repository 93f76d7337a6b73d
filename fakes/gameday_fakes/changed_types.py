"""Which type a field can change to, in the types of both vendors; what becomes of its values is each vendor's own."""

from __future__ import annotations

from typing import Literal

NewType = Literal["text", "number", "picklist", "date", "datetime"]

_NUMBERS = ("currency", "double", "percent", "int", "long", "number", "integer")
_TEXTS = ("string", "textarea", "email", "phone", "url")
_PICKLISTS = ("picklist", "combobox", "select")

_POSSIBLE: dict[str, tuple[NewType, ...]] = {
    **dict.fromkeys((*_NUMBERS, *_PICKLISTS, "boolean"), ("text",)),
    **dict.fromkeys(_TEXTS, ("picklist", "number")),
    "date": ("datetime", "text"),
    "datetime": ("date", "text"),
    "date-time": ("date", "text"),
}


def possible_types(type_: str) -> tuple[NewType, ...]:
    """What a field of a type can become; nothing for references, ids and lines.

    >>> possible_types("date")
    ('datetime', 'text')
    """
    return _POSSIBLE.get(type_, ())
