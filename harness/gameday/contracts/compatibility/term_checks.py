"""Checks a flow's terms: owners to call, SLAs that can be read, fields that exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.base.violation import Violation
from gameday.contracts.compare_rules import compare_rules
from gameday.contracts.compatibility.document import Document, Where, team_members
from gameday.contracts.compatibility.finding import finding
from gameday.contracts.compatibility.term_rules import Promise, owners_of, read_promise
from gameday.contracts.conditions import read_conditions
from gameday.contracts.odcs_file import SchemaProperty
from gameday.contracts.retry_policy import PROPERTY, read_retry_policy
from gameday.contracts.values import plain, read_number, read_share
from gameday.model.contract import Contract, Field

#: The roles that need an owner, and what each does.
_ROLES = {
    "sync": "is alerted and repairs the flow",
    "source": "signs off changes of the CRM",
    "sink": "signs off changes of the ERP",
}
_DEFAULTS = Contract(name="")
#: Custom properties that name a field by its physical name, and the side on which it has to be.
_FIELDS = {"match": "erp", "idempotencyKey": "erp", "ordering": "crm"}
_NUMBERS: dict[str, Callable[[Any, str], Any]] = {
    PROPERTY: read_retry_policy,
    "tolerance": read_number,
    "priceTolerance": lambda value, where: read_share(value, "", where),
}
#: Custom properties with a fixed set of values.
_WORDS = {"tax": ("excluded", "included")}


def check_terms(documents: tuple[Document, ...], *, whole: bool) -> Iterator[Violation]:
    """Everything wrong with the terms of the files together; ``whole`` is whether both are present.

    With one file alone, a term that may be in the other file is not reported as missing.
    """
    if not documents:
        return
    yield from _check_owners(documents, whole)
    yield from _check_promises(documents, whole)
    yield from _check_customs(documents, whole)
    for document in documents:
        yield from _check_compare_rules(document)


def _check_owners(documents: tuple[Document, ...], whole: bool) -> Iterator[Violation]:
    owners = owners_of(documents)
    where = documents[0].where("team")
    if whole:
        for role, what in _ROLES.items():
            if role not in owners:
                message = f"no team member has the role {role}, who {what}"
                yield finding("no-owner", where, message, "error" if role == "sync" else "warning")
        if "finance" not in owners and any(e.money and e.used for d in documents for e in d.elements()):
            message = "no team member has the role finance, who signs off changes of money fields"
            yield finding("no-owner", where, message, "warning")
    for role, names in owners.items():
        if len(names) > 1 and role in _ROLES:
            usernames = " and ".join(sorted(names))
            place = next(d.where("team") for d in documents if role in dict(team_members(d.raw)))
            yield finding(
                "several-owners", place, f"{usernames} are both {role}: it is not clear whom to call", "warning"
            )


def _check_promises(documents: tuple[Document, ...], whole: bool) -> Iterator[Violation]:
    found: dict[str, Promise] = {}
    readable = True
    for document in documents:
        for index, item in enumerate(document.raw.get("slaProperties") or ()):
            where = document.where("slaProperties", index)
            try:
                read = list(read_promise(item, where))
            except GamedayError as problem:
                readable = False
                message = problem.problem.removeprefix(f"{where.source.label}:{where.line}: ")
                yield finding("bad-sla", where, message)
                continue
            for name, promise in read:
                first = found.setdefault(name, promise)
                if first.value != promise.value:
                    yield finding("contradiction", where, f"{name} is {promise.text} here, {first.text} elsewhere")
    for name in ("timeToDetect", "timeToRepair"):
        if name not in found:
            if whole and readable:
                message = f"there is no SLA {name}; scores use the default"
                yield finding("no-sla", documents[0].where("slaProperties"), message, "warning")
        elif f"{name}.limit" in found and not _above(found[f"{name}.limit"], found[name]):
            message = f"the limit of {name}, {found[f'{name}.limit'].text}, is not above its target, {found[name].text}"
            yield finding("bad-sla", found[name].where, message)


def _above(limit: Promise, target: Promise) -> bool:
    return isinstance(limit.value, Decimal) and isinstance(target.value, Decimal) and limit.value > target.value


def _check_customs(documents: tuple[Document, ...], whole: bool) -> Iterator[Violation]:
    said: dict[str, Any] = {}
    places: dict[str, Where] = {}
    for document in documents:
        for index, item in enumerate(document.raw.get("customProperties") or ()):
            name, where = item["property"], document.where("customProperties", index)
            if name not in (*_FIELDS, *_NUMBERS, *_WORDS, "invoiced", "approval"):
                continue
            places.setdefault(name, where)
            if plain(said.setdefault(name, item["value"])) != plain(item["value"]):
                yield finding("contradiction", where, f"{name} is {item['value']!r} here, {said[name]!r} elsewhere")
            yield from _check_custom(name, item["value"], where)
    for name, side in _FIELDS.items():
        yield from _check_field(name, side, said, places, documents, whole)
    if whole and "approval" in said and said["approval"] not in owners_of(documents):
        known = ", ".join(sorted(owners_of(documents))) or "none"
        message = f"approval names the role {said['approval']!r}, which no team member has; known: {known}"
        yield finding("no-owner", places["approval"], message)


def _check_custom(name: str, value: Any, where: Where) -> Iterator[Violation]:
    if name in _FIELDS and not (isinstance(value, str) and value):
        yield finding("bad-value", where, f"{name}: {value!r} is not a field's name")
    elif name == "invoiced" and not isinstance(plain(value), bool):
        yield finding("bad-value", where, f"{name}: {value!r} is neither true nor false")
    elif name in _WORDS and value not in _WORDS[name]:
        yield finding("bad-value", where, f"{name}: {value!r}; known: {', '.join(_WORDS[name])}")
    elif name in _NUMBERS:
        try:
            _NUMBERS[name](value, name)
        except GamedayError as problem:
            yield finding("bad-value", where, problem.problem)


def _check_field(
    name: str,
    side: str,
    said: dict[str, Any],
    places: dict[str, Where],
    documents: tuple[Document, ...],
    whole: bool,
) -> Iterator[Violation]:
    """The named field must be a used field of the record itself, by its physical name."""
    document = next((each for each in documents if each.source.side == side), None)
    named = said.get(name, _DEFAULTS.match if name == "match" and whole else None)
    if document is None or not isinstance(named, str) or not document.objects:
        return
    record = document.objects[0]
    where = places.get(name, document.where("customProperties"))
    known = sorted(child.wire for child in record.children if child.used)
    if named not in known:
        message = f"{name} names {named!r}, which {record.wire} does not have; it has {', '.join(known)[:200]}"
        yield finding(f"{_RULE_NAMES[name]}-unknown", where, message)


def _check_compare_rules(document: Document) -> Iterator[Violation]:
    """The rules of single fields and the conditions between them must be readable, or no run can be judged."""
    try:
        schema = msgspec.convert(document.raw.get("schema") or [], list[SchemaProperty])
        compare_rules(schema, "schema", further=None)
        fields = [Field(each.path, each.type, physical_name=each.wire_path) for each in document.elements()]
        if read_conditions(schema, fields, "schema") and document.source.side == "crm":
            message = "conditions are judged where records are written: put them on the ERP's side"
            yield finding("bad-value", document.where("schema"), message)
    except msgspec.ValidationError:
        # The standard's own schema says so too.
        return
    except GamedayError as problem:
        yield finding("bad-value", document.where("schema"), problem.problem.removeprefix("schema: "))


_RULE_NAMES = {"match": "match", "idempotencyKey": "idempotency-key", "ordering": "ordering"}
