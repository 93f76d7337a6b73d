"""A finding as a ticket: what is wrong, why, who has to act, and what both systems held, with names masked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

from gameday.contracts.flows import owner_of
from gameday.model.contract import Contract
from gameday.reconcile.judging import TWICE, Finding
from gameday.scoring.repair_list import in_words
from gameday_reports.redaction import MASK, Redactor, confidential_fields, values_under

PREFIX = "gameday-"
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
#: Whose move it is; everything else is the sync's.
_ROLES = {TWICE: "source", "no deal": "sink"}
_REASONS = {
    "lost": "The deal is won and no order is open for it.",
    "duplicated": "More than one order is open for the deal.",
    "mismatched": "The order is not as the deal: {}.",
    "void not cancelled": "The deal is not won, and an order is open for it.",
    "no deal": "An order is open that belongs to no deal of the CRM's export.",
    TWICE: "The CRM's export has the deal more than once.",
}


class Ticket(msgspec.Struct, frozen=True):
    """One finding. ``key`` is the same for the same finding on another night.

    ``crm`` and ``erp`` are the records as the exports have them, by the contract's names, with names masked.
    """

    key: str
    flow: str
    problem: str
    owner: str
    deal: str
    orders: list[str]
    amount: Decimal
    currency: str
    reason: str
    differences: list[dict[str, str]]
    in_crm: str
    in_erp: str
    what_to_do: str
    crm: list[dict[str, Any]]
    erp: list[dict[str, Any]]


class Tickets:
    """Makes the tickets of one contract."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._hidden = {field.physical_name for field in confidential_fields(contract)}
        self._names = {name.rpartition(".")[2] for name in self._hidden}
        # Of a field that the contract maps, the words of a difference do not say which one it is of.
        self._words = {
            pair.words
            for pair in contract.pairs
            if any(name.endswith((f".{pair.crm}", f".{pair.erp}")) for name in self._hidden)
        }
        self._known = {field.physical_name for field in (*contract.crm_fields, *contract.erp_fields)}
        #: What every export may have of a document, whatever the contract says.
        self._own = (".id", ".status", f".{contract.match}")

    def of(self, finding: Finding) -> Ticket:
        """The ticket of a finding."""
        row = finding.repair
        ours, theirs = ([_DECODER.decode(data) for data in side] for side in (finding.crm, finding.erp))
        redactor = Redactor(name for record in (*ours, *theirs) for name in values_under(record, self._names))
        differences = [self._difference(each.field, each.crm, each.erp, redactor) for each in row.differences]
        fields = ", ".join(dict.fromkeys(each["field"] for each in differences))
        return Ticket(
            key=self._key(finding),
            flow=self._contract.name,
            problem=finding.problem,
            owner=owner_of(self._contract.owners, _ROLES.get(finding.problem, "sync")),
            deal=row.deal,
            orders=[order.id for order in row.orders],
            amount=row.amount,
            currency=row.currency,
            reason=_REASONS[finding.problem].format(fields),
            differences=differences,
            in_crm=redactor.masked(row.crm),
            in_erp=redactor.masked(row.erp),
            what_to_do=in_words(row.steps) or "find out which of them is the deal, and correct the CRM",
            crm=[self._snapshot(record, redactor) for record in ours],
            erp=[self._snapshot(record, redactor) for record in theirs],
        )

    def _key(self, finding: Finding) -> str:
        """The stable key: of the flow, the problem, the ids, and the values that differ."""
        row = finding.repair
        parts = [self._contract.name, finding.problem, row.deal, *(order.id for order in row.orders)]
        parts += [text for each in row.differences for text in (each.field, each.crm, each.erp)]
        return f"{PREFIX}{hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:24]}"

    def _difference(self, field: str, crm: str, erp: str, redactor: Redactor) -> dict[str, str]:
        if any(field.endswith(words) for words in self._words):
            crm, erp = (MASK if value else "" for value in (crm, erp))
        return {"field": field, "crm": redactor.masked(crm), "erp": redactor.masked(erp)}

    def _snapshot(self, record: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
        """The fields of a record that the contract has; what it does not know may be anything."""
        found: dict[str, list[Any]] = {}
        for name, value in _leaves(record):
            if name in self._known or name.endswith(self._own):
                shown = MASK if name in self._hidden else value
                found.setdefault(name, []).append(redactor.masked(shown) if isinstance(shown, str) else shown)
        return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def _leaves(part: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """Every value with its full physical name; of a list, those of each item."""
    if isinstance(part, dict):
        for name, value in part.items():
            yield from _leaves(value, f"{above}.{name}" if above else name)
    elif isinstance(part, list):
        for item in part:
            yield from _leaves(item, above)
    elif part is not None:
        yield above, part
