"""The lines of a contract's parts, by their places in the document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml

from gameday.base.bounded_yaml import read_yaml_nodes

Place = tuple[str | int, ...]


class Lines:
    """The line (from 1) of each part of a document."""

    def __init__(self, lines: Mapping[Place, int]) -> None:
        self._lines = dict(lines)

    def of(self, place: Place) -> int:
        """The line of the part at ``place``, or of its nearest existing parent; 0 in an empty document."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 0)

    def without(self, removed: Place) -> Lines:
        """The lines of a document from which an item of a list was removed."""
        moved = ((moved_up(place, removed), line) for place, line in self._lines.items())
        return Lines({place: line for place, line in moved if place is not None})


def moved_up(place: Place, removed: Place) -> Place | None:
    """A place once the item of a list at ``removed`` is gone; None if it was in that item.

    >>> moved_up(("schema", 2, "name"), ("schema", 1))
    ('schema', 1, 'name')
    """
    depth = len(removed) - 1
    if len(place) <= depth or place[:depth] != removed[:depth]:
        return place
    at, gone = place[depth], removed[depth]
    if not isinstance(at, int) or not isinstance(gone, int) or at < gone:
        return place
    return None if at == gone else (*place[:depth], at - 1, *place[depth + 1 :])


def read_lines(data: bytes) -> Lines:
    """The lines of every part of a YAML document that `read_yaml` accepted."""
    node = read_yaml_nodes(data, where="the document")
    return Lines(dict(_places(node, ()))) if node is not None else Lines({})


def _places(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _places(item, (*place, index))
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, key.value)
            yield from _places(value, inner)
            # A key's own line: its value may begin on the next one.
            yield inner, key.start_mark.line + 1
