"""Rules for the terms of a contract: SLAs, matching of orders, tolerances, owners, status.

The two files of a flow are read together: a term that moves from one to the other has not changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.contracts.compatibility.change import Change, Rule, as_number, rule, written
from gameday.contracts.compatibility.document import Document, Where, custom_properties, team_members
from gameday.contracts.compatibility.retry_rules import retry_changes
from gameday.contracts.retry_policy import PROPERTY, read_retry_policy
from gameday.contracts.values import plain, read_number, read_seconds, read_share
from gameday.model.contract import Contract, RetryPolicy

SLA_LOOSENED = rule("sla-loosened", "major", breaks="none", says="{path}: weakened from {before} to {after}")
SLA_TIGHTENED = rule("sla-tightened", "minor", breaks="none", says="{path}: tightened from {before} to {after}")
SLA_CHANGED = rule("sla-changed", "major", breaks="none", says="{path}: changed from {before} to {after}")
MATCH = rule(
    "match-changed", "major", breaks="both", says="orders were matched by {before} and are now matched by {after}"
)
CUSTOMER_MATCH = rule(
    "customer-match-changed",
    "major",
    breaks="both",
    says="customers were matched by {before} and are now matched by {after}",
)
KEY = rule(
    "idempotency-key-changed", "major", breaks="both", says="the idempotency key changed from {before} to {after}"
)
ORDERING = rule(
    "ordering-changed", "major", breaks="both", says="messages were ordered by {before} and are now ordered by {after}"
)
INVOICED = rule(
    "invoiced-changed",
    "major",
    breaks="both",
    says="invoiced (an order needs its invoice) changed from {before} to {after}",
)
TOLERANCE_LOOSENED = rule(
    "tolerance-loosened",
    "major",
    breaks="new",
    says="{path} was widened from {before} to {after}: larger differences now count as equal",
)
TOLERANCE_TIGHTENED = rule(
    "tolerance-tightened",
    "major",
    breaks="old",
    says="{path} was narrowed from {before} to {after}: orders that passed may now fail",
)
BUSINESS = rule("business-rule-changed", "major", breaks="both", says="{path} changed from {before} to {after}")
CUSTOM = rule("custom-property-changed", "minor", breaks="none", says="{path} changed from {before} to {after}")
OWNER = rule("owner-changed", "minor", breaks="none", says="{path}: the owner changed from {before} to {after}")

#: SLAs where a lower value is weaker; for those below, a higher value is weaker.
_LESS_IS_WEAKER = frozenset({"availability", "throughput", "retention"})
_MORE_IS_WEAKER = frozenset({"latency", "timeToDetect", "timeToRepair", "errorRate", "frequency"})
#: SLAs of the whole flow that the harness itself reads; it must understand their values.
_OURS = frozenset({"latency", "timeToDetect", "timeToRepair", "errorRate"})
#: Custom properties that matter to the business, though the harness does not read them.
_BUSINESS = frozenset(
    {
        "approval",
        "approvalGate",
        "approvalLimit",
        "approvalThreshold",
        "rounding",
        "tax",
        "taxCode",
        "taxIncluded",
        "taxInclusive",
        "taxRate",
        "timeZone",
        "currency",
        "unit",
        "reconcile",
        "reconcileRule",
    }
)
_DEFAULTS = Contract(name="")


class Promise(msgspec.Struct, frozen=True):
    """An SLA in one measure: seconds, a share, or the text as written; ``text`` is for messages."""

    value: Decimal | str
    text: str
    where: Where


class _Term(msgspec.Struct, frozen=True):
    """A custom property that the harness reads: its default, and the rule that reports another value."""

    default: Any
    rule: Rule
    finance: bool = False


_TERMS: dict[str, _Term] = {
    "match": _Term(_DEFAULTS.match, MATCH),
    "matchPattern": _Term(_DEFAULTS.match_pattern, MATCH),
    "customerMatch": _Term(_DEFAULTS.customer_match, CUSTOMER_MATCH),
    "customerPattern": _Term(_DEFAULTS.customer_pattern, CUSTOMER_MATCH),
    "idempotencyKey": _Term(_DEFAULTS.idempotency_key, KEY),
    "ordering": _Term(_DEFAULTS.ordering, ORDERING),
    "invoiced": _Term(_DEFAULTS.invoiced, INVOICED, finance=True),
}
#: Tolerances (none without the property): how each is read and shown.
_TOLERANCES: dict[str, tuple[Callable[[Any, str], Decimal], Callable[[Decimal], str]]] = {
    "tolerance": (read_number, written),
    "priceTolerance": (lambda value, where: read_share(value, "", where), lambda share: f"{written(share * 100)}%"),
}


def compare_terms(old: tuple[Document, ...], new: tuple[Document, ...], renames: Mapping[str, str]) -> Iterator[Change]:
    """Every change of the terms; ``renames`` maps old to new field names on the wire."""
    yield from _slas(promises(old), promises(new), new[0])
    yield from _customs(_merged_customs(old), _merged_customs(new), new[0], renames)
    yield from _owners(old, new)


def _slas(old: dict[str, Promise], new: dict[str, Promise], document: Document) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before and after and before.value == after.value:
            continue
        where = after.where if after else document.where("slaProperties", name)
        texts = (promise.text if promise else "no promise" for promise in (before, after))
        yield _sla_rule(name, before, after).change(_named(where, name), *texts)


def _sla_rule(name: str, before: Promise | None, after: Promise | None) -> Rule:
    if before is None or after is None:
        return SLA_LOOSENED if after is None else SLA_TIGHTENED
    kind = name.partition(".")[0].partition("[")[0]
    numbers = before.value, after.value
    if kind not in _LESS_IS_WEAKER | _MORE_IS_WEAKER or not all(isinstance(number, Decimal) for number in numbers):
        return SLA_CHANGED
    more = after.value > before.value  # type: ignore[operator]
    return SLA_LOOSENED if more == (kind in _MORE_IS_WEAKER) else SLA_TIGHTENED


def promises(documents: tuple[Document, ...]) -> dict[str, Promise]:
    """The SLAs by name: those that the harness reads in its units, all others with the element they refer to."""
    found: dict[str, Promise] = {}
    for document in documents:
        for index, item in enumerate(document.raw.get("slaProperties") or ()):
            for name, promise in read_promise(item, document.where("slaProperties", index)):
                found.setdefault(name, promise)
    return found


def read_promise(item: Mapping[str, Any], where: Where) -> Iterator[tuple[str, Promise]]:
    """The promises of one SLA entry. Raises GamedayError with file and line for a value that makes no sense."""
    name, unit = item["property"], str(item.get("unit") or "")
    place = f"{where.source.label}:{where.line}: {name}"
    if name not in _OURS:
        # The same promise may be made to several: availability for regulatory and for operational use.
        of = ", ".join(str(item[key]) for key in ("element", "driver") if item.get(key))
        yield f"{name}[{of}]" if of else name, _foreign(item["value"], unit, where)
    elif name == "errorRate":
        share = read_share(item["value"], unit, place)
        yield name, Promise(share, f"{written(share * 100)}%", where)
    else:
        yield name, _duration(item["value"], unit, place, where)
        limit = custom_properties(item).get("limit")
        if limit is not None:
            yield f"{name}.limit", _duration(limit, unit, place, where)


def _duration(value: Any, unit: str, place: str, where: Where) -> Promise:
    seconds = Decimal(str(read_seconds(value, unit, place)))
    return Promise(seconds, f"{written(seconds)} s", where)


def _foreign(value: Any, unit: str, where: Where) -> Promise:
    """An SLA of the standard that the harness does not read: a duration if possible, else the text as written."""
    try:
        return _duration(value, unit, "", where)
    except GamedayError:
        number = as_number(value)
        percent = number is not None and unit in ("percent", "%")
        measure = number if number is not None and (percent or not unit) else f"{written(value)} {unit}".strip()
        return Promise(measure, f"{written(value)} {unit}".strip(), where)


def _merged_customs(documents: tuple[Document, ...]) -> dict[str, tuple[Any, Where]]:
    found: dict[str, tuple[Any, Where]] = {}
    for document in documents:
        for index, item in enumerate(document.raw.get("customProperties") or ()):
            found.setdefault(item["property"], (item["value"], document.where("customProperties", index)))
    return found


def _customs(
    old: dict[str, tuple[Any, Where]], new: dict[str, tuple[Any, Where]], document: Document, renames: Mapping[str, str]
) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        where = new[name][1] if name in new else document.where("customProperties")
        before, after = (values[name][0] if name in values else None for values in (old, new))
        if name in _TERMS:
            term = _TERMS[name]
            before, after = (term.default if value is None else plain(value) for value in (before, after))
            if before != after and renames.get(str(before)) != after:
                yield term.rule.change(_named(where, name), before, after, finance=term.finance)
        elif name == PROPERTY:
            yield from retry_changes(before, after, _named(where, name))
        elif name in _TOLERANCES:
            yield from _tolerance(name, before, after, _named(where, name))
        elif written(before) != written(after):
            found = BUSINESS if name in _BUSINESS else CUSTOM
            yield found.change(_named(where, name), before, after, finance=name in _BUSINESS)


def read_custom(item: Mapping[str, Any], where: Where) -> Iterator[Decimal | RetryPolicy]:
    """The tolerance or policy that a custom property is. Raises GamedayError with file and line if it has no sense."""
    name, place = item["property"], f"{where.source.label}:{where.line}: {item['property']}"
    if name in _TOLERANCES:
        yield _TOLERANCES[name][0](item["value"], place)
    elif name == PROPERTY:
        yield read_retry_policy(item["value"], place)


def _tolerance(name: str, before: Any, after: Any, where: Where) -> Iterator[Change]:
    place = f"{where.source.label}:{where.line}: {name}"
    read, show = _TOLERANCES[name]
    was, now = (Decimal(0) if value is None else read(value, place) for value in (before, after))
    if was != now:
        found = TOLERANCE_LOOSENED if now > was else TOLERANCE_TIGHTENED
        yield found.change(where, show(was), show(now), finance=True)


def _owners(old: tuple[Document, ...], new: tuple[Document, ...]) -> Iterator[Change]:
    before, after = owners_of(old), owners_of(new)
    for role in sorted(before.keys() | after.keys()):
        names, now = sorted(before.get(role, ())), sorted(after.get(role, ()))
        if names != now:
            holder = next((each for each in new if role in dict(team_members(each.raw))), new[0])
            yield OWNER.change(_named(holder.where("team"), f"team.{role}"), ", ".join(names), ", ".join(now))


def owners_of(documents: tuple[Document, ...]) -> dict[str, frozenset[str]]:
    """The usernames of each role, over the documents, without those who have left (``dateOut``)."""
    found: dict[str, set[str]] = {}
    for document in documents:
        for role, member in team_members(document.raw):
            if member.get("dateOut"):
                continue
            found.setdefault(role, set()).add(member["username"])
    return {role: frozenset(names) for role, names in found.items()}


def _named(where: Where, path: str) -> Where:
    return Where(where.source, where.place, path)
