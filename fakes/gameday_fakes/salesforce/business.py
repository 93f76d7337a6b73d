"""What people do in the CRM (win, amend and void deals, reprice, merge accounts) and the resulting ledger."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

import msgspec

from gameday_fakes.business_operations import (
    AmendDeal,
    CloseDeal,
    MergeAccounts,
    Reprice,
    SoldLine,
)
from gameday_fakes.clock import Clock
from gameday_fakes.fake import ControlError
from gameday_fakes.ledger import Entry, Ledger, Line
from gameday_fakes.salesforce.ids import canonical
from gameday_fakes.salesforce.models import Record, SalesforceStore
from gameday_fakes.salesforce.rules import Writer, line_of_entry, stage_fields
from gameday_fakes.salesforce.seed import Seeded


class Deal(msgspec.Struct):
    """When an opportunity was won and changed. ``seen`` is a hash of everything that a sync has to carry over."""

    seen: int
    customer: str | None
    won_s: float | None = None
    changed_s: float = 0.0


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
        store.on_commit = self._committed

    def _committed(self, written: dict[str, Record]) -> None:
        ids: dict[str, None] = {}
        for record in written.values():
            if record.object == "Opportunity":
                ids[record.id] = None
            elif record.object == "OpportunityLineItem":
                ids[record.fields["OpportunityId"]] = None
        changed = [id_ for id_ in ids if self._notice(id_)]
        if changed:
            self._announce(changed)

    def _notice(self, id_: str) -> bool:
        """Keep when a deal was won and changed; whether its change is announced."""
        opportunity = self._store.find("Opportunity", id_) or self._store.bin["Opportunity"].get(id_)
        if opportunity is None:
            return False
        fields = opportunity.fields
        lines = self._store.matching("OpportunityLineItem", "OpportunityId", id_)
        seen = hash(
            (
                *(fields[name] for name in _DEAL_FIELDS),
                *((line.id, *(line.fields[name] for name in _LINE_FIELDS)) for line in lines),
            )
        )
        deal = self._deals.get(id_)
        if deal is None:
            deal = self._deals[id_] = Deal(0, fields["AccountId"])
        is_won = fields["IsWon"] and not fields["IsDeleted"]
        was_won, changed = deal.won_s is not None, deal.seen != seen
        now_s = self._clock.now_s()
        if deal.customer != fields["AccountId"] or changed:
            deal.changed_s = now_s
        deal.seen, deal.customer = seen, fields["AccountId"]
        if is_won and not was_won:
            deal.won_s = now_s
        # A deleted record is not announced: workflow rules no longer see it.
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
            opportunity = self._store.find("Opportunity", id_) or self._store.bin["Opportunity"][id_]
            entries.append(self._entry(opportunity, deal, keys.get(id_)))
        customers = {account.id: _named(account, _ACCOUNT_KEYS) for account in self._store.tables["Account"].values()}
        return Ledger("salesforce", self._clock.now_s(), tuple(entries), customers, _STATED)

    def _entry(self, opportunity: Record, deal: Deal, key: str | None) -> Entry:
        fields = opportunity.fields
        named = {"Id": opportunity.id, "key": key, "ERP_Order_Id__c": fields["ERP_Order_Id__c"]}
        lines = self._store.matching("OpportunityLineItem", "OpportunityId", opportunity.id)
        return Entry(
            id=opportunity.id,
            keys={name: value for name, value in named.items() if value},
            state="won" if fields["IsWon"] and not fields["IsDeleted"] else "void",
            customer=fields["AccountId"] or "",
            currency=fields["CurrencyIsoCode"],
            total=fields["Amount"] or Decimal(0),
            lines=tuple(
                Line(
                    line.fields["ProductCode"] or "",
                    line.fields["Quantity"],
                    line.fields["UnitPrice"],
                    line.fields["TotalPrice"],
                    line.fields["Discount"],
                    line.fields["Tax_Amount__c"],
                    line.fields["Tax_Code__c"] or "",
                )
                for line in lines
            ),
            time_s=deal.won_s or 0.0,
            changed_s=deal.changed_s,
            date=fields["CloseDate"],
            subsidiary=fields["Subsidiary__c"] or "",
            terms=fields["Payment_Terms__c"] or "",
        )


_DEAL_FIELDS = ("StageName", "Amount", "CloseDate", "IsDeleted", "Subsidiary__c", "Payment_Terms__c")
_LINE_FIELDS = ("ProductCode", "Quantity", "UnitPrice", "TotalPrice", "Discount", "Tax_Code__c", "Tax_Amount__c")


_STATED = ("date", "customer", "line.discount")
#: Fields of an account by which it can be matched to a customer of the ERP.
_ACCOUNT_KEYS = ("Id", "AccountNumber", "Name", "ERP_Customer_Id__c")


def _named(record: Record, names: Iterable[str]) -> dict[str, str]:
    return {name: str(record.fields[name]) for name in names if record.fields[name]}


class Business:
    """Carries out the business operations. To be called within a change; each raises ControlError."""

    def __init__(self, store: SalesforceStore, writer: Writer, seeded: Seeded) -> None:
        self._store = store
        self._writer = writer
        self._seeded = seeded
        #: The opportunity's id by the workload's key.
        self.deals: dict[str, str] = {}

    def close_deal(self, key: str, params: CloseDeal, stage: str = "Closed Won") -> str:
        """Add a deal, won unless the stage says otherwise; returns its id."""
        if key in self.deals:
            raise ControlError(f"deal {key!r} is closed already")
        opportunity = self._store.insert(
            "Opportunity",
            {
                "Name": params.name or key,
                "AccountId": self._seeded.account(params.account).id,
                "CurrencyIsoCode": params.currency,
                "CloseDate": params.close_date,
                "Amount": params.amount,
                "Type": "New Business",
                "OwnerId": self._store.user_id,
                "Pricebook2Id": self._seeded.pricebook_id,
                "Subsidiary__c": params.subsidiary or None,
                "Payment_Terms__c": params.terms or None,
                **stage_fields(stage),
            },
        )
        self._add_lines(opportunity, params.lines)
        self.deals[key] = opportunity.id
        return opportunity.id

    def put_deal(self, entry: Entry) -> None:
        """Write a deal from a ledger. To be called within a change."""
        key = entry.keys.get("key", "")
        opportunity = self._store.insert(
            "Opportunity",
            {
                "Name": key or entry.id,
                "AccountId": entry.customer,
                "CurrencyIsoCode": entry.currency,
                "CloseDate": entry.date,
                "Amount": entry.total,
                "Type": "New Business",
                "OwnerId": self._store.user_id,
                "Pricebook2Id": self._seeded.pricebook_id,
                "ERP_Order_Id__c": entry.keys.get("ERP_Order_Id__c"),
                "Subsidiary__c": entry.subsidiary or None,
                "Payment_Terms__c": entry.terms or None,
                **stage_fields("Closed Won" if entry.state == "won" else "Closed Lost"),
            },
        )
        self._add_lines(opportunity, entry.lines)
        if opportunity.fields["Amount"] != entry.total:
            self._store.update(opportunity, {"Amount": entry.total})
        if key:
            self.deals[key] = opportunity.id

    def amend_deal(self, key: str, params: AmendDeal) -> str:
        """Replace a deal's lines; returns its id."""
        opportunity = self._deal(key)
        for line in self._store.matching("OpportunityLineItem", "OpportunityId", opportunity.id):
            self._store.delete(line)
        if params.amount is not None:
            self._store.update(opportunity, {"Amount": params.amount})
        self._add_lines(opportunity, params.lines)
        return opportunity.id

    def void_deal(self, key: str) -> str:
        """Take back a deal; returns its id."""
        opportunity = self._deal(key)
        self._store.update(opportunity, stage_fields("Closed Lost"))
        return opportunity.id

    def delete_deal(self, key: str) -> str:
        """Delete a deal with its lines; returns its id."""
        opportunity = self._deal(key)
        for line in self._store.matching("OpportunityLineItem", "OpportunityId", opportunity.id):
            self._store.delete(line)
        self._store.delete(opportunity)
        return opportunity.id

    def reprice(self, params: Reprice) -> str:
        """Change a list price; returns the id of the price book's entry."""
        entry = self._seeded.entry(params.sku, params.currency, params.price)
        self._store.update(entry, {"UnitPrice": params.price})
        return entry.id

    def merge_accounts(self, params: MergeAccounts) -> str:
        """Merge an account into another; returns the id of the one that stays."""
        winner, loser = self._seeded.account(params.winner), self._seeded.account(params.loser)
        if winner is loser:
            raise ControlError(f"account {params.winner!r} cannot be merged with itself")
        for opportunity in self._store.matching("Opportunity", "AccountId", loser.id):
            self._store.update(opportunity, {"AccountId": winner.id})
        self._store.delete(loser, MasterRecordId=winner.id)
        self._seeded.merged(winner.id, loser.id)
        return winner.id

    def _deal(self, key: str) -> Record:
        opportunity = self._store.find("Opportunity", self.deals.get(key) or canonical(key) or key)
        if opportunity is None:
            raise ControlError(f"no deal {key!r}: close it first")
        return opportunity

    def _add_lines(self, opportunity: Record, lines: Iterable[SoldLine | Line]) -> None:
        """Add lines exactly as sold: the total is what was agreed, whatever quantity times price would give."""
        for number, line in enumerate(lines, start=1):
            entry = self._seeded.entry(line.sku, opportunity.fields["CurrencyIsoCode"], line.unit_price)
            self._store.insert(
                "OpportunityLineItem",
                {
                    **line_of_entry(self._store, entry),
                    "OpportunityId": opportunity.id,
                    "SortOrder": Decimal(number),
                    "Quantity": line.quantity,
                    "UnitPrice": line.unit_price,
                    "TotalPrice": line.amount,
                    "Discount": line.discount or None,
                    "Tax_Code__c": line.tax_code or None,
                    "Tax_Amount__c": line.tax,
                },
            )
        self._writer.roll_up(opportunity.id)
