"""The further fields that the contract maps: which of them both systems have, and in which two documents differ."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from recompute.records import Json, Records

PARTS = ("order", "line", "invoice", "invoice.line", "customer")


def mapped_fields(records: Records) -> dict[str, list[Json]]:
    """By part, the pairs of the contract that are compared: not ignored, and known to both systems."""
    crm, erp = set(_known(records.crm)), set(_known(records.erp))
    found: dict[str, list[Json]] = defaultdict(list)
    for pair in records.contract.get("pairs", ()):
        source = {"invoice": "order", "invoice.line": "line"}.get(pair["part"], pair["part"])
        in_crm = (source, pair["crm"]) in crm or not records.crm["entries"]
        in_erp = (pair["part"], pair["erp"]) in erp or not records.erp["entries"]
        if pair["rule"]["compare"] != "ignored" and in_crm and in_erp:
            found[pair["part"]].append(pair)
    return found


def _known(ledger: Json) -> Iterator[tuple[str, str]]:
    for state in ledger.get("states", ()):
        if state.startswith("fields."):
            rest = state[len("fields.") :]
            part = max((p for p in PARTS if rest.startswith(f"{p}.")), key=len, default="")
            yield part or "order", rest[len(part) + 1 :] if part else rest
    for entry in ledger["entries"]:
        yield from (("order", name) for name in entry.get("fields", {}))
        yield from (("line", name) for line in entry["lines"] for name, _ in line.get("fields", ()))
        for bill in entry.get("invoices", ()):
            yield from (("invoice", name) for name in bill.get("fields", {}))
            yield from (("invoice.line", n) for line in bill.get("lines", ()) for n, _ in line.get("fields", ()))
    yield from (("customer", name) for fields in ledger.get("customers", {}).values() for name in fields)


def differing(pairs: list[Json], ours: Json, theirs: Json) -> list[tuple[str, str]]:
    """Both values of each field in which two documents, or lines, differ."""
    crm, erp = (dict(document.get("fields", {})) for document in (ours, theirs))
    both = ((pair, crm.get(pair["crm"], ""), erp.get(pair["erp"], "")) for pair in pairs)
    return [(a, b) for pair, a, b in both if not _equal(pair, a, b)]


def _equal(pair: Json, ours: str, theirs: str) -> bool:
    if pair["trim"]:
        ours, theirs = ours.strip(), theirs.strip()
    if pair["ignore_case"]:
        ours, theirs = ours.casefold(), theirs.casefold()
    rule = pair["rule"]
    if ours == theirs:
        return True
    try:
        if pair["kind"] == "boolean":
            values = {"true": True, "t": True, "false": False, "f": False, "": False}
            return values[ours.lower()] is values[theirs.lower()]
        if pair["kind"] == "number":
            a, b = Decimal(ours), Decimal(theirs)
            within = max(Decimal(rule["amount"]), Decimal(rule["share"]) * abs(a))
            return a.is_finite() and b.is_finite() and abs(a - b) <= within
        if pair["kind"] == "date":
            days = [datetime.date.fromisoformat(text[:10]).toordinal() for text in (ours, theirs)]
            return abs(days[0] - days[1]) <= int(rule["days"])
        if pair["kind"] == "timestamp":
            moments = [datetime.datetime.fromisoformat(text) for text in (ours, theirs)]
            utc = [m if m.tzinfo else m.replace(tzinfo=datetime.UTC) for m in moments]
            return utc[0] == utc[1]
    except (KeyError, ValueError, InvalidOperation):
        return False
    return False
