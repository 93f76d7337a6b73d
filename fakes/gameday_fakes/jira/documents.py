"""Texts of issues: version 3 of the API takes and shows Atlassian documents, version 2 plain texts.

Source: Atlassian's "Atlassian Document Format", structure. Marks, tables and media are kept, and shown as their text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_BLOCKS = ("paragraph", "heading", "codeBlock", "listItem", "tableRow", "rule", "blockquote", "panel")


def is_document(value: Any) -> bool:
    """Whether a value has the shape of an Atlassian document."""
    return (
        isinstance(value, dict)
        and value.get("type") == "doc"
        and value.get("version") == 1
        and isinstance(value.get("content"), list)
    )


def text_problems(body: Any, version: str) -> dict[str, str]:
    """Which texts in the body of a request are not of the API's version, by field, in Jira's words."""
    rich = version == "3"
    wrong = (
        "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        if rich
        else "Operation value must be a string"
    )
    return {
        field: wrong
        for field, value in _texts(body)
        if value is not None and not (is_document(value) if rich else isinstance(value, str))
    }


def as_shown(value: Any, version: str) -> Any:
    """A text as the API's version shows it."""
    if value is None:
        return None
    if version == "3":
        return value if is_document(value) else as_document(str(value))
    return plain_text(value) if is_document(value) else value


def as_document(text: str) -> dict[str, Any]:
    """A document with a paragraph for each line of a text."""
    lines = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []} for line in text.split("\n")
    ]
    return {"type": "doc", "version": 1, "content": lines}


def plain_text(document: Any) -> str:
    """The texts of a document, each block on a line of its own."""
    parts: list[str] = []
    waiting: list[Any] = [document]
    while waiting:
        match waiting.pop():
            case str() as mark:
                parts.append(mark)
            case {"type": "text", "text": str(text)}:
                parts.append(text)
            case {"type": "hardBreak"}:
                parts.append("\n")
            case {"type": kind, "content": list(content)}:
                waiting.extend((["\n"] if kind in _BLOCKS else []) + list(reversed(content)))
    return "".join(parts).strip("\n")


def _texts(body: Any) -> Iterator[tuple[str, Any]]:
    """The texts in ``{fields, update}``."""
    given = _table(body)
    fields, updates = _table(given.get("fields")), _table(given.get("update"))
    if "description" in fields:
        yield "description", fields["description"]
    for name in ("description", "comment"):
        steps = updates.get(name)
        for step in steps if isinstance(steps, list) else []:
            if not isinstance(step, dict):
                continue
            if name == "description" and "set" in step:
                yield name, step["set"]
            if name == "comment" and isinstance(step.get("add"), dict) and step["add"].get("body"):
                yield name, step["add"]["body"]


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
