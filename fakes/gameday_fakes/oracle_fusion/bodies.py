"""Payloads: a resource's attributes, typed, and those of the children within it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gameday_fakes.odata import values
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.model import EntitySet, Schema
from gameday_fakes.oracle_fusion.errors import Refused, refused

#: What clients send back of what they have read, and which says nothing.
_SAYS_NOTHING = ("links", "@context")
_MOST_CHILDREN = 10_000


class Body(msgspec.Struct):
    """A payload of a resource: attributes by their own names, and payloads of its children by accessor.

    ``path`` is where it is within the whole payload (``lines/0``). Of one that is ``incomplete``, a failure of the
    application has lost a part.
    """

    given: dict[str, Any]
    children: dict[str, list[Body]]
    path: str = ""
    incomplete: bool = False

    def refuse(self, kind: str, message: str = "", *, target: str = "") -> Refused:
        """A refusal of something in this payload."""
        problem = refused(kind, message, target=target)
        problem.within = self.path
        return problem


def read(body: Any, of: EntitySet, schema: Schema, path: str = "") -> Body:
    """A payload, checked. Raises ODataError."""
    if not isinstance(body, Mapping):
        raise refused("bad_body")
    found = Body({}, {}, path)
    for name, value in body.items():
        each = of.called(name)
        if each is not None:
            try:
                if each.read_only:
                    raise refused("read_only", f"The attribute {name} is read-only.", target=name)
                found.given[each.name] = values.read(value, each, schema)
            except ODataError as problem:
                raise found.refuse(problem.kind, problem.message, target=name) from None
        elif name in of.navigations:
            found.children[name] = _children(name, value, of, schema, path=path)
        elif name not in _SAYS_NOTHING:
            text = f"The attribute {name[:80]} isn't one of {of.type}."
            raise found.refuse("unknown_field", text, target=name[:80])
    return found


def _children(accessor: str, value: Any, of: EntitySet, schema: Schema, path: str) -> list[Body]:
    """The children in a payload: a list, or a collection with ``items`` as later framework versions show it."""
    if isinstance(value, Mapping) and isinstance(value.get("items"), list):
        value = value["items"]
    prefix = f"{path}/{accessor}" if path else accessor
    if not isinstance(value, list) or len(value) > _MOST_CHILDREN:
        problem = refused("bad_body", f"{accessor} has to be a list.", target=accessor)
        problem.within = path
        raise problem
    to = schema.sets[of.navigations[accessor].to]
    if value and not to.creatable:
        problem = refused("read_only", f"{accessor} is read-only.", target=accessor)
        problem.within = path
        raise problem
    return [read(each, to, schema, path=f"{prefix}/{place}") for place, each in enumerate(value)]
