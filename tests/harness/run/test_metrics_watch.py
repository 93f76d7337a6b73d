"""The metrics of a stack become alerts in the history."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from gameday.base.errors import RunError
from gameday.config.alert_rules import AlertRule
from gameday.config.signal_routes import SignalsTable
from gameday.model.events import MetricsRead
from gameday.model.signal import signals
from gameday.run.metrics_watch import MetricsWatch, samples_of
from gameday.run.stack import NoAnswerError
from support.rows import rows

DEAL = "0065g00000ABcdEAAT"
PAGE = f"""# HELP sync_late Deals that wait.
# TYPE sync_late gauge
sync_late{{deal="{DEAL}"}} 1
sync_late{{deal="other"}} 0
# TYPE orders counter
orders_total 3
"""


class Recording:
    """A recorder that only remembers; the stack answers with ``pages`` one by one."""

    def __init__(self, pages: list[str | Exception], *rules: AlertRule) -> None:
        self._pages = iter(pages)
        self.notes: list[str] = []
        self.alerts: list[tuple[str, dict[str, Any]]] = []
        self.readings: list[tuple[str, bool, str]] = []
        self.clock = SimpleNamespace(now_s=lambda: 5.0, real_s=lambda _: 0.0)
        setup = SimpleNamespace(config=SimpleNamespace(signals=SignalsTable(rules=rules)))
        self.environment = SimpleNamespace(setup=setup, stack=self)

    async def metrics(self, largest_bytes: int) -> str:
        page = next(self._pages)
        if isinstance(page, Exception):
            raise page
        return page

    def record(self, event: MetricsRead, outcome: str) -> None:
        self.readings.append((event.problem, event.answered, outcome))

    def note(self, text: str) -> None:
        self.notes.append(text)

    def alert(self, source: str, raw: dict[str, Any]) -> None:
        self.alerts.append((source, raw))


def watched(pages: list[str | Exception], *rules: AlertRule) -> Recording:
    recording = Recording(pages, *rules)
    watch = MetricsWatch(recording)  # type: ignore[arg-type]

    async def read_all() -> None:
        for _ in pages:
            await watch.read()

    asyncio.run(read_all())
    return recording


LATE = AlertRule(
    "OrderLate", "sync_late", (), ">", 0.0, labels={"team": "finance"}, annotations={"reason": "closed period"}
)


def test_samples_are_read_with_names_labels_and_values() -> None:
    found = samples_of(PAGE)
    assert [(each.name, dict(each.labels), each.value) for each in found] == [
        ("sync_late", {"deal": DEAL}, 1.0),
        ("sync_late", {"deal": "other"}, 0.0),
        ("orders_total", {}, 3.0),
    ]


@rows("text", ["<html>", "late{", "late x", 'late{a="b} 1', f"late {'1' * 400}"])
def test_a_page_that_is_no_metrics_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no metrics in Prometheus' text format"):
        samples_of(text)


def test_an_alert_begins_and_ends_and_is_read_as_a_signal() -> None:
    found = watched([PAGE, PAGE, "sync_late 0\n"], LATE)
    read = [signals[source](raw, {DEAL}) for source, raw in found.alerts]
    assert [(each.action, each.orders, each.owner, each.reason) for each in read] == [
        ("trigger", (DEAL,), "finance", "closed period"),
        ("resolve", (DEAL,), "finance", "closed period"),
    ]
    assert read[0].name == read[1].name
    assert (read[0].rule, found.notes) == ("OrderLate", [])


def test_two_series_are_two_alerts_of_one_rule() -> None:
    found = watched(['sync_late{q="a"} 1\nsync_late{q="b"} 1\n'], LATE)
    one, two = (signals[source](raw, set()) for source, raw in found.alerts)
    assert one.name != two.name
    assert one.rule == two.rule


def test_a_stack_without_metrics_is_down_and_noted_once() -> None:
    down = AlertRule("SyncDown", "up", (), "==", 0.0)
    problem = RunError("stack 'mine': GET /metrics did not answer: ConnectError")
    found = watched([PAGE, problem, problem, "<html>", PAGE], LATE, down)
    names = [(raw["alert"]["labels"]["alertname"], raw["alert"]["status"]) for _, raw in found.alerts]
    assert names == [
        ("OrderLate", "firing"),
        ("OrderLate", "resolved"),
        ("SyncDown", "firing"),
        ("SyncDown", "resolved"),
        ("OrderLate", "firing"),
    ]
    assert len(found.notes) == 2


def test_a_reading_is_recorded_when_its_problem_changes_and_says_if_there_was_an_answer() -> None:
    gone, refused = NoAnswerError("did not answer"), RunError("answered 404")
    found = watched([PAGE, PAGE, gone, gone, refused, "<html>", PAGE], LATE)
    assert [(problem[:15], answered, outcome) for problem, answered, outcome in found.readings] == [
        ("", True, "ok"),
        ("did not answer", False, "fail"),
        ("answered 404", True, "fail"),
        ("no metrics in P", True, "fail"),
        ("", True, "ok"),
    ]
