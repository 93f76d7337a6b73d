"""Which runs may be compared: those of one scenario with the same rubric, contract and scenario.

The newest run of a scenario, on any stack, sets the three; all other runs are listed separately, with the reason.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from gameday.base.counts import plural
from gameday.model.rates import Amount
from gameday_reports.dashboard.summaries import Digests, RunSummary
from gameday_reports.formats import reported

#: Two scores of one seed differ by chance; a smaller change than this is not reported.
NOTABLE_POINTS = 5.0
#: So does the money, by a deal or two.
NOTABLE_SHARE = Decimal("0.05")
_RANK = {"passed": 0, "inconclusive": 1, "failed": 2}


class NotComparable(NamedTuple):
    """Runs that are comparable with each other, but not with the newest; ``why`` names what differs."""

    why: str
    runs: tuple[RunSummary, ...]


class ScenarioRuns(msgspec.Struct, frozen=True):
    """All runs of one scenario: the comparable ones, oldest first, and the others in groups. ``slug`` is its page."""

    name: str
    slug: str
    runs: tuple[RunSummary, ...]
    not_comparable: tuple[NotComparable, ...]

    @property
    def all(self) -> list[RunSummary]:
        """Comparable or not, oldest first."""
        others = (run for group in self.not_comparable for run in group.runs)
        return sorted((*self.runs, *others), key=lambda run: run.order)

    @property
    def stacks(self) -> list[str]:
        """The stacks that have run this scenario."""
        return sorted({run.stack for run in self.all})

    def of(self, stack: str) -> list[RunSummary]:
        """The comparable runs of a stack, oldest first."""
        return [run for run in self.runs if run.stack == stack]

    def not_comparable_of(self, stack: str) -> list[tuple[str, RunSummary]]:
        """A stack's other runs, each with the reason why it is not comparable, oldest first."""
        pairs = [(group.why, run) for group in self.not_comparable for run in group.runs if run.stack == stack]
        return sorted(pairs, key=lambda pair: pair[1].order)


class Change(msgspec.Struct, frozen=True):
    """The differences between a run and the comparable run before it; ``what`` has one line for each."""

    before: RunSummary
    after: RunSummary
    what: tuple[str, ...]


def by_scenario(runs: Sequence[RunSummary]) -> list[ScenarioRuns]:
    """The runs grouped by scenario, by name."""
    slugs = Slugs()
    by_name: dict[str, list[RunSummary]] = {}
    for run in runs:
        by_name.setdefault(run.scenario, []).append(run)
    return [_scenario_runs(name, slugs.of(name), its_runs) for name, its_runs in sorted(by_name.items())]


def _scenario_runs(name: str, slug: str, runs: list[RunSummary]) -> ScenarioRuns:
    newest = max(runs, key=lambda run: run.order).digests
    groups: dict[Digests, list[RunSummary]] = {}
    for run in runs:
        groups.setdefault(run.digests, []).append(run)
    comparable = groups.pop(newest)
    others = [
        NotComparable(why_not_comparable(digests, newest), tuple(its_runs)) for digests, its_runs in groups.items()
    ]
    others.sort(key=lambda group: group.runs[-1].order, reverse=True)
    return ScenarioRuns(name, slug, tuple(comparable), tuple(others))


def why_not_comparable(digests: Digests, newest: Digests) -> str:
    """What differs, for example ``another contract (c0, now c1)``."""
    pairs = [(name, getattr(digests, name), getattr(newest, name)) for name in Digests.__struct_fields__]
    return ", ".join(f"another {name} ({old[:8]}, now {new[:8]})" for name, old, new in pairs if old != new)


class Slugs:
    """Unique names of pages, made of letters, digits and dashes."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, name: str) -> str:
        """The page name for ``name``."""
        plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "page"
        candidates = itertools.chain([plain], (f"{plain}-{number}" for number in itertools.count(2)))
        slug = next(candidate for candidate in candidates if candidate not in self._taken)
        self._taken.add(slug)
        return slug


def changes(runs: Sequence[RunSummary]) -> Iterator[tuple[RunSummary, RunSummary]]:
    """Each comparable run of one stack, paired with the run to compare it with.

    That is the previous run with the same seed, else the last run of an earlier day: two seeds on one day differ by
    chance.
    """
    last_of_seed: dict[int, RunSummary] = {}
    for position, run in enumerate(runs):
        earlier = (other for other in reversed(runs[:position]) if other.started.date() < run.started.date())
        before = last_of_seed.get(run.seed) or next(earlier, None)
        if before is not None:
            yield before, run
        last_of_seed[run.seed] = run


def last_day(runs: Sequence[RunSummary]) -> list[RunSummary]:
    """Each seed's newest run on the last day that has runs."""
    newest = {run.seed: run for run in runs if run.started.date() == runs[-1].started.date()}
    return list(newest.values())


def worsened(before: RunSummary, after: RunSummary) -> Change | None:
    """What became worse: the result, a score by at least five points, unreported orders, or money that was lost."""
    what = tuple(text for worse, text in _differences(before, after) if worse)
    return Change(before, after, what) if what else None


def bettered(before: RunSummary, after: RunSummary) -> Change | None:
    """What became better, by the same figures."""
    what = tuple(text for worse, text in _differences(before, after) if not worse)
    return Change(before, after, what) if what else None


def _differences(before: RunSummary, after: RunSummary) -> Iterator[tuple[bool, str]]:
    """Each notable difference: whether it is for the worse, and in words."""
    if _RANK[after.word] != _RANK[before.word]:
        yield _RANK[after.word] > _RANK[before.word], f"{before.word}, now {after.word}"
    if not (before.decided and after.decided):
        # Neither the scores nor the losses of an inconclusive run say what the stack does.
        return
    for name, old, new in (
        ("detection", before.detection, after.detection),
        ("recovery", before.recovery, after.recovery),
    ):
        if old is not None and new is not None and abs(old - new) >= NOTABLE_POINTS:
            yield new < old, f"{name} {old:g}, now {new:g}"
    if after.unreported != before.unreported:
        yield after.unreported > before.unreported, f"{before.unreported:,} unreported, now {after.unreported:,}"
    if before.revenue is not None and after.revenue is not None:
        yield from _money("not booked", before.revenue.not_booked, after.revenue.not_booked, before.seed == after.seed)
        pair = (before.revenue.over_invoiced, after.revenue.over_invoiced)
        yield from _money("over-invoiced", *pair, before.seed == after.seed)


def _money(name: str, before: Amount, after: Amount, same_seed: bool) -> Iterator[tuple[bool, str]]:
    """A difference of money. Of two seeds, whose deals have other amounts, only that there is a loss, or none."""
    old, new = before.amount, after.amount
    if old is None or new is None or before.currency != after.currency or (not same_seed and old and new):
        return
    if abs(new - old) > max(abs(new), abs(old)) * NOTABLE_SHARE:
        yield new > old, f"{name}: {reported(before)}, now {reported(after)}"


def improved(before: RunSummary, after: RunSummary) -> Change | None:
    """A run that passed after one that had failed or was inconclusive."""
    if before.word == "passed" or after.word != "passed":
        return None
    return Change(before, after, (f"{before.word}, now passed",))


def regressions(scenarios: Sequence[ScenarioRuns]) -> list[Change]:
    """What became worse on the last day of each scenario and stack.

    Unexpected results come first, then worse results, then the rest; each newest first.
    """
    worse = []
    for scenario in scenarios:
        for stack in scenario.stacks:
            runs = scenario.of(stack)
            last = last_day(runs) if runs else []
            worse += [w for b, a in changes(runs) if a in last and (w := worsened(b, a))]
    worse.sort(key=lambda change: change.after.order, reverse=True)
    return sorted(worse, key=lambda c: (c.after.word == c.after.expected, c.after.word == c.before.word))


class Compared(NamedTuple):
    """How some runs compare with earlier ones: what is worse, what is better and nothing worse, how many are alike."""

    worse: tuple[Change, ...]
    better: tuple[Change, ...]
    same: int

    @property
    def of(self) -> int:
        """How many pairs of runs were compared."""
        return len(self.worse) + len(self.better) + self.same

    @property
    def sentence(self) -> str:
        """The comparison in a clause: "worse in 1, better in 2 of 7 runs"."""
        if not self.of:
            return "no runs to compare"
        parts = (("worse", self.worse), ("better", self.better))
        texts = [f"{name} in {len(those):,}" for name, those in parts if those]
        runs = plural(self.of, "run")
        return f"{', '.join(texts)} of {runs}" if texts else f"the same in {runs}"


def compared(pairs: Iterable[tuple[RunSummary, RunSummary]]) -> Compared:
    """Compare each pair of an earlier and a later run; both have to be comparable."""
    worse, better, same = [], [], 0
    for before, after in pairs:
        if change := worsened(before, after):
            worse.append(change)
        elif change := bettered(before, after):
            better.append(change)
        else:
            same += 1
    return Compared(tuple(worse), tuple(better), same)


def earlier(runs: Sequence[RunSummary], after: RunSummary) -> RunSummary | None:
    """Of some runs, the newest with the seed of ``after``, else the newest; None without any."""
    ordered = sorted(runs, key=lambda run: (run.seed == after.seed, run.order))
    return ordered[-1] if ordered else None
