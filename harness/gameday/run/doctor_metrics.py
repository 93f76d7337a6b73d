"""What the doctor finds in a stack's metrics, for the alert rules that are about them."""

from __future__ import annotations

from collections.abc import Sequence

from gameday.base.errors import GamedayError
from gameday.config.alert_rules import AlertRule
from gameday.run.metrics_watch import LARGEST_BYTES, samples_of
from gameday.run.part_check import NotCheckedError
from gameday.run.stack import Stack


async def metrics_found(stack: Stack, rules: Sequence[AlertRule]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What was read, in a clause, and for each rule whether its metric is there.

    Raises GamedayError if it is no metrics, and NotCheckedError where the stack's table has no metrics.
    """
    if not stack.table.metrics:
        raise NotCheckedError("the table has no metrics, so no rule raises an alert")
    try:
        samples = samples_of(await stack.metrics(LARGEST_BYTES))
    except ValueError as problem:
        raise GamedayError(f"{stack.table.metrics}: {problem}", hint="is it the path of its metrics?") from None
    names = {sample.name for sample in samples}
    note = f"{len(names):,} metrics with {len(samples):,} series"
    if not rules:
        return f"{note}; gameday.toml has no [[signals.rules]] about them", ()
    return note, tuple(("rule", f"{rule.alert}: {_presence(rule, [*names])}") for rule in rules)


def _presence(rule: AlertRule, names: Sequence[str]) -> str:
    """Whether the metric of a rule is there; a counter may come with the first thing that it counts."""
    if rule.metric == "up" or rule.metric in names:
        return f"{rule.metric} is there"
    return f"{rule.metric} is not there yet"
