"""The planted bugs: each is ``durable`` with exactly one behaviour removed or subtly wrong.

A bug is a ``Composition`` that replaces one part, and one entry in its module's ``COMPOSITIONS``. The stack imports
none of them; GAMEDAY_BUG names the one to run. The game-day library has to catch every one of them (docs/matrix.md).
"""

from __future__ import annotations

from gameday_fakes.stacks.durable.bugs import failures, intake, moments, orders, reported, signals
from gameday_fakes.stacks.durable.compose import Composition
from gameday_fakes.stacks.environment import Environment

_MODULES = (intake, orders, failures, signals, moments, reported)
_COMPOSITIONS: dict[str, type[Composition]] = {
    name: composition for module in _MODULES for name, composition in module.COMPOSITIONS.items()
}

BUGS: dict[str, str] = {name: (bug.__doc__ or "").strip() for name, bug in sorted(_COMPOSITIONS.items())}
"""Every bug by name, with one line on what it does wrong."""


def plant(environment: Environment) -> Composition:
    """The stack with the bug that the environment names. Raises SystemExit with one line that lists the known bugs."""
    bug = _COMPOSITIONS.get(environment.bug)
    if bug is None:
        raise SystemExit(f"unknown bug {environment.bug!r}; known: {', '.join(BUGS)}")
    return bug(environment)
