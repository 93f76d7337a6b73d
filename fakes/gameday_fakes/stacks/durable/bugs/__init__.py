"""The planted bugs: each is ``durable`` with exactly one behaviour removed or subtly wrong.

A bug is a ``Composition`` in which one part is another one. The stack itself knows nothing of them; GAMEDAY_BUG names
the one that runs in its place. A harness that does not notice every one of them is not worth much.
"""

from __future__ import annotations

from gameday_fakes.stacks.durable.bugs import intake, signals, writes
from gameday_fakes.stacks.durable.compose import Composition
from gameday_fakes.stacks.placeholders import Placeholders

_COMPOSITIONS: dict[str, type[Composition]] = {**intake.COMPOSITIONS, **writes.COMPOSITIONS, **signals.COMPOSITIONS}

BUGS: dict[str, str] = {name: (made.__doc__ or "").strip() for name, made in sorted(_COMPOSITIONS.items())}
"""Every bug by name, with one line that says what is wrong."""


def plant(placeholders: Placeholders) -> Composition:
    """The stack with the bug that the surroundings name. Raises SystemExit with one line that names the known ones."""
    made = _COMPOSITIONS.get(placeholders.bug)
    if made is None:
        raise SystemExit(f"unknown bug {placeholders.bug!r}; known: {', '.join(BUGS)}")
    return made(placeholders)
