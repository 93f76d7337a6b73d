"""Which trials may be compared: those of one scenario whose rubric, contract and scenario are the same.

The newest trial of a scenario, of whatever stack, says which those are; all others stand apart, and why is said.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from gameday_reports.dashboard.runs import Digests, RunSummary

#: Two scores of one seed differ by chance; by less than so many points is no news.
NOTABLE_POINTS = 5.0
_RANK = {"passed": 0, "inconclusive": 1, "failed": 2}


class Apart(NamedTuple):
    """Trials that agree with each other and not with the newest; ``why`` names what differs."""

    why: str
    runs: tuple[RunSummary, ...]


class Story(msgspec.Struct, frozen=True):
    """All trials of one scenario: the comparable ones, oldest first, and those ``apart``. ``slug`` names its page."""

    scenario: str
    slug: str
    runs: tuple[RunSummary, ...]
    apart: tuple[Apart, ...]

    @property
    def all(self) -> list[RunSummary]:
        """Comparable or not, oldest first."""
        return sorted((*self.runs, *(t for group in self.apart for t in group.runs)), key=lambda t: t.order)

    @property
    def stacks(self) -> list[str]:
        """The stacks that were ever tried."""
        return sorted({run.stack for run in self.all})

    def of(self, stack: str) -> list[RunSummary]:
        """The comparable trials of a stack, oldest first."""
        return [run for run in self.runs if run.stack == stack]

    def apart_of(self, stack: str) -> list[tuple[str, RunSummary]]:
        """A stack's other trials, each with why it stands apart, oldest first."""
        found = [(group.why, run) for group in self.apart for run in group.runs if run.stack == stack]
        return sorted(found, key=lambda pair: pair[1].order)


class Change(msgspec.Struct, frozen=True):
    """What is otherwise in a trial than in the comparable one before it; ``what`` is one line for each difference."""

    before: RunSummary
    after: RunSummary
    what: tuple[str, ...]


def stories(runs: Sequence[RunSummary]) -> list[Story]:
    """The trials by scenario, in order of the names."""
    slugs = Slugs()
    by_name: dict[str, list[RunSummary]] = {}
    for run in runs:
        by_name.setdefault(run.scenario, []).append(run)
    return [_story(name, slugs.of(name), those) for name, those in sorted(by_name.items())]


def _story(name: str, slug: str, runs: list[RunSummary]) -> Story:
    newest = max(runs, key=lambda run: run.order).digests
    groups: dict[Digests, list[RunSummary]] = {}
    for run in runs:
        groups.setdefault(run.digests, []).append(run)
    same = groups.pop(newest)
    apart = [Apart(_why(digests, newest), tuple(those)) for digests, those in groups.items()]
    apart.sort(key=lambda group: group.runs[-1].order, reverse=True)
    return Story(name, slug, tuple(same), tuple(apart))


def _why(digests: Digests, newest: Digests) -> str:
    """``another contract (c0, now c1)``, and so for each that differs."""
    pairs = [(name, getattr(digests, name), getattr(newest, name)) for name in Digests.__struct_fields__]
    return ", ".join(f"another {name} ({old[:8]}, now {new[:8]})" for name, old, new in pairs if old != new)


class Slugs:
    """Names of pages: of letters, digits and dashes, and no two the same."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, name: str) -> str:
        """A name for the page of ``name``."""
        plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "page"
        candidates = itertools.chain([plain], (f"{plain}-{number}" for number in itertools.count(2)))
        slug = next(candidate for candidate in candidates if candidate not in self._taken)
        self._taken.add(slug)
        return slug


def changes(runs: Sequence[RunSummary]) -> Iterator[tuple[RunSummary, RunSummary]]:
    """Each comparable trial of one stack with the one that it follows.

    That is the last one of its seed, else the last one of an earlier day: two seeds of one day differ for no reason.
    """
    last_of_seed: dict[int, RunSummary] = {}
    for position, run in enumerate(runs):
        earlier = (t for t in reversed(runs[:position]) if t.started.date() < run.started.date())
        before = last_of_seed.get(run.seed) or next(earlier, None)
        if before is not None:
            yield before, run
        last_of_seed[run.seed] = run


def last_day(runs: Sequence[RunSummary]) -> list[RunSummary]:
    """Each seed's newest trial of the last day on which there were any."""
    newest = {run.seed: run for run in runs if run.started.date() == runs[-1].started.date()}
    return list(newest.values())


def worsened(before: RunSummary, after: RunSummary) -> Change | None:
    """What is worse: the verdict, a score by five points or more, more silent losses."""
    what = []
    if _RANK[after.word] > _RANK[before.word]:
        what.append(f"{before.word}, now {after.word}")
    for name, old, new in (
        ("detection", before.detection, after.detection),
        ("recovery", before.recovery, after.recovery),
    ):
        if old is not None and new is not None and old - new >= NOTABLE_POINTS:
            what.append(f"{name} {old:g}, now {new:g}")
    if after.unreported > before.unreported:
        what.append(f"{before.unreported:,} lost or wrong silently, now {after.unreported:,}")
    return Change(before, after, tuple(what)) if what else None


def improved(before: RunSummary, after: RunSummary) -> Change | None:
    """What was invalid or unknown and is valid now."""
    if before.word == "passed" or after.word != "passed":
        return None
    return Change(before, after, (f"{before.word}, now valid",))


def regressions(found: Sequence[Story]) -> list[Change]:
    """What is worse on each scenario's and stack's last day than it was before.

    First where a trial is not what its feature's tags say, then where its verdict is worse; of each the newest first.
    """
    worse = []
    for story in found:
        for stack in story.stacks:
            runs = story.of(stack)
            last = last_day(runs) if runs else []
            worse += [w for b, a in changes(runs) if a in last and (w := worsened(b, a))]
    worse.sort(key=lambda change: change.after.order, reverse=True)
    return sorted(worse, key=lambda c: (c.after.word == c.after.expected, c.after.word == c.before.word))
