"""The doctor says whether a stack's metrics can be read, and which of the rules' metrics are there."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from gameday.base.errors import GamedayError
from gameday.config.alert_rules import AlertRule
from gameday.run.doctor_metrics import metrics_found
from gameday.run.part_check import NotCheckedError


class Answering:
    """A stack that answers with a page."""

    def __init__(self, page: str, path: str = "/metrics") -> None:
        self.table = SimpleNamespace(metrics=path)
        self._page = page

    async def metrics(self, largest_bytes: int) -> str:
        return self._page


def found(stack: Answering, *metrics: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    rules = [AlertRule(f"About {metric}", metric, (), ">", 0.0) for metric in metrics]
    return asyncio.run(metrics_found(stack, rules))  # type: ignore[arg-type]


def test_each_rule_says_whether_its_metric_is_there() -> None:
    note, rules = found(Answering('late{q="a"} 1\nlate{q="b"} 2\n'), "late", "failed_total", "up")
    assert note == "1 metrics with 2 series"
    assert rules == (
        ("rule", "About late: late is there"),
        ("rule", "About failed_total: failed_total is not there yet"),
        ("rule", "About up: up is there"),
    )


def test_metrics_without_rules_say_so() -> None:
    assert found(Answering("late 1\n"))[0].endswith("gameday.toml has no [[signals.rules]] about them")


def test_a_page_that_is_no_metrics_is_a_problem() -> None:
    with pytest.raises(GamedayError, match="/health: no metrics in Prometheus' text format"):
        found(Answering("<html>", "/health"), "late")


def test_rules_about_a_stack_without_metrics_are_not_checked() -> None:
    with pytest.raises(NotCheckedError, match="the table has no metrics, so no rule raises an alert"):
        found(Answering("", ""), "late")
