"""Compares a change with every version that is still deployed, not only with the one before it.

A step that breaks nothing after the last version may break an older one: a field is dropped in one release and comes
back in the next as something else. What an earlier change broke already is not this change's doing.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from gameday.base.errors import GamedayError
from gameday.base.git_command import git
from gameday.base.violation import LEVELS, Level, Violation
from gameday.contracts.compatibility.change import Change
from gameday.contracts.compatibility.comparison import Comparison, compare
from gameday.contracts.compatibility.configured_rules import ConfiguredRules
from gameday.contracts.compatibility.flow_contracts import FlowContracts
from gameday.contracts.compatibility.partial import PartialReading
from gameday.contracts.compatibility.sources import NoSuchFlow, read_flow

BREAKS_DEPLOYED = "contract.breaks-deployed"
UNREADABLE = "contract.old-unreadable"
#: Stands for the flow's name in a pattern of tags.
FLOW = "{flow}"


#: How many versions a finding names.
MOST_NAMED = 5


class StillDeployed(msgspec.Struct, frozen=True):
    """A version of a flow's contracts that is still deployed; ``where`` names it, such as "the tag deals-1.2".

    ``unread`` says of each file that cannot be read why nothing is compared with it.
    """

    where: str
    flow: FlowContracts
    unread: tuple[str, ...] = ()


FindDeployed = Callable[[str], Sequence[StillDeployed]]
"""The versions of a flow, by its name, that are still deployed."""


def tagged_versions(pattern: str, name: str) -> tuple[StillDeployed, ...]:
    """The contracts of a flow as of each git tag that fits a pattern of ``git tag --list``, oldest first.

    ``{flow}`` in the pattern is the flow's name. Tags from before the flow are left out, and those of anything but a
    commit. Raises GamedayError without any tag: a shallow clone has none. A flow that the pattern names may have none.
    """
    tags = _tags(pattern.replace(FLOW, name))
    if not tags and not (FLOW in pattern and _tags("*")):
        raise GamedayError(
            f"no git tag fits {pattern[:80]!r}", hint="a shallow clone has to fetch them first: git fetch --tags"
        )
    found = []
    for tag in tags:
        try:
            found.append(read_deployed(f"the tag {tag}", functools.partial(read_flow, f"refs/tags/{tag}:{name}")))
        except NoSuchFlow:
            continue
    return tuple(found)


def read_deployed(where: str, read: Callable[..., FlowContracts]) -> StillDeployed:
    """A version by ``read(parse=...)``, as far as it can be read: no change of today can repair it."""
    reading = PartialReading(old=True)
    flow = read(parse=reading)
    problems = (each for found in reading.problems.values() for each in found if each.rule == UNREADABLE)
    return StillDeployed(where, flow, tuple(each.message for each in problems))


def _tags(pattern: str) -> list[str]:
    """The tags of commits that fit a pattern, oldest first. An annotated tag says what it is a tag of."""
    form = "--format=%(objecttype) %(*objecttype) %(refname:strip=2)"
    listed = git("tag", "--list", "--sort=creatordate", form, "--end-of-options", pattern).decode(errors="replace")
    rows = (line.split(" ") for line in listed.splitlines())
    return [tag for *kinds, tag in rows if "commit" in kinds]


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

    It is an error unless the change declares a major step; then it is a warning. ``old`` without documents: the flow
    is new since then, and every version that is still deployed has to declare the step itself. A version that cannot be
    read is a warning.
    """
    known = {_about(change) for change in comparison.changes if change.step == "major"}
    places: dict[tuple[str, str, str], tuple[Change, set[Level], list[str]]] = {}
    for version, where in _alike(deployed):
        for text in version.unread:
            yield Violation(UNREADABLE, "warning", f"{_named(where)}: {text}")
        since = compare(version.flow, new, rules=rules, today=today)
        # Of a flow that is new since then, no earlier change has broken anything, and no step is declared.
        earlier = compare(version.flow, old, rules=rules, today=today).changes if old.documents else ()
        before = {_about(change) for change in earlier if change.step == "major"}
        declared = (comparison if old.documents else since).declared_step
        for change in since.changes:
            about = _about(change)
            if change.step == "major" and about not in known and about not in before:
                _, levels, named = places.setdefault(about, (change, set(), []))
                levels.add("warning" if declared == "major" else "error")
                named += where
    for change, levels, where in places.values():
        text = f"{change.message}: since the last version nothing of it breaks, but {_named(where)} "
        text += "is still deployed" if len(where) == 1 else "are still deployed"
        level: Level = min(levels, key=LEVELS.index)
        yield Violation(BREAKS_DEPLOYED, level, text, change.file, change.line, owners=change.owners)


def _alike(deployed: Iterable[StillDeployed]) -> Iterator[tuple[StillDeployed, list[str]]]:
    """Each different version, with the names of all that are the same: most tags change no contract."""
    found: dict[bytes, tuple[StillDeployed, list[str]]] = {}
    for each in deployed:
        texts = [[document.source.path, document.raw] for document in each.flow.all_documents]
        key = msgspec.json.encode([texts, each.unread], enc_hook=str, order="deterministic")
        found.setdefault(key, (each, []))[1].append(each.where)
    yield from found.values()


def _named(where: Sequence[str]) -> str:
    """Versions in words: all of few, the last ones of many.

    >>> _named(["the tag 1", "the tag 2"]), _named([f"the tag {n}" for n in range(9)])
    ('the tag 1, the tag 2', 'the tag 4, the tag 5, the tag 6, the tag 7, the tag 8 and 4 more')
    """
    last = ", ".join(where[-MOST_NAMED:])
    return f"{last} and {len(where) - MOST_NAMED:,} more" if len(where) > MOST_NAMED else last


def _about(change: Change) -> tuple[str, str, str]:
    """What a change is about, whatever the values before and after it are."""
    return change.side, change.rule, change.path
