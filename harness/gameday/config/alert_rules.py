"""``[[signals.rules]]`` of gameday.toml: when a metric of the stack raises an alert.

A rule is a small part of what Prometheus has: one metric, chosen by labels, or how fast it rises (``rate``,
``increase``), compared with one number. Other functions, aggregations and operators between metrics are refused.
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
_SERIES = rf"([A-Za-z_:][\w:]*)\s*(?:\{{((?:{_LABEL})(?:,{_LABEL})*,?\s*|\s*)\}})?"
_COMPARED = rf"\s*(>=|<=|==|!=|>|<)\s*({_NUMBER})\s*"
_EXPRESSION = re.compile(rf"\s*{_SERIES}{_COMPARED}")
_OVER_RANGE = re.compile(rf"\s*(rate|increase)\s*\(\s*{_SERIES}\s*\[\s*([0-9a-z]+)\s*\]\s*\){_COMPARED}")
#: A range as Prometheus writes it: its parts from the largest unit to the smallest one.
_RANGE = re.compile("".join(rf"(?:(\d{{1,9}}){unit})?" for unit in ("w", "d", "h", "m", "s", "ms")))
_UNITS_S = (604_800.0, 86_400.0, 3_600.0, 60.0, 1.0, 0.001)
_LONGEST_RANGE_S = 604_800.0
_MATCHER = re.compile(r'\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*,?')
_TEMPLATE = re.compile(r"\{\{\s*(?:\$labels\.([A-Za-z_]\w*)|(\$value))\s*\}\}")
#: A longer expression is not one comparison of a metric.
LONGEST = 10_000
_HINT = 'write METRIC{label="value"} > NUMBER or rate(METRIC{label="value"}[5m]) > NUMBER; other PromQL is not known'
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
    """One rule. ``for_s`` (scenario seconds) is how long the comparison has to hold before it raises an alert.

    ``function`` is ``rate`` or ``increase`` over the last ``range_s`` (scenario seconds), or empty.
    """

    alert: str
    metric: str
    matchers: tuple[Matcher, ...]
    comparison: str
    limit: float
    for_s: float = 0.0
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    function: str = ""
    range_s: float = 0.0

    def chooses(self, name: str, labels: Mapping[str, str]) -> bool:
        """Whether the rule is about a series."""
        return name == self.metric and all(matcher.matches(labels) for matcher in self.matchers)

    def exceeds(self, value: float) -> bool:
        """Whether a value, of the metric or of the function, meets the rule's condition."""
        return _COMPARISONS[self.comparison](value, self.limit)


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
    parts = _parse(rule.expr, where)
    return AlertRule(
        alert=rule.alert,
        metric=parts.metric,
        matchers=_matchers(parts.labels, where),
        comparison=parts.comparison,
        limit=parts.limit,
        for_s=parse_duration(waits),
        labels=rule.labels,
        annotations=rule.annotations,
        function=parts.function,
        range_s=_range_s(parts.range, where) if parts.function else 0.0,
    )


class _Parts(msgspec.Struct, frozen=True):
    """The parts of an expression as written; ``function`` and ``range`` may be empty."""

    metric: str
    labels: str
    comparison: str
    limit: float
    function: str = ""
    range: str = ""


def _parse(expression: str, where: str) -> _Parts:
    """The parts of an expression. Raises GamedayError for anything but a comparison of one metric with a number."""
    known = expression if len(expression) <= LONGEST else ""
    if found := _EXPRESSION.fullmatch(known):
        metric, labels, comparison, limit = found.groups()
        return _Parts(metric, labels or "", comparison, float(limit))
    if found := _OVER_RANGE.fullmatch(known):
        function, metric, labels, written, comparison, limit = found.groups()
        return _Parts(metric, labels or "", comparison, float(limit), function, written)
    raise GamedayError(f"'expr' in {where} is not understood: {shown(expression)}", hint=_HINT)


def _range_s(written: str, where: str) -> float:
    """A range in seconds. Raises GamedayError for one that is not Prometheus's, or not between 0 and a week."""
    found = _RANGE.fullmatch(written)
    seconds = sum(int(count) * unit for count, unit in zip(found.groups("0"), _UNITS_S, strict=True)) if found else 0.0
    if not 0 < seconds <= _LONGEST_RANGE_S:
        raise GamedayError(
            f"the range {shown(written)} in 'expr' of {where} is not a duration up to a week", hint="write 5m or 1h30m"
        )
    return seconds


def _matchers(written: str, where: str) -> tuple[Matcher, ...]:
    """The conditions on labels. Raises GamedayError for a pattern that is none."""
    matchers = []
    for label, how, value in _MATCHER.findall(written):
        plain = re.sub(r"\\(.)", r"\1", value)
        if how in ("=~", "!~"):
            plain = value.replace(r"\\", "\\")
            try:
                re.compile(plain)
            except re.error as problem:
                raise GamedayError(f"'expr' in {where}: bad pattern {shown(plain)}: {problem}", hint=_HINT) from None
        matchers.append(Matcher(label, how, plain))
    return tuple(matchers)


def filled(text: str, labels: Mapping[str, str], value: float) -> str:
    """A label's or an annotation's text with its templates filled; a label that a series lacks is empty.

    >>> filled("{{ $value }} wait in {{ $labels.queue }}", {"queue": "orders"}, 12.0)
    '12 wait in orders'
    """
    return _TEMPLATE.sub(lambda found: f"{value:g}" if found[2] else labels.get(found[1], ""), text)
