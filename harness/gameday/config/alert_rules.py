"""``[[signals.rules]]`` of gameday.toml: when a metric of the stack raises an alert.

A rule is a small part of what Prometheus has: one metric, chosen by labels, compared with one number. Functions
(``rate``, ``increase``, ``absent``), aggregations, ranges and operators between metrics are refused.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from gameday.base.durations import parse_duration
from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import read_table, shown

Number = Callable[[float, float], bool]

_COMPARISONS: dict[str, Number] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_LABEL = r'\s*[A-Za-z_]\w*\s*(?:=~|!~|!=|=)\s*"(?:[^"\\]|\\.)*"\s*'
_EXPRESSION = re.compile(
    rf"\s*([A-Za-z_:][\w:]*)\s*(?:\{{((?:{_LABEL})(?:,{_LABEL})*,?\s*|\s*)\}})?\s*(>=|<=|==|!=|>|<)\s*({_NUMBER})\s*"
)
_MATCHER = re.compile(r'\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*,?')
_TEMPLATE = re.compile(r"\{\{\s*(?:\$labels\.([A-Za-z_]\w*)|(\$value))\s*\}\}")
#: A longer expression is not one comparison of a metric.
LONGEST = 10_000
_HINT = 'write METRIC{label="value"} > NUMBER; functions and other parts of PromQL are not known'
_MOST_RULES = 200

_Text = Annotated[str, Meta(min_length=1, max_length=2000)]
_Name = Annotated[str, Meta(pattern=r"^[A-Za-z_]\w{0,99}\Z")]


class _RuleTable(msgspec.Struct, frozen=True):
    """One rule as written; ``for`` is read apart, as Python has the word for itself."""

    alert: _Text
    expr: _Text
    labels: dict[_Name, str] = {}
    annotations: dict[_Name, str] = {}


class Matcher(msgspec.Struct, frozen=True):
    """One condition on a label; one that a series lacks is empty."""

    label: str
    comparison: str
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether a series with these labels meets it; a pattern has to match the whole value."""
        given = labels.get(self.label, "")
        if self.comparison in ("=", "!="):
            return (given == self.value) is (self.comparison == "=")
        return (re.fullmatch(self.value, given) is not None) is (self.comparison == "=~")


class AlertRule(msgspec.Struct, frozen=True):
    """One rule. ``for_s`` (scenario seconds) is how long the comparison has to hold before it raises an alert."""

    alert: str
    metric: str
    matchers: tuple[Matcher, ...]
    comparison: str
    limit: float
    for_s: float = 0.0
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}

    def holds(self, name: str, labels: Mapping[str, str], value: float) -> bool:
        """Whether a sample meets the rule's condition."""
        chosen = name == self.metric and all(matcher.matches(labels) for matcher in self.matchers)
        return chosen and _COMPARISONS[self.comparison](value, self.limit)


def read_rules(tables: object, where: str) -> tuple[AlertRule, ...]:
    """Read the rules. Raises GamedayError naming the rule, the key and the bad value."""
    if not isinstance(tables, list) or len(tables) > _MOST_RULES:
        raise GamedayError(
            f"'rules' in {where} is {shown(tables)}, not a list of at most {_MOST_RULES} rules",
            hint="write [[signals.rules]]",
        )
    return tuple(_read_rule(table, f"rule {number} in {where}") for number, table in enumerate(tables, start=1))


def _read_rule(table: Any, where: str) -> AlertRule:
    if not isinstance(table, dict):
        raise GamedayError(f"{where} is {shown(table)}, which is not a table")
    given = dict(table)
    waits = given.pop("for", "0 seconds")
    for key in given:
        if key not in _RuleTable.__struct_fields__:
            raise unknown("key", key[:80], (*_RuleTable.__struct_fields__, "for"), where=where)
    rule = read_table(_RuleTable, given, where=where)
    if not isinstance(waits, str):
        raise GamedayError(f"'for' in {where} is {shown(waits)}, not a duration", hint="write '2 minutes'")
    for part in (rule.labels, rule.annotations):
        for name, text in part.items():
            if "{{" in _TEMPLATE.sub("", text):
                raise GamedayError(
                    f"{name!r} in {where} is {shown(text)}, with a template that is not known",
                    hint="known are {{ $labels.NAME }} and {{ $value }}",
                )
    metric, matchers, comparison, limit = _parse(rule.expr, where)
    return AlertRule(
        rule.alert, metric, matchers, comparison, limit, parse_duration(waits), rule.labels, rule.annotations
    )


def _parse(expression: str, where: str) -> tuple[str, tuple[Matcher, ...], str, float]:
    """The parts of an expression. Raises GamedayError for anything but a comparison of one metric with a number."""
    found = _EXPRESSION.fullmatch(expression) if len(expression) <= LONGEST else None
    if found is None:
        raise GamedayError(f"'expr' in {where} is not understood: {shown(expression)}", hint=_HINT)
    metric, written, comparison, limit = found.groups()
    matchers = []
    for label, how, value in _MATCHER.findall(written or ""):
        plain = re.sub(r"\\(.)", r"\1", value)
        if how in ("=~", "!~"):
            plain = value.replace(r"\\", "\\")
            try:
                re.compile(plain)
            except re.error as problem:
                raise GamedayError(f"'expr' in {where}: bad pattern {shown(plain)}: {problem}", hint=_HINT) from None
        matchers.append(Matcher(label, how, plain))
    return metric, tuple(matchers), comparison, float(limit)


def filled(text: str, labels: Mapping[str, str], value: float) -> str:
    """A label's or an annotation's text with its templates filled; a label that a series lacks is empty.

    >>> filled("{{ $value }} wait in {{ $labels.queue }}", {"queue": "orders"}, 12.0)
    '12 wait in orders'
    """
    return _TEMPLATE.sub(lambda found: f"{value:g}" if found[2] else labels.get(found[1], ""), text)
