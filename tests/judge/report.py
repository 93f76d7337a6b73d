"""Writes docs/judge.md: what was changed, and what came of it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from judge.mutation import Key
from judge.proof import PARTS, Row, Rows
from judge.stories import STORIES

PAGE = Path(__file__).parents[2] / "docs" / "judge.md"
WIDTH = 120
HOW = """
`make judge` writes this page. It takes passing runs, changes one thing at a time, beyond every margin and tolerance,
and judges again: the result must be worse, a score lower, or more deals unreported or orders orphaned. What is changed
follows from the types of ledgers, events, signals, dead letters and contract, so a new field is changed too. A change
that lowers nothing is out of scope for the reason given, or not seen yet.
"""
AND = """
The table comes from {tried:,} changes of {count} hand-written runs: {stories}. `make judge` tries the same on recorded
runs: on the folders in `RUNS`, or on fresh runs of `durable`. It fails if a change survives that is not listed here, or
if one that is listed as not seen no longer survives.
"""
ORDER = (
    *("failed", "inconclusive", "lower detection", "no detection score", "lower recovery", "no recovery score"),
    *("more unreported", "more orphans"),
)


def render(rows: Rows, known: Mapping[Key, str]) -> str:
    """The page as Markdown."""
    tried = sum(row.tried for row in rows.values())
    unseen = [key for key, row in rows.items() if row.survivors]
    lowered = sum(bool(row.lowered) for row in rows.values())
    unnoticed = f"{len(unseen):,} are not seen yet:" if unseen else "every other is out of scope."
    text = [
        "# What the judge sees",
        "",
        *textwrap.wrap(HOW.strip(), width=WIDTH),
        "",
        *textwrap.wrap(AND.strip().format(tried=tried, count=len(STORIES), stories=", ".join(STORIES)), width=WIDTH),
        "",
        f"There are {len(rows):,} kinds of change. {lowered:,} lower the judgement; {unnoticed}",
        *([""] if unseen else []),
    ]
    for part, title in PARTS.items():
        count = sum(known.get(key) == part for key in unseen)
        if count:
            text.append(f"* {count:,} until {title}")
    if unknown := sum(key not in known for key in unseen):
        text.append(f"* {unknown:,} unexplained")
    text += ["", "| Area | Field | Change | Outcome |", "|---|---|---|---|"]
    text += [f"| {' | '.join(line)} |" for line in _lines(rows, known)]
    return "\n".join(text) + "\n"


def unsaid(rows: Rows, page: str) -> Iterator[str]:
    """What these rows show and the page does not say, one line each; it may say more, of more stories."""
    said: dict[tuple[str, ...], list[list[str]]] = {}
    for line in page.splitlines():
        if line.startswith("| "):
            area, field, *rest = line.strip("| ").split(" | ", 3)
            said.setdefault((area, field.strip("`")), []).append(rest)
    for (area, field, change), row in sorted(rows.items()):
        outcomes = [outcome for changes, outcome in said.get((area, field), ()) if change in changes]
        yield from (
            f"{area} | {field} | {change}: {each}"
            for each in sorted({*row.lowered, *row.excused})
            if not any(each in outcome for outcome in outcomes)
        )
    tried = sum(row.tried for row in rows.values())
    if f" {tried:,} changes of " not in page or f" {len(rows):,} kinds of change." not in page:
        yield f"{tried:,} changes, {len(rows):,} kinds"


def _lines(rows: Rows, known: Mapping[Key, str]) -> Iterator[tuple[str, str, str, str]]:
    """One line for all changes of a field with one outcome."""
    lines: dict[tuple[str, str, str], list[str]] = {}
    for (area, field, change), row in sorted(rows.items()):
        lines.setdefault((area, field, _outcome(row, known.get((area, field, change)))), []).append(change)
    for (area, field, outcome), names in lines.items():
        yield area, field if "(" in field else f"`{field}`", ", ".join(names), outcome


def _outcome(row: Row, part: str | None) -> str:
    found = []
    if row.survivors:
        found.append(f"**not seen** until {PARTS[part]}" if part in PARTS else "**not seen**")
    if row.lowered:
        found.append(", ".join(sorted(row.lowered, key=ORDER.index)))
    if row.excused:
        found.append(f"out of scope: {'; '.join(sorted(row.excused))}")
    return "; else ".join(found)
