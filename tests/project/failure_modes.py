"""Writes the table of docs/failure-modes.md that says what plays each mode: ``make docs``. A test compares it."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

from gameday.config.features import library
from gameday.model.settings import Settings, Target
from gameday.steps.planning import plan_scenarios
from gameday_fakes.stacks.durable.bugs import CAUGHT_BY
from gameday_reports.dashboard.failure_modes import FAILURE_MODES, modes_of

PAGE = Path(__file__).parents[2] / "docs" / "failure-modes.md"
HEADING = "## What plays each mode\n"


def main() -> int:
    """Write the table."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(f"{text[: text.index(HEADING)]}{render(features_by_mode())}", encoding="utf-8")
    return 0


def features_by_mode() -> dict[int, list[str]]:
    """The bundled features that exercise each mode."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for outcome in plan_scenarios([library()], Settings(targets=(Target("durable", 1),))):
        assert outcome.planned is not None
        for number in modes_of(outcome.planned):
            found[number].append(outcome.planned.feature.removesuffix(".feature"))
    return {number: sorted({*names}) for number, names in found.items()}


def render(features: dict[int, list[str]]) -> str:
    """The section with the table, which ends the page."""
    played = sum(bool(mode.bug) for mode in FAILURE_MODES)
    rows = [
        HEADING,
        f"{played} of the {len(FAILURE_MODES)} modes are played by a bundled feature that catches a planted bug.",
        "Features in the folder `modes` run only with `gameday run --all-modes`, or by name. `gameday new --mode 7`",
        "writes one of your own. Beside the bug that a mode names, its features catch so many others.\n",
        "| # | Faults or changes | Features | Planted bugs that they catch | Not played, because |",
        "|---|---|---|---|---|",
    ]
    for mode in FAILURE_MODES:
        played = features.get(mode.number, [])
        names = ", ".join(f"`{name}`" for name in played)
        more = sum(feature.removesuffix(".feature") in played for feature in CAUGHT_BY.values()) - 1
        bug = f"`{mode.bug}`{f', {more} more' if more > 0 else ''}" if mode.bug else ""
        how = ", ".join((*mode.faults, *mode.changes, *(f"people: {each}" for each in mode.by_people)))
        rows.append(f"| {mode.number} | {how} | {names} | {bug} | {mode.why} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
