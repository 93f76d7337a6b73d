"""A drafted action item."""

from __future__ import annotations

from typing import NamedTuple

#: The id of the action that an inconclusive run calls for.
INCONCLUSIVE = "inconclusive"


class Action(NamedTuple):
    """A drafted action. The same finding always gives the same ``id``, so that people can refer to it."""

    id: str
    kind: str
    what: str
    why: str
