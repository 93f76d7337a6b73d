"""What people do in the CRM: win, amend and void deals, reprice, merge accounts."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes.business_operations import AmendDeal, CloseDeal, MergeAccounts, Reprice, SoldLine
from gameday_fakes.dataverse.deals import DEALS, LINES
from gameday_fakes.dataverse.faults import StateFaults
from gameday_fakes.dataverse.manifest import dashed, plain
from gameday_fakes.dataverse.sales import CANCELED, LOST, OPEN, REASON_WON, WON
from gameday_fakes.dataverse.schema import SCHEMA, TABLE_OF
from gameday_fakes.dataverse.seed import Seeded
from gameday_fakes.dataverse.service import DataverseService
from gameday_fakes.declared import ControlError
from gameday_fakes.guesses import did_you_mean
from gameday_fakes.ledger import Entry, Line
from gameday_fakes.odata import values
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.records import Record


class Business:
    """Carries out the business operations; each returns the plain GUID of its record and raises ControlError."""

    def __init__(self, service: DataverseService, seeded: Seeded, state: StateFaults) -> None:
        self._service = service
        self._store = service.store
        self._seeded = seeded
        self._state = state
        #: The opportunity's GUID by the workload's key.
        self.deals: dict[str, str] = {}

    def close_deal(self, key: str, params: CloseDeal) -> str:
        """Add an opportunity and win it."""
        record = self._add(key, params)
        picked = self._state.picked(DEALS, key)
        reason = next((n for n, label in self._store.added_reasons.items() if label in picked.values()), REASON_WON)
        self._win(record, params.amount, params.close_date, reason)
        for fault_id in self._state.picking() if picked else ():
            self._state.note(fault_id, self._name(record))
        return self._name(record)

    def open_deal(self, key: str, params: CloseDeal) -> str:
        """Add an opportunity that is not won yet."""
        return self._name(self._add(key, params))

    def amend_deal(self, key: str, params: AmendDeal) -> str:
        """Reopen an opportunity, replace its lines, and close it again as it was."""
        record = self._deal(key)
        total = sum((line.amount for line in params.lines), Decimal(0)) if params.amount is None else params.amount
        before = record.values
        record = self._reopen(record)
        for line in self._store.lines("opportunity", record.values["opportunityid"]):
            self._service.remove(SCHEMA.sets[LINES], line)
        fields = self._taken(DEALS, params.fields, {"actualvalue"})
        self._store.amend(DEALS, record, {**fields, "estimatedvalue": total})
        self._add_lines(record, params.lines)
        if before["statecode"] == WON:
            day = before["actualclosedate"] or self._store.now().date()
            self._win(record, total, day.isoformat(), before["statuscode"])
        elif before["statecode"] == LOST:
            self._service.close(self._current(record), LOST, before["statuscode"], {})
        return self._name(record)

    def void_deal(self, key: str) -> str:
        """Reopen an opportunity and lose it."""
        record = self._reopen(self._deal(key))
        self._service.close(record, LOST, CANCELED, {})
        return self._name(record)

    def delete_deal(self, key: str) -> str:
        """Delete an opportunity with its lines."""
        record = self._deal(key)
        self._service.remove(SCHEMA.sets[DEALS], record)
        return self._name(record)

    def reprice(self, params: Reprice) -> str:
        """Change a list price."""
        return self._seeded.set_price(params.sku, params.currency, params.price)

    def merge_accounts(self, params: MergeAccounts) -> str:
        """Merge an account into another, which keeps its number."""
        winner, loser = self._seeded.account(params.winner), self._seeded.account(params.loser)
        try:
            self._service.merge(winner, loser)
        except ODataError as refused:
            raise ControlError(f"account {params.loser!r} cannot be merged: {refused.message}") from None
        return str(winner.values["accountid"])

    def merge_duplicate(self, key: str) -> str:
        """Merge a deal's account into a duplicate of it, which has another number; returns the id of the duplicate."""
        account = self._store.get("accounts", self._deal(key).values["_customerid_value"])
        if account is None:
            raise ControlError(f"deal {key!r} has no account")
        duplicate = self._seeded.duplicate(account)
        self._service.merge(duplicate, account)
        return str(duplicate.values["accountid"])

    def put_deal(self, entry: Entry) -> None:
        """Write a deal of a ledger, under its own id."""
        guid = dashed(entry.id)
        if len(guid) != 36 or self._store.get(DEALS, guid) is not None:
            raise ControlError(f"deal {entry.id[:80]!r} cannot be added: it is no GUID, or it is there already")
        key = entry.keys.get("key", "")
        account = self._seeded.account(entry.customer)
        own = {
            **self._taken(DEALS, entry.fields, set()),
            "opportunityid": guid,
            "name": key or entry.id,
            "new_erporderid": entry.keys.get("new_erporderid") or None,
            "new_subsidiary": entry.subsidiary or None,
            "new_paymentterms": entry.terms or None,
            "_customerid_value": account.values["accountid"],
            "_parentaccountid_value": account.values["accountid"],
            "_transactioncurrencyid_value": self._seeded.currency(entry.currency),
        }
        record = self._service.insert(SCHEMA.sets[DEALS], own)
        self._add_lines(record, entry.lines)
        day = entry.date or self._store.now().date().isoformat()
        self._win(record, entry.total, day, REASON_WON)
        if entry.state != "won":
            self._service.close(self._reopen(self._current(record)), LOST, CANCELED, {})
        if key:
            self.deals[key] = guid

    # -- parts ---------------------------------------------------------------------------------------

    def _add(self, key: str, params: CloseDeal) -> Record:
        if key in self.deals:
            raise ControlError(f"deal {key!r} is closed already")
        account = self._seeded.account(params.account)
        day = _date(params.close_date)
        own = {
            "name": params.name or key,
            "estimatedvalue": params.amount,
            "estimatedclosedate": day,
            "new_subsidiary": params.subsidiary or None,
            "new_paymentterms": params.terms or None,
            "_customerid_value": account.values["accountid"],
            "_parentaccountid_value": account.values["accountid"],
            "_transactioncurrencyid_value": self._seeded.currency(params.currency),
        }
        given = self._taken(DEALS, params.fields, {*own, "actualvalue", "actualclosedate", "statecode"})
        record = self._service.insert(SCHEMA.sets[DEALS], {**given, **own})
        self._add_lines(record, params.lines)
        self.deals[key] = record.values["opportunityid"]
        return self._current(record)

    def _add_lines(self, record: Record, lines: Iterable[SoldLine | Line]) -> None:
        """Add lines exactly as sold: the net amount is what was agreed, whatever quantity times price would give."""
        of = SCHEMA.sets[LINES]
        for place, line in enumerate(lines, start=1):
            product = self._seeded.product(line.sku).values
            discount = line.quantity * line.unit_price - line.amount
            own = {
                "_opportunityid_value": record.values["opportunityid"],
                "_productid_value": product["productid"],
                "opportunityproductname": product["name"],
                "lineitemnumber": place,
                "quantity": line.quantity,
                "priceperunit": line.unit_price,
                "ispriceoverridden": True,
                "manualdiscountamount": max(discount, Decimal(0)),
                "new_netamount": line.amount,
                "tax": line.tax,
                "new_taxcode": line.tax_code or None,
            }
            self._service.insert(of, {**self._taken(LINES, dict(line.fields), own), **own})

    def _win(self, record: Record, amount: Decimal, day: str, reason: int) -> None:
        ended = datetime.datetime.combine(_date(day), datetime.time(), datetime.UTC)
        self._service.close(self._current(record), WON, reason, {"actualrevenue": amount, "actualend": ended})

    def _reopen(self, record: Record) -> Record:
        if record.values["statecode"] == OPEN:
            return record
        return self._service.update(SCHEMA.sets[DEALS], record, {"statecode": OPEN})

    def _current(self, record: Record) -> Record:
        return self._store[DEALS].records[record.values["opportunityid"],]

    def _deal(self, key: str) -> Record:
        record = self._store.get(DEALS, self.deals.get(key) or (dashed(key) if len(plain(key)) == 32 else key))
        if record is None:
            raise ControlError(f"no deal {key!r}: close it first")
        return record

    @staticmethod
    def _name(record: Record) -> str:
        return plain(record.values["opportunityid"])

    def _taken(self, set_name: str, given: Mapping[str, Any], own: Iterable[str]) -> dict[str, Any]:
        """The columns that people give by name, as records keep them."""
        of, table = SCHEMA.sets[set_name], TABLE_OF[set_name]
        writable = {each.name: each for each in table.columns if not each.read_only and not each.targets}
        found: dict[str, Any] = {}
        for name, value in given.items():
            if name not in writable:
                hint = did_you_mean(name, writable)
                raise ControlError(f"unknown field {name[:80]!r} of {set_name}; known: {', '.join(writable)}{hint}")
            if name in own:
                raise ControlError(f"field {name!r} of {set_name} is given twice")
            found[name] = read_text(set_name, name, value) if isinstance(value, str) else _read(of.name, name, value)
        return found


def read_text(set_name: str, name: str, text: str) -> Any:
    """A value of a column that is given as text. Raises ControlError."""
    type_ = SCHEMA.sets[set_name].properties[name].type
    value: Any = text
    if type_ in ("Edm.Int32", "Edm.Int64") and text.lstrip("-").isdecimal() and len(text) < 20:
        value = int(text)
    elif type_ == "Edm.Boolean" and text.lower() in ("true", "false"):
        value = text.lower() == "true"
    return _read(set_name, name, value)


def _read(set_name: str, name: str, value: Any) -> Any:
    try:
        return values.read(value, SCHEMA.sets[set_name].properties[name], SCHEMA)
    except ODataError as refused:
        raise ControlError(f"field {name!r} of {set_name}: {refused.message}") from None


def _date(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text[:10])
    except ValueError:
        raise ControlError(f"{text[:40]!r} is no date: YYYY-MM-DD") from None
