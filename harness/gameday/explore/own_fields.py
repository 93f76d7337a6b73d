"""Values for the fields of an organisation's own that a contract maps, so that a search's deals have them."""

from __future__ import annotations

from collections.abc import Iterator

from gameday.model.contract import Contract, FieldPair
from gameday.records.deal_roles import usual_fields
from gameday_fakes.fake import ControlError, Fake

#: What is tried by the kind of a field: values that are cut, rounded, shifted by a time zone or taken for each other.
VALUES = {
    "text": ("A-1", "FRAME-2026-0001", "FRAME-2026-0002/second amendment/EMEA"),
    "number": ("1", "2.5", "1200000"),
    "boolean": ("true", "false"),
    "date": ("2026-02-28", "2026-08-01", "2026-12-31"),
    "timestamp": ("2026-08-01T23:30:00Z", "2026-08-02T00:30:00Z"),
}
#: How the parts of a contract are written in a table of deal fields.
_PREFIX = {"order": "", "invoice": "", "line": "line.", "invoice.line": "line."}


def own_fields(contract: Contract, crm: type[Fake]) -> str:
    """The mapped fields with values that this CRM takes, as ``deal fields`` of a workload's table; empty without any.

    Left out are fields of customers and of other records, which a deal's own values do not reach, and what every deal
    has anyway, such as its currency and the quantities of its lines.
    """
    usual = {name.partition(".")[2] for name in usual_fields(contract.crm_fields)}
    found: dict[str, tuple[str, ...]] = {}
    for pair in contract.pairs:
        if pair.crm not in usual and pair.part in _PREFIX and "." not in pair.crm and pair.rule.compare != "ignored":
            values = tuple(_possible(pair, crm))
            if values:
                found[f"{_PREFIX[pair.part]}{pair.crm}"] = values
    return "; ".join(f"{name}: {', '.join(values)}" for name, values in found.items())


def _possible(pair: FieldPair, crm: type[Fake]) -> Iterator[str]:
    named = crm.deal_objects[1 if pair.part.endswith("line") else 0]
    for value in VALUES.get(pair.kind, ()):
        try:
            crm.check_field(named, pair.crm, value)
        except ControlError:
            continue
        yield value
