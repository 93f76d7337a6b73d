"""The planted bugs: each is ``durable`` with exactly one behaviour removed or subtly wrong.

A bug is a ``Planted`` composition that replaces one part and names a feature that catches it, and one entry in its
module's ``COMPOSITIONS``. The stack imports none of them; GAMEDAY_BUG names the one to run. Which scenario catches
which bug is in docs/matrix.md.
"""

from __future__ import annotations

from gameday_fakes.stacks.durable.bugs import (
    alerts,
    business,
    changes,
    custom_fields,
    dates,
    failures,
    intake,
    keys,
    modes,
    moments,
    money,
    orders,
    parking,
    people,
    promises,
    queues,
    reported,
    retries,
    rollout,
    signals,
    values,
    vendors,
)
from gameday_fakes.stacks.durable.bugs.parts import Planted
from gameday_fakes.stacks.durable.compose import Composition
from gameday_fakes.stacks.environment import Environment

_MODULES = (
    *(intake, queues, keys, orders, changes, business, money, dates, custom_fields),
    *(retries, failures, parking, promises, signals, alerts, moments, modes, reported, rollout, vendors),
    *(values, people),
)
_COMPOSITIONS: dict[str, type[Planted]] = {
    name: composition for module in _MODULES for name, composition in module.COMPOSITIONS.items()
}

BUGS: dict[str, str] = {name: (bug.__doc__ or "").strip() for name, bug in sorted(_COMPOSITIONS.items())}
"""Every bug by name, with one line on what it does wrong."""

CAUGHT_BY: dict[str, str] = {name: bug.caught_by for name, bug in sorted(_COMPOSITIONS.items()) if bug.caught_by}
"""The bugs by name, each with a feature of the library that fails under it."""

ONLY: dict[str, str] = {name: bug.only for name, bug in sorted(_COMPOSITIONS.items()) if bug.only}
"""The bugs by name that only one vendor can show, each with that vendor."""

NEEDS: dict[str, str] = {name: bug.needs for name, bug in sorted(_COMPOSITIONS.items()) if bug.needs}
"""The bugs by name that do harm only where the sync itself does something at the ERP, each with that operation."""


def plant(environment: Environment) -> Composition:
    """The stack with the bug that the environment names.

    Raises SystemExit with one line: the known bugs, or the vendor without which there is no such bug.
    """
    bug = _COMPOSITIONS.get(environment.bug)
    if bug is None:
        raise SystemExit(f"unknown bug {environment.bug!r}; known: {', '.join(BUGS)}")
    if bug.only not in ("", environment.crm, environment.erp):
        raise SystemExit(f"the bug {environment.bug!r} is one of {bug.only} only")
    return bug(environment)
