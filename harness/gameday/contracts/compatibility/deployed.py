"""Compares a change with every version that is still deployed, not only with the one before it.

A step that breaks nothing after the last version may break an older one: a field is dropped in one release and comes
back in the next as something else. What an earlier change broke already is not this change's doing.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from gameday.base.errors import GamedayError
from gameday.base.git_command import git
from gameday.base.violation import Level, Violation
from gameday.contracts.compatibility.change import Change
from gameday.contracts.compatibility.comparison import Comparison, compare
from gameday.contracts.compatibility.configured_rules import ConfiguredRules
from gameday.contracts.compatibility.flow_contracts import FlowContracts
from gameday.contracts.compatibility.partial import PartialReading
from gameday.contracts.compatibility.sources import NoSuchFlow, read_flow

BREAKS_DEPLOYED = "contract.breaks-deployed"


class StillDeployed(msgspec.Struct, frozen=True):
    """A version of a flow's contracts that is still deployed; ``where`` names it, such as "the tag deals-1.2"."""

    where: str
    flow: FlowContracts


FindDeployed = Callable[[str], Sequence[StillDeployed]]
"""The versions of a flow, by its name, that are still deployed."""


def tagged_versions(pattern: str, name: str) -> tuple[StillDeployed, ...]:
    """The contracts of a flow as of each git tag that fits a pattern of ``git tag --list``, oldest first.

    A tag from before the flow is left out. Raises GamedayError without any tag: a shallow clone has none.
    """
    tags = git("tag", "--list", "--sort=creatordate", "--end-of-options", pattern).decode().split()
    if not tags:
        raise GamedayError(
            f"no git tag fits {pattern[:80]!r}", hint="a shallow clone has to fetch them first: git fetch --tags"
        )
    found = []
    for tag in tags:
        try:
            flow = read_flow(f"refs/tags/{tag}:{name}", parse=PartialReading(old=True))
        except NoSuchFlow:
            continue
        found.append(StillDeployed(f"the tag {tag}", flow))
    return tuple(found)


def broken_versions(
    comparison: Comparison,
    old: FlowContracts,
    new: FlowContracts,
    deployed: Iterable[StillDeployed],
    *,
    rules: ConfiguredRules | None,
    today: datetime.date,
) -> Iterator[Violation]:
    """What a change breaks of versions that are still deployed, and ``comparison``, that of old and new, does not show.

    It is an error unless the change declares a major step; then it is a warning.
    """
    level: Level = "warning" if comparison.declared_step == "major" else "error"
    known = {_about(change) for change in comparison.changes if change.step == "major"}
    places: dict[tuple[str, str, str], tuple[Change, list[str]]] = {}
    for version in deployed:
        before = {_about(c) for c in compare(version.flow, old, rules=rules, today=today).changes if c.step == "major"}
        for change in compare(version.flow, new, rules=rules, today=today).changes:
            about = _about(change)
            if change.step == "major" and about not in known and about not in before:
                places.setdefault(about, (change, []))[1].append(version.where)
    for change, where in places.values():
        text = f"{change.message}: since the last version nothing of it breaks, but {', '.join(where)} "
        text += "is still deployed" if len(where) == 1 else "are still deployed"
        yield Violation(BREAKS_DEPLOYED, level, text, change.file, change.line, owners=change.owners)


def _about(change: Change) -> tuple[str, str, str]:
    """What a change is about, whatever the values before and after it are."""
    return change.side, change.rule, change.path
