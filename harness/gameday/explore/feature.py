"""Writes a schedule as a feature that `gameday run` replays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gameday.explore.schedule import Schedule
from gameday.model.scenario import Expectation, Injection

_ROLES = {"crm": "CRM", "erp": "ERP"}


def feature_text(schedule: Schedule, expected: Iterable[Expectation], *, title: str, notes: Iterable[str]) -> str:
    """The feature of one scenario. ``notes`` are the lines of its description.

    Read again, it is the scenario of the schedule with these expectations.
    """
    flow = schedule.flow
    lines = [
        "@explored",
        f"Feature: {_plain(title)}",
        *(f"  {_plain(note)}" for note in notes),
        "",
        f"  Scenario: {_plain(title)}",
        f'    Given deals flow from "{flow.crm}" to "{flow.erp}" under the contract "{flow.contract}"',
        '    And the workload "closed won"',
        *_table({"count": str(schedule.deals), "per minute": str(schedule.per_minute), **schedule.traits}),
        *(
            f"    And {change.percent}% of them are {change.operation} within {_seconds(change.within_s)}"
            for change in schedule.changes
        ),
    ]
    word = "When"
    for injection in schedule.injections:
        lines += [f"    {word} {_suffers(injection)}", *_table(injection.params)]
        word = "And"
    word = "Then"
    for expectation in expected:
        lines.append(f"    {word} {expectation.text}")
        word = "And"
    return "\n".join(lines) + "\n"


def _suffers(injection: Injection) -> str:
    role = _ROLES.get(injection.target, injection.target)
    lasts = f" for {_seconds(injection.duration_s)}" if injection.duration_s is not None else ""
    return f'after {_seconds(injection.at_s)} the {role} suffers "{injection.fault}"{lasts}'


def _seconds(value: float) -> str:
    return f"{value:g} second" + ("" if value == 1 else "s")


def _table(values: Mapping[str, str]) -> list[str]:
    """A table of one row of names and one of values; none without values."""
    if not values:
        return []
    cells = [(name, value.replace("\\", "\\\\").replace("|", "\\|")) for name, value in values.items()]
    widths = [max(len(name), len(value)) for name, value in cells]
    rows = [[name for name, _ in cells], [value for _, value in cells]]
    return ["      | " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]


def _plain(text: str) -> str:
    """A text of one line, which begins nothing else in a feature."""
    return " ".join(text.split())
