"""Business rules between the fields of one record. Each is one entry of ``BUSINESS_RULES``.

A rule is bound to a contract once. It is then given records whose single values keep the contract, numbers as int or
Decimal, and optional values possibly missing or null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from gameday.base.money import decimals_of
from gameday.records.fast import Keeps, Steps
from gameday.records.meaning import Meaning
from gameday.records.numbers import is_finer
from gameday.records.problems import VALUE_RULES, Problem, describe, value_problem
from gameday.records.tree import Node
from gameday_fakes.manifests import named_by

#: The line items of a record; None if it has no list of them.
Items = Sequence[dict[str, Any]] | None

#: From the record itself and its items to its problems; usually none.
FindProblems = Callable[[dict[str, Any], Items], Sequence[Problem]]

_STEPS = {places: Decimal(1).scaleb(-places) for places in (0, 2, 3)}
_FINEST = Decimal("1e-400")
_CODE_LENGTH = 3


#: A function that gives the value of a field (the first) of a record or item (the second), UNSET if it is missing.
Getter = Callable[[Node, Node], Callable[[Any], Any]]


class Bound(msgspec.Struct, frozen=True):
    """A rule bound to a contract. It is not applied to a record in which a field of ``needs`` is itself wrong.

    ``compile`` or ``steps`` is the quick form of ``find``: it never accepts a record in which ``find`` finds a problem,
    and rarely refuses one in which it finds none.
    """

    needs: tuple[Node, ...]
    find: FindProblems
    compile: Callable[[Getter], Keeps] | None = None
    steps: Steps | None = None


class BusinessRule(msgspec.Struct, frozen=True):
    """A rule by its stable id. ``bind`` returns None if the contract lacks the fields that it needs."""

    id: str
    text: str
    bind: Callable[[Meaning, Decimal], Bound | None]


def _bind_total(meaning: Meaning, tolerance: Decimal) -> Bound | None:
    amount, lines, line_total = meaning.amount, meaning.lines, meaning.line_total
    if amount is None or lines is None or line_total is None:
        return None
    amount_name, name = amount.name, line_total.name
    hidden = amount.hidden or line_total.hidden

    def find(main: dict[str, Any], items: Items) -> Sequence[Problem]:
        paid = main.get(amount_name)
        if paid is None or items is None:
            return ()
        total: Decimal | int = 0
        for item in items:
            one = item.get(name)
            if one is None:
                return ()
            total += one
        off = paid - total
        if -tolerance <= off <= tolerance:
            return ()
        expected = f"the sum of the {line_total.path} of its {len(items)} items" + (
            "" if hidden else f", from which it is {abs(off)} away,"
        )
        message = f"{amount.path} is {describe(paid, hidden=hidden)}; expected {expected} within {tolerance}"
        return (Problem("record.total-differs", amount.path, message),)

    def compile_keeps(getter: Getter) -> Keeps:
        get_paid, get_total = getter(amount, meaning.main), getter(line_total, lines)
        lowest, highest = -tolerance, tolerance

        def keeps(main: Any, items: Sequence[Any]) -> bool:
            try:
                off: Decimal = get_paid(main) - sum(map(get_total, items))
            except TypeError:  # one of them is missing
                return False
            return lowest <= off <= highest

        return keeps

    return Bound((amount, lines, line_total), find, compile_keeps)


def _bind_decimals(meaning: Meaning, _: Decimal) -> Bound | None:
    currency, lines = meaning.currency, meaning.lines
    if currency is None or not (meaning.money or meaning.line_money):
        return None
    currency_name = currency.name
    names, line_names = [node.name for node in meaning.money], [node.name for node in meaning.line_money]
    needs = (currency, *meaning.money, *((lines,) if lines else ()), *meaning.line_money)

    def find(main: dict[str, Any], items: Items) -> Sequence[Problem]:
        code = main.get(currency_name)
        if code.__class__ is dict:
            code = named_by(code)  # some vendors name currencies by reference
        if code.__class__ is not str:
            return ()
        step = _STEPS[decimals_of(code)]
        found = _find_finer(main, names, step)
        for item in items or ():
            found = found or _find_finer(item, line_names, step)
        return explain(main, items, code, step) if found else ()

    def explain(main: dict[str, Any], items: Items, code: str, step: Decimal) -> Sequence[Problem]:
        expected = f"at most {decimals_of(code)} decimals in {code if len(code) == _CODE_LENGTH else 'its currency'}"
        places = [("", main, meaning.money)]
        for number, item in enumerate(items or (), start=1):
            places.append((f" in item {number} of {lines.name if lines else ''}", item, meaning.line_money))
        return [
            value_problem("record.too-many-decimals", node, item[node.name], expected, place)
            for place, item, nodes in places
            for node in nodes
            if _find_finer(item, [node.name], step)
        ]

    paths = frozenset(node.path for node in (*meaning.money, *meaning.line_money))
    return Bound(needs, find, steps=Steps(currency, paths, _step_of))


def _step_of(currency: Any) -> Decimal:
    code = named_by(currency) if currency.__class__ is dict else currency
    return _STEPS[decimals_of(code)] if code.__class__ is str else _FINEST


def _find_finer(found: dict[str, Any], names: Iterable[str], step: Decimal) -> bool:
    """Whether one of these values has more decimals than the step."""
    for name in names:
        value = found.get(name)
        # Nearly every amount is written with just the decimals of its currency, which is quick to see.
        if value.__class__ is Decimal and not value.same_quantum(step) and is_finer(value, step):
            return True
    return False


def _bind_line_keys(meaning: Meaning, _: Decimal) -> Bound | None:
    lines, key = meaning.lines, meaning.line_key
    if lines is None or key is None:
        return None
    name = key.name

    def find(_: dict[str, Any], items: Items) -> Sequence[Problem]:
        keys = [one for item in items or () if (one := item.get(name)) is not None]
        if len(set(keys)) == len(keys):
            return ()
        again = next(one for number, one in enumerate(keys) if one in keys[:number])
        shown = describe(again, hidden=key.hidden)
        message = f"{key.path} is {shown} in two items of one record; expected a different one in each"
        return (Problem("record.repeated-line", key.path, message),)

    def compile_keeps(getter: Getter) -> Keeps:
        get_key = getter(key, lines)
        return lambda _, items: len(set(map(get_key, items))) == len(items)

    return Bound((lines, key), find, compile_keeps)


BUSINESS_RULES: tuple[BusinessRule, ...] = (
    BusinessRule("record.total-differs", "the amount is the sum of its lines, within the tolerance", _bind_total),
    BusinessRule("record.too-many-decimals", "an amount has no more decimals than its currency", _bind_decimals),
    BusinessRule("record.repeated-line", "no two lines of a record have the same key", _bind_line_keys),
)

#: All rules of records by their stable ids, with what each demands.
RULES: dict[str, str] = {**VALUE_RULES, **{rule.id: rule.text for rule in BUSINESS_RULES}}
