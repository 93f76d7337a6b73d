"""The records of the environment: ids, times, totals and prices. No HTTP here.

What the API does not show of a record has a name that begins with an underscore and is no property: ``_auth`` (how a
webhook proves who sends it).
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

from gameday_fakes.clock import Clock
from gameday_fakes.dataverse import metadata
from gameday_fakes.dataverse.sales import DOCUMENT_OF, LINES_OF
from gameday_fakes.dataverse.schema import INDEXED, SCHEMA, TABLE_OF, TABLES
from gameday_fakes.odata.records import Record, Records

#: The property by which columns of the metadata are found from their table; not shown.
_HIDDEN = {metadata.COLUMNS: ("_table",)}


class Change(msgspec.Struct, frozen=True):
    """What became of a record: ``message`` is Create, Update or Delete, ``names`` are the properties that changed."""

    set_name: str
    record: Record
    message: str
    names: tuple[str, ...] = ()


class Store(Records):
    """All tables. ``changes`` are those that have not been taken yet, in their order."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(SCHEMA, {**INDEXED, **_HIDDEN})
        self.clock = clock
        #: The user in whose name records are written now.
        self.user = ""
        self.changes: list[Change] = []
        #: Status reasons that people have added to opportunities: label by value.
        self.added_reasons: dict[int, str] = {}
        self._ids = 0

    # -- identity and time ---------------------------------------------------------------------------

    def new_id(self) -> str:
        """A GUID; the same ones in the same order in every run."""
        self._ids += 1
        digits = hashlib.blake2b(f"dataverse {self._ids}".encode(), digest_size=16).hexdigest()
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"

    def now(self) -> datetime.datetime:
        """The date and time on the stack's clock, in UTC, to the second."""
        return datetime.datetime.fromtimestamp(self.clock.wall_s(), datetime.UTC).replace(microsecond=0)

    # -- writing -------------------------------------------------------------------------------------

    def add(self, set_name: str, values: Mapping[str, Any]) -> Record:
        """Add a record with its id, its defaults and the time."""
        of, table = SCHEMA.sets[set_name], TABLE_OF[set_name]
        whole = {each.name: values.get(each.name, each.default) for each in of.properties.values()}
        whole |= {name: value for name, value in values.items() if name.startswith("_")}
        id_name = table.id_name
        if whole[id_name] is None:
            whole[id_name] = self.new_id()
        now = self.now()
        stamps: dict[str, Any] = {"createdon": now, "modifiedon": now}
        for name in ("_createdby_value", "_modifiedby_value", "_ownerid_value"):
            if whole.get(name) is None:
                stamps[name] = self.user or None
        whole |= {name: value for name, value in stamps.items() if name in of.properties}
        whole["versionnumber"] = self.sequence + 1
        record = self.put(set_name, _with_full_name(set_name, whole))
        names = tuple(name for name, value in whole.items() if value is not None and name in of.properties)
        self.changes.append(Change(set_name, record, "Create", names))
        return record

    def amend(self, set_name: str, record: Record, values: Mapping[str, Any]) -> Record:
        """Change values of a record, and when it was changed, and by whom."""
        before = self[set_name].records[self.schema.sets[set_name].key_of(record.values)].values
        own = {"modifiedon": self.now(), "_modifiedby_value": self.user or None, "versionnumber": self.sequence + 1}
        whole = _with_full_name(set_name, {**before, **values, **own})
        now = self.put(set_name, whole)
        names = tuple(name for name in (*values, *own) if name in whole)
        self.changes.append(Change(set_name, now, "Update", names))
        return now

    def delete(self, set_name: str, record: Record) -> None:
        """Remove a record, and what is contained in it."""
        of = self.schema.sets[set_name]
        for navigation in of.navigations.values():
            if navigation.contained:
                for each in self.related(of, record.values, navigation):
                    self.delete(navigation.to, each)
        self.remove(set_name, of.key_of(record.values))
        self.changes.append(Change(set_name, record, "Delete"))

    # -- finding -------------------------------------------------------------------------------------

    def get(self, set_name: str, id_: Any) -> Record | None:
        """The record with an id."""
        return self[set_name].records.get((id_,))

    def by(self, set_name: str, property_: str, value: Any) -> Record | None:
        """The first record with a value of a property."""
        found = self[set_name].find((property_,), (value,))
        return found[0] if found else None

    def lines(self, document: str, id_: str) -> list[Record]:
        """The lines of a document, in their order; ``document`` is its table's logical name."""
        table = TABLES[LINES_OF[document]]
        found = self[table.set_name].find((f"_{document}id_value",), (id_,))
        return sorted(found, key=lambda line: (line.values["lineitemnumber"] or 0, line.sequence))

    def currency(self, code: str) -> Record | None:
        """A currency by its ISO code."""
        return self.by("transactioncurrencies", "isocurrencycode", code)

    def precision(self, currency: str | None) -> int:
        """The decimals of amounts in a currency, given its id."""
        record = self.get("transactioncurrencies", currency)
        return int(record.values["currencyprecision"]) if record is not None else 2

    def price(self, product: str, currency: str | None) -> Decimal | None:
        """The list price of a product in a currency, None without one."""
        found = self["productpricelevels"].find(("_productid_value",), (product,))
        return next(
            (each.values["amount"] for each in found if each.values["_transactioncurrencyid_value"] == currency), None
        )

    # -- totals --------------------------------------------------------------------------------------

    def priced(self, document: str, line: Mapping[str, Any]) -> dict[str, Any]:
        """A line with its amounts: price times quantity, less the discount, plus the tax."""
        parent = self.get(TABLES[document].set_name, line[f"_{document}id_value"])
        currency = line["_transactioncurrencyid_value"]
        if parent is not None:
            currency = parent.values["_transactioncurrencyid_value"]
        price = line["priceperunit"]
        if price is None and line["_productid_value"]:
            price = self.price(line["_productid_value"], currency)
        smallest = Decimal(1).scaleb(-self.precision(currency))
        zero = Decimal(0)
        quantity, discount, tax = line["quantity"] or zero, line["manualdiscountamount"] or zero, line["tax"] or zero
        agreed = line["new_netamount"]
        base = (
            agreed + discount if agreed is not None else ((price or zero) * quantity).quantize(smallest, ROUND_HALF_UP)
        )
        return {
            **line,
            "_transactioncurrencyid_value": currency,
            "priceperunit": price,
            "baseamount": base,
            "extendedamount": base - discount + tax,
        }

    def sum_up(self, document: str, id_: str | None) -> None:
        """Bring the totals of a document up to date after a change of its lines."""
        table = TABLES[document]
        record = self.get(table.set_name, id_)
        if record is None:
            return
        zero, lines = Decimal(0), [line.values for line in self.lines(document, str(id_))]
        tax = sum((line["tax"] or zero for line in lines), zero)
        discount = sum((line["manualdiscountamount"] or zero for line in lines), zero)
        total = sum((line["extendedamount"] or zero for line in lines), zero)
        values = {
            "totallineitemamount": total - tax,
            "totallineitemdiscountamount": discount,
            "totalamountlessfreight": total - tax,
            "totaltax": tax,
            "totalamount": total,
        }
        if document == "opportunity" and record.values["isrevenuesystemcalculated"]:
            values["estimatedvalue"] = total
        self.amend(table.set_name, record, values)


def document_of(change: Change) -> tuple[str, str | None] | None:
    """The table and the id of the document of a line; None for any other record."""
    document = DOCUMENT_OF.get(TABLE_OF[change.set_name].name) if change.set_name in TABLE_OF else None
    return (document, change.record.values[f"_{document}id_value"]) if document else None


def _with_full_name(set_name: str, values: dict[str, Any]) -> dict[str, Any]:
    if set_name == "contacts":
        values["fullname"] = " ".join(each for each in (values["firstname"], values["lastname"]) if each) or None
    return values
