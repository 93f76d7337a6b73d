"""The texts in a value of JSON or TOML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def texts_in(value: object) -> Iterator[str]:
    """Every text in a value, at any depth and in its order; not the names of fields.

    >>> list(texts_in({"a": ["x", 1], "b": {"c": "y"}}))
    ['x', 'y']
    """
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from texts_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_in(each)
