"""Writes a schedule as a feature that `gameday run` replays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gameday.explore.people import of_day, table_of
from gameday.explore.schedule import FaultPlan, Schedule
from gameday.model.scenario import Expectation
from gameday.steps.description import table_lines, target_word


def feature_text(
    schedule: Schedule,
    expected: Iterable[Expectation],
    *,
    title: str,
    notes: Iterable[str],
    tags: Sequence[str] = ("explored",),
) -> str:
    """The feature of one scenario. ``notes`` are the lines of its description, ``tags`` have no ``@`` yet.

    Read again, it is the scenario of the schedule with these expectations.
    """
    flow = schedule.flow
    lines = [
        *([" ".join(f"@{tag}" for tag in tags)] if tags else []),
        f"Feature: {_plain(title)}",
        *(f"  {_plain(note)}" for note in notes),
        "",
        f"  Scenario: {_plain(title)}",
        f'    Given deals flow from "{flow.crm}" to "{flow.erp}" under the contract "{flow.contract}"',
        f'    And the workload "{schedule.workload}"',
        *_table({"count": str(schedule.deals), "per minute": str(schedule.per_minute), **schedule.traits}),
        *(
            line
            for role, given in schedule.settings.items()
            for line in (f"    And the {role.upper()} has the settings", *_table(given))
        ),
        *(
            f"    And {change.percent}% of them are {change.operation} within {_seconds(change.within_s)}"
            for change in schedule.changes
        ),
    ]
    word = "When"
    for plan in schedule.in_order:
        lines += [f"    {word} {_suffers(plan)}", *_table(plan.params)]
        word = "And"
    for planned in of_day(schedule.people, schedule.deals):
        act = planned.operation.replace("_", " ")
        where = target_word(planned.target)
        lines += [f'    {word} after {_seconds(planned.at_s)} people in the {where} carry out "{act}"']
        lines += _table(table_of(planned))
        word = "And"
    word = "Then"
    for expectation in expected:
        lines.append(f"    {word} {expectation.text}")
        word = "And"
    return "\n".join(lines) + "\n"


def _suffers(plan: FaultPlan) -> str:
    lasts = f"for {_seconds(plan.duration_s)}"
    if plan.times > 1:
        lasts = f"every {_seconds(plan.duration_s + plan.pause_s)} {lasts}, {plan.times} times"
    return f'after {_seconds(plan.at_s)} the {target_word(plan.target)} suffers "{plan.fault}" {lasts}'


def _seconds(value: float) -> str:
    return f"{value:g} second" + ("" if value == 1 else "s")


def _table(values: Mapping[str, str]) -> list[str]:
    return [f"    {line}" for line in table_lines(values)]


def _plain(text: str) -> str:
    """A text of one line, which begins nothing else in a feature."""
    return " ".join(text.split())
