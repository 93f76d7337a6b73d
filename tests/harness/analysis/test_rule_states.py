"""When an alert rule fires and ends, by readings and their times."""

from __future__ import annotations

from gameday.analysis.rule_states import RuleStates, Sample
from gameday.config.alert_rules import AlertRule

RULE = AlertRule(
    "Late", "late", (), ">", 0.0, 60.0, {"team": "finance"}, {"summary": "{{ $value }} of {{ $labels.q }}"}
)


def late(value: float, queue: str = "orders") -> Sample:
    return Sample("late", {"q": queue}, value)


def states(rule: AlertRule = RULE) -> RuleStates:
    return RuleStates([rule])


def changes(found: RuleStates, now_s: float, *samples: Sample) -> list[tuple[str, str]]:
    return [(change.status, change.labels["q"]) for change in found.read(samples, now_s)]


def test_a_rule_fires_once_its_condition_has_held_for_long_enough() -> None:
    found = states()
    assert [changes(found, now_s, late(1)) for now_s in (0, 59, 60, 75)] == [[], [], [("firing", "orders")], []]


def test_a_rule_that_waits_for_nothing_fires_at_once() -> None:
    assert changes(states(AlertRule("Late", "late", (), ">", 0.0)), 0, late(1)) == [("firing", "orders")]


def test_a_condition_that_was_interrupted_waits_again() -> None:
    found = states()
    assert [changes(found, now_s, late(value)) for now_s, value in ((0, 1), (30, 0), (60, 1), (90, 1))] == [
        [],
        [],
        [],
        [],
    ]
    assert changes(found, 120, late(1)) == [("firing", "orders")]


def test_an_alert_ends_when_its_condition_no_longer_holds_or_its_series_is_gone() -> None:
    for last in ([late(0)], []):
        found = states()
        changes(found, 0, late(1))
        changes(found, 60, late(1))
        assert changes(found, 75, *last) == [("resolved", "orders")]
        assert changes(found, 90, *last) == []


def test_each_series_has_an_alert_of_its_own() -> None:
    found = states()
    changes(found, 0, late(1, "orders"))
    assert changes(found, 60, late(1, "orders"), late(1, "invoices")) == [("firing", "orders")]
    assert changes(found, 120, late(1, "invoices")) == [("resolved", "orders"), ("firing", "invoices")]


def test_an_alert_has_the_labels_of_its_series_and_rule_and_says_the_value_of_its_beginning() -> None:
    found = states()
    found.read([late(1)], 0)
    (change,) = found.read([late(7)], 60)
    assert change.labels == {"q": "orders", "team": "finance", "alertname": "Late"}
    assert (change.annotations, change.since_s) == ({"summary": "7 of orders"}, 0)


def counted(found: RuleStates, *readings: tuple[float, float | None]) -> list[str]:
    """What each reading of a counter changes; None where nothing was read."""
    changed = []
    for now_s, value in readings:
        samples = [] if value is None else [Sample("failed_total", {"q": "orders"}, value)]
        changed.append(" ".join(change.status for change in found.read(samples, now_s)))
    return changed


def rising(function: str = "rate", limit: float = 0.1) -> RuleStates:
    return RuleStates([AlertRule("Failing", "failed_total", (), ">", limit, function=function, range_s=60.0)])


def test_a_rule_about_a_rate_needs_two_readings_and_ends_when_the_counter_rests() -> None:
    readings = [(0.0, 5.0), (15.0, 5.0), (30.0, 10.0), (45.0, 15.0), *((60.0 + 15 * n, 15.0) for n in range(4))]
    assert counted(rising(), *readings) == ["", "", "firing", "", "", "", "resolved", ""]


def test_a_restart_of_the_counter_is_no_fall() -> None:
    assert counted(rising(), (0.0, 100.0), (15.0, 100.0), (30.0, 0.0), (45.0, 9.0))[-1] == "firing"


def test_the_last_values_of_a_series_that_is_gone_count_while_they_are_in_the_range() -> None:
    readings = [(0.0, 0.0), (15.0, 30.0), (30.0, None), (45.0, None), (60.0, None), (75.0, None)]
    assert counted(rising(), *readings) == ["", "firing", "", "", "resolved", ""]


def test_an_increase_is_not_divided_by_the_range() -> None:
    readings = [(0.0, 0.0), (15.0, 3.0), (30.0, 6.0), (45.0, 9.0)]
    assert counted(rising("increase", 8.0), *readings)[-1] == "firing"
    assert "firing" not in counted(rising("rate", 8.0), *readings)
