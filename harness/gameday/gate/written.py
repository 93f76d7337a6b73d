"""Judges what a stack has written to the ERP against the ERP side of a contract, by the same rules as records.

Each order and invoice is judged as it was sent, whether the ERP took it or not. Findings show no value of a record,
only its form: they are read by everyone who sees a pull request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from gameday.base.counts import out_of
from gameday.base.violation import Violation
from gameday.gate.conditions import Conditions
from gameday.gate.contracts import LocatedContract
from gameday.gate.erp_schema import REFERENCES, by_record, is_text
from gameday.model.contract import Condition, Contract, Field
from gameday.model.events import RecordSent
from gameday.model.history import History
from gameday.records.explain import decode
from gameday.records.problems import Problem
from gameday.records.tree import Node, read_shape
from gameday.records.validator import Validator
from gameday_fakes.ledger import Ledger
from gameday_fakes.manifests import known_id

#: How many records a message names; the violation lists all of them.
EXAMPLES = 3
_MIDNIGHT = re.compile(r"(?<=\d)T00:00(:00(\.0+)?)?(Z|[+-]00:?00)?\Z")
_ITEM = re.compile(r" in item \d+ of [^;]*?(?= is )")
#: The class of every field, so that messages show only the form of values.
_HIDDEN = "restricted"
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Judged(msgspec.Struct, frozen=True):
    """What became of the writes of a replay: how many there were, and by rule and field what is wrong with them."""

    writes: int = 0
    violations: tuple[Violation, ...] = ()


class _Broken(msgspec.Struct):
    message: str
    orders: dict[str, None] = {}
    count: int = 0


def judge_writes(history: History, crm: Ledger, located: LocatedContract, contract: Contract) -> Judged:
    """Every record that a stack sent to the ERP, against the contract; ``crm`` is the CRM's ledger after the replay.

    A violation stands for one rule and field, at the field's line of the contract, with the business keys of the deals.
    ``contract`` is that of ``located`` with the matching key of the stack. Pure. Raises GamedayError for a constraint
    that makes no sense.
    """
    rules = {
        record: _RecordRules(own, contract.tolerance, [each for each in contract.conditions if each.record == record])
        for record, own in by_record(contract.erp_fields).items()
    }
    keys = {deal.id: deal.keys.get("key", deal.id) for deal in crm.entries}
    broken: dict[tuple[str, str], _Broken] = {}
    writes: dict[str, int] = {}
    for op in history.of(RecordSent):
        sent = op.event
        if sent.record not in rules:
            continue
        writes[sent.record] = writes.get(sent.record, 0) + 1
        deal = sent.deal or ""
        key = keys.get(deal) or keys.get(known_id(contract.referred(deal), keys)) or ""
        for problem in rules[sent.record].problems(sent):
            found = broken.setdefault((problem.field, problem.rule), _Broken(_ITEM.sub("", problem.message)))
            found.count += 1
            found.orders |= {key: None} if key else {}
    return Judged(
        sum(writes.values()),
        tuple(
            _violation(field, rule, found, writes[field.partition(".")[0]], located)
            for (field, rule), found in sorted(broken.items())
        ),
    )


class _RecordRules:
    """The rules of one type of record, by which required fields it has without the body."""

    def __init__(self, fields: tuple[Field, ...], tolerance: Decimal, conditions: Sequence[Condition] = ()) -> None:
        self._fields = tuple(msgspec.structs.replace(field, classification=_HIDDEN) for field in fields)
        self._main = read_shape(self._fields).main
        self._conditions = Conditions(self._fields, conditions)
        self._tolerance = tolerance
        self._validators: dict[tuple[str, ...], Validator] = {}

    def problems(self, sent: RecordSent) -> tuple[Problem, ...]:
        """What is wrong with a write: each rule and field once."""
        body = decode(sent.body.encode())
        record = {sent.record: _as_contract(self._main, body)}
        found = (
            *self._validator(sent.supplied).examine(_encode(record)).problems,
            *self._conditions.problems(body, sent.supplied),
        )
        return tuple({(each.field, each.rule): each for each in reversed(found)}.values())

    def _validator(self, supplied: tuple[str, ...]) -> Validator:
        if supplied not in self._validators:
            fields = [
                msgspec.structs.replace(field, required=field.required and _path(field) not in supplied)
                for field in map(self._as_text, self._fields)
            ]
            self._validators[supplied] = Validator(fields, tolerance=self._tolerance)
        return self._validators[supplied]

    def _as_text(self, field: Field) -> Field:
        """A reference whose values the contract limits, as the text that it names."""
        node = _at(self._main, _path(field))
        if node is not None and node.kind == "object" and is_text(node):
            return msgspec.structs.replace(field, logical_type="string")
        return field


def _path(field: Field) -> str:
    return (field.physical_name or field.name).partition(".")[2]


def _at(main: Node, path: str) -> Node | None:
    node: Node | None = main
    for name in path.split("."):
        node = node.children.get(name) if node is not None else None
    return node


def _as_contract(node: Node, value: Any) -> Any:
    """A value with its references as texts, where the contract has a text: the first that it lists, else the first."""
    if isinstance(value, list) and node.is_list:
        return [_fields_as_contract(node, item) for item in value]
    if isinstance(value, dict) and is_text(node):
        named = [str(value[name]) for name in REFERENCES if value.get(name) is not None]
        allowed: Iterable[Any] = node.constraints.get("enum", ())
        return next((name for name in named if name in allowed), named[0] if named else value)
    if node.kind == "date" and isinstance(value, str):
        # Some vendors write a day as its midnight.
        return _MIDNIGHT.sub("", value)
    return _fields_as_contract(node, value)


def _fields_as_contract(node: Node, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _as_contract(node.children[name], v) if name in node.children else v for name, v in value.items()}


def _violation(field: str, rule: str, found: _Broken, writes: int, located: LocatedContract) -> Violation:
    contract = located.contract
    record = field.partition(".")[0]
    place = located.place("erp", field)
    orders = tuple(found.orders)
    examples = "".join(f"; deal {key}" for key in orders[:EXAMPLES])
    count = f"in {out_of(found.count, writes, 'write')} of {record}"
    message = f"flow {contract.name}: {found.message}, {count}{examples}"
    owners = tuple(dict.fromkeys(o for role in ("sync", "sink") if (o := contract.owners.get(role))))
    rule = f"write.{rule.partition('.')[2]}"
    return Violation(rule, "error", message, place.path, place.line, orders, owners)


def not_enforced(refused: Mapping[str, str], located: LocatedContract) -> Iterator[Violation]:
    """The types of record whose contract the fake ERP cannot enforce, so that the replay does not test them."""
    for record, why in refused.items():
        place = located.place("erp")
        message = f"the fake ERP does not enforce the contract of {record}: {why}"
        yield Violation("write.not-enforced", "warning", message, place.path, place.line)
