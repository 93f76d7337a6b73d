"""Which deals were won, amended or voided, and when; and the resulting ledger."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

import msgspec

from gameday_fakes.clock import Clock
from gameday_fakes.ledger import Entry, Ledger, Line, StatedField
from gameday_fakes.salesforce.deal_lines import deal_of, find_deal, lines_of, sku_of
from gameday_fakes.salesforce.models import Record, SalesforceStore
from gameday_fakes.salesforce.stated import StatedFields, value_at, values


class Deal(msgspec.Struct):
    """When a deal was won and changed. ``seen`` is a hash of what a sync has to carry over beside its ``customer``.

    ``sold`` is a hash of what people sold, ``left`` what it was when people last changed it; None if they did not.
    """

    seen: int
    customer: str | None
    won_s: float | None = None
    changed_s: float = 0.0
    sold: int = 0
    left: int | None = None


class Deals:
    """Notices deals that are won, amended or voided, by anyone; ``announce`` is called with the ids of each change.

    ``announces_all`` says whether the present change is announced for every deal that it writes to.
    """

    def __init__(
        self,
        store: SalesforceStore,
        clock: Clock,
        announce: Callable[[list[str]], None],
        announces_all: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._announce = announce
        self._announces_all = announces_all
        self._deals: dict[str, Deal] = {}
        #: Further fields that a sync has to carry over; the ledger states them.
        self.stated = StatedFields()
        store.on_commit = self._committed

    def _committed(self, written: dict[str, Record]) -> None:
        ids: dict[str, None] = {}
        for record in written.values():
            if deal := deal_of(self._store, record):
                ids[deal] = None
        changed = [id_ for id_ in ids if self._notice(id_)]
        for record in self._store.computed.values():
            # A formula has changed: people see another deal, and nothing announces it.
            if (deal := deal_of(self._store, record)) and deal not in ids:
                ids[deal] = None
                self._notice(deal)
        self._store.reparented.clear()
        if changed:
            self._announce(changed)

    def _notice(self, id_: str) -> bool:
        """Keep when a deal was won and changed; whether its change is announced."""
        record = find_deal(self._store, id_)
        if record is None:
            return False
        fields, of_deals = record.fields, self._store.deal_fields
        lines = lines_of(self._store, id_)
        names, line_names = (*_DEAL_FIELDS, *of_deals.names), (*_LINE_FIELDS, *of_deals.lines.names)
        names = tuple(name for name in names if name != of_deals.account)
        is_won = of_deals.is_won(fields, self._store.stages) and not fields["IsDeleted"]
        # Not the stage: one that means the same takes nothing back.
        sold_in = (*_SOLD_FIELDS, *(name for name in of_deals.names if name != of_deals.stage))
        sold = hash(
            (
                is_won,
                *(fields.get(name) for name in sold_in),
                *(line.fields.get(name) for line in lines for name in line_names),
            )
        )
        seen = hash(
            (
                *(fields.get(name) for name in names),
                *(value_at(self._store, record, each.path) for each in self.stated.deal),
                *((line.id, *(line.fields.get(name) for name in line_names)) for line in lines),
                *(value_at(self._store, line, each.path) for line in lines for each in self.stated.line),
            )
        )
        deal = self._deals.get(id_)
        if deal is None:
            deal = self._deals[id_] = Deal(0, fields[of_deals.account])
        deal.sold = sold
        if self._store.user_id != self._store.sync_user_id:
            deal.left = sold
        was_won, changed, moved = deal.won_s is not None, deal.seen != seen, deal.customer != fields[of_deals.account]
        now_s = self._clock.now_s()
        if changed or moved:
            deal.changed_s = now_s
        deal.seen, deal.customer = seen, fields[of_deals.account]
        if is_won and not was_won:
            deal.won_s = now_s
        # A deleted record is not announced: workflow rules no longer see it.
        changed = changed or (moved and id_ not in self._store.reparented)
        return bool((changed or self._announces_all()) and (is_won or was_won) and not fields["IsDeleted"])

    @contextlib.contextmanager
    def quietly(self) -> Iterator[None]:
        """Changes in the block are noticed but not announced."""
        announce, self._announce = self._announce, lambda _: None
        try:
            yield
        finally:
            self._announce = announce

    def date_back(self, id_: str, *, won_s: float, changed_s: float) -> None:
        """Set when a deal was won and last changed."""
        self._deals[id_].won_s, self._deals[id_].changed_s = won_s, changed_s

    def ledger(self, keys: dict[str, str]) -> Ledger:
        """All deals that were ever won, in the order of their ids; ``keys`` are the workload's keys by deal id."""
        entries = []
        for id_, deal in self._deals.items():
            if deal.won_s is None:
                continue
            record = find_deal(self._store, id_)
            if record is not None:
                entries.append(self._entry(record, deal, keys.get(id_)))
        # An account that was merged into another was one all the same: the ERP may have its customer.
        merged = (account for account in self._store.bin["Account"].values() if account.fields.get("MasterRecordId"))
        customers = {
            account.id: _named(account, _ACCOUNT_KEYS) | values(self._store, account, self.stated.customer)
            for account in (*self._store.tables["Account"].values(), *merged)
        }
        stated = (*_STATED, *self.stated.states)
        changed = tuple(entry.id for entry in entries if self._deals[entry.id].sold != self._deals[entry.id].left)
        now_s = self._clock.now_s()
        return Ledger("salesforce", now_s, tuple(entries), customers, stated, changed_by_sync=changed)

    def _entry(self, record: Record, deal: Deal, key: str | None) -> Entry:
        fields, of_deals = record.fields, self._store.deal_fields
        is_won = of_deals.is_won(fields, self._store.stages)
        named = {"Id": record.id, "key": key, "ERP_Order_Id__c": fields.get("ERP_Order_Id__c")}
        return Entry(
            id=record.id,
            keys={name: value for name, value in named.items() if value},
            state="won" if is_won and not fields["IsDeleted"] else "void",
            customer=fields[of_deals.account] or "",
            currency=fields[of_deals.currency] or "",
            total=fields[of_deals.amount] or Decimal(0),
            lines=tuple(map(self._line, lines_of(self._store, record.id))),
            time_s=deal.won_s or 0.0,
            changed_s=deal.changed_s,
            date=fields[of_deals.date] or "",
            fields=self._further(record, self.stated.deal),
            subsidiary=fields.get("Subsidiary__c") or "",
            terms=fields.get("Payment_Terms__c") or "",
        )

    def _line(self, line: Record) -> Line:
        fields, names = line.fields, self._store.deal_fields.lines
        return Line(
            sku_of(self._store, line),
            fields[names.quantity],
            fields[names.price],
            fields[names.amount],
            fields.get(names.discount),
            fields.get("Tax_Amount__c"),
            fields.get("Tax_Code__c") or "",
            tuple(self._further(line, self.stated.line).items()),
        )

    def _further(self, record: Record, stated: Iterable[StatedField]) -> dict[str, str]:
        """The fields of a record that only this organisation has, and those that are asked for, as texts."""
        of_deals = self._store.deal_fields
        in_entries = _IN_ENTRIES if of_deals.is_usual else {*_IN_ENTRIES, *of_deals.names, *of_deals.lines.names}
        own = (name for name in self._store.model.custom[record.object] if name not in in_entries)
        found = {name: str(record.fields[name]) for name in own if record.fields[name] is not None}
        return found | values(self._store, record, stated)


#: Custom fields that an entry has in places of their own.
_IN_ENTRIES = frozenset({"ERP_Order_Id__c", "Subsidiary__c", "Payment_Terms__c", "Tax_Code__c", "Tax_Amount__c"})
_DEAL_FIELDS = ("StageName", "Amount", "CloseDate", "IsDeleted", "Subsidiary__c", "Payment_Terms__c")
_SOLD_FIELDS = ("Subsidiary__c", "Payment_Terms__c")
_LINE_FIELDS = ("ProductCode", "Tax_Code__c", "Tax_Amount__c")
_STATED = ("date", "customer", "line.discount")
#: Fields of an account by which it can be matched to a customer of the ERP.
_ACCOUNT_KEYS = ("Id", "AccountNumber", "Name", "ERP_Customer_Id__c")


def _named(record: Record, names: Iterable[str]) -> dict[str, str]:
    return {name: str(record.fields[name]) for name in names if record.fields.get(name)}
