"""Rules about the stack's metrics, as gameday.toml has them: what is understood, and that all else is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from gameday.base.errors import GamedayError
from gameday.config.alert_rules import AlertRule, Matcher, filled
from gameday.config.signal_routes import read_signals
from support.rows import rows


def rules(text: str) -> tuple[AlertRule, ...]:
    return read_signals(tomllib.loads(text).get("signals", {}), Path("gameday.toml")).rules


def rule(expr: str = "late > 0", **more: Any) -> AlertRule:
    given = "".join(f"{key} = {value}\n" for key, value in more.items())
    (found,) = rules(f"[[signals.rules]]\nalert = 'Late'\nexpr = '''{expr}'''\n{given}")
    return found


def test_a_rule_is_read_in_full() -> None:
    found = rule(
        'queue:late{queue="orders", state!~"ok|done",} >= 1.5e1',
        **{"for": "'2 minutes'", "labels": "{team = 'finance'}", "annotations": "{summary = '{{ $value }} late'}"},
    )
    matchers = (Matcher("queue", "=", "orders"), Matcher("state", "!~", "ok|done"))
    notes = {"summary": "{{ $value }} late"}
    assert found == AlertRule("Late", "queue:late", matchers, ">=", 15.0, 120.0, {"team": "finance"}, notes)


def test_without_rules_there_are_none() -> None:
    assert rules("") == rules("[signals]\nrules = []") == ()


@rows(
    ("expr", "value", "holds"),
    [
        ("late > 0", 1, True),
        ("late > 0", 0, False),
        ("late>=1", 1, True),
        ("late < -1", -2, True),
        ("late <= .5", 0.5, True),
        ("late == 3", 3, True),
        ("late != 3", 3, False),
        ("late{} > 0", 1, True),
        ('late{queue="orders"} > 0', 1, True),
        ('late{queue="invoices"} > 0', 1, False),
        ('late{queue!="orders"} > 0', 1, False),
        ('late{queue=~"ord.*"} > 0', 1, True),
        ('late{queue=~"ord"} > 0', 1, False),
        ('late{queue!~"inv.*"} > 0', 1, True),
        ('late{none=""} > 0', 1, True),
        ('late{queue="or\\"ders"} > 0', 1, False),
        ("other > 0", 1, False),
    ],
)
def test_a_rule_holds_for_the_samples_that_it_chooses(expr: str, value: float, holds: bool) -> None:
    found = rule(expr)
    assert (found.chooses("late", {"queue": "orders"}) and found.exceeds(value)) is holds


@rows(
    "expr",
    [
        "irate(late[5m]) > 0",
        "rate(late) > 0",
        "rate(late[5m] offset 1m) > 0",
        "rate(late[5m:1m]) > 0",
        "rate(rate(late[5m])[5m]) > 0",
        "sum(rate(late[5m])) > 0",
        "rate(late[5m])",
        "late[5m] > 0",
        "sum(late) > 0",
        "absent(late)",
        "late > other",
        "late > 0 and other > 0",
        "late",
        "> 0",
        "late > ",
        "late => 0",
        "late > 0x10",
        "late offset 5m > 0",
        'late{queue="orders" > 0',
        "late{queue=orders} > 0",
        'late{queue=~"("} > 0',
        "late > NaN",
    ],
)
def test_any_other_expression_is_refused_with_what_is_known(expr: str) -> None:
    with pytest.raises(GamedayError, match=r"'expr' in rule 1 in .signals. of gameday") as refused:
        rule(expr)
    assert "write METRIC" in refused.value.hint


@rows(
    ("text", "said"),
    [
        ("[signals]\nrules = 3", "'rules' in .signals. of gameday.toml is 3, not a list"),
        ("[signals]\nrules = [3]", "rule 1 in .* is 3, which is not a table"),
        ("[[signals.rules]]\nalert = 'A'", "has no 'expr'"),
        ("[[signals.rules]]\nalert = 'A'\nexpr = 'a > 0'\nfro = '1 s'", "unknown key 'fro' in rule 1"),
        ("[[signals.rules]]\nalert = 'A'\nexpr = 'a > 0'\nfor = 60", "'for' in rule 1 .* is 60, not a duration"),
        ("[[signals.rules]]\nalert = 'A'\nexpr = 'a > 0'\nfor = 'soon'", "not a duration: 'soon'"),
        ("[[signals.rules]]\nalert = 'A'\nexpr = 'a > 0'\nlabels = {a = '{{ x }}'}", "a template that is not known"),
        ("[[signals.rules]]\nalert = 'A'\nexpr = 'a > 0'\nlabels = {a = 3}", "'labels' in rule 1"),
    ],
)
def test_a_mistake_is_named_with_its_rule(text: str, said: str) -> None:
    with pytest.raises(GamedayError, match=said):
        rules(text)


def test_templates_are_filled_and_a_missing_label_is_empty() -> None:
    assert filled("{{$value}} of {{ $labels.a }}{{ $labels.b }}", {"a": "x"}, 2.5) == "2.5 of x"


@rows(
    ("expr", "function", "range_s"),
    [
        ("rate(late_total[5m]) > 0.1", "rate", 300.0),
        ('increase( late_total{queue="orders"} [1h30m] )>=2', "increase", 5400.0),
        ("rate(late_total[1d]) > 0", "rate", 86_400.0),
        ("rate(late_total[500ms]) > 0", "rate", 0.5),
    ],
)
def test_a_rule_may_be_about_how_fast_a_metric_rises(expr: str, function: str, range_s: float) -> None:
    found = rule(expr)
    assert (found.metric, found.function, found.range_s) == ("late_total", function, range_s)


@rows("written", ["5", "0s", "5min", "30m1h", "2w", "m"])
def test_a_range_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(GamedayError, match=f"the range '{written}' in 'expr' of rule 1 in .* is not a duration"):
        rule(f"rate(late_total[{written}]) > 0")
