"""What people do in the CRM: win, amend and void deals, reprice, merge accounts."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from gameday_fakes.business_operations import (
    AmendDeal,
    CloseDeal,
    MergeAccounts,
    Reprice,
    SoldLine,
)
from gameday_fakes.fake import ControlError
from gameday_fakes.ledger import Entry, Line
from gameday_fakes.salesforce.deal_lines import find_deal, line_of_entry, line_values, lines_of, roll_up
from gameday_fakes.salesforce.exempting import exempt, is_exempt
from gameday_fakes.salesforce.faults import StateFaults
from gameday_fakes.salesforce.ids import canonical
from gameday_fakes.salesforce.merging import merge
from gameday_fakes.salesforce.models import Record, SalesforceStore
from gameday_fakes.salesforce.people import filled, taken, taken_value, unknown_field
from gameday_fakes.salesforce.rules import Writer
from gameday_fakes.salesforce.seed import Seeded


class Business:
    """Carries out the business operations. To be called within a change; each raises ControlError."""

    def __init__(
        self,
        store: SalesforceStore,
        writer: Writer,
        seeded: Seeded,
        state: StateFaults,
        hit: Callable[[str, str, str | None], None],
    ) -> None:
        self._store = store
        self._state = state
        self._hit = hit
        self._writer = writer
        self._seeded = seeded
        #: The opportunity's id by the workload's key.
        self.deals: dict[str, str] = {}

    def close_deal(self, key: str, params: CloseDeal) -> str:
        """Add a deal that is won; returns its id."""
        return self._add_deal(key, params, self._store.stages.won)

    def open_deal(self, key: str, params: CloseDeal) -> str:
        """Add a deal that is not won yet; returns its id."""
        return self._add_deal(key, params, self._store.stages.open)

    def _add_deal(self, key: str, params: CloseDeal, stage: str) -> str:
        known = self.deals.get(key)
        # A deal that a rule of the organisation refused has left its key and no record.
        if known is not None and find_deal(self._store, known) is not None:
            raise ControlError(f"deal {key!r} is closed already")
        of_deals = self._store.deal_fields
        named = of_deals.given(
            name=params.name or key,
            account=self._seeded.account(params.account).id,
            currency=params.currency,
            date=params.close_date,
            amount=params.amount,
        )
        optional = {"Subsidiary__c": params.subsidiary, "Payment_Terms__c": params.terms}
        own = {
            **named,
            **self._optional(of_deals.object, optional),
            **of_deals.of_stage(stage, self._store.stages),
        }
        given = taken(self._store, of_deals.object, params.fields, own)
        picked = self._state.picked(of_deals.object, key)
        if of_deals.stage in picked:
            self._add_stage(stage, picked)
        chosen = {name: value for name, (value, _) in picked.items()}
        deal = self._insert(of_deals.object, {**self._of_new_deals(), **own, **given, **chosen}, key)
        for _, fault_id in picked.values():
            self._hit(fault_id, "close_deal", deal.id)
        self._add_lines(deal, params.lines)
        self.deals[key] = deal.id
        for fault_id in self._state.merging(key) if stage == self._store.stages.won else ():
            self._merge_with_duplicate(self._seeded.account(params.account))
            self._hit(fault_id, "close_deal", deal.id)
        return deal.id

    def _add_stage(self, stage: str, picked: dict[str, tuple[str, str]]) -> None:
        """Let a new stage mean won; who does not win a deal does not choose it."""
        stages, name = self._store.stages, self._store.deal_fields.stage
        value = picked[name][0]
        if stage != stages.won:
            del picked[name]
        elif not stages.is_won(value):
            self._store.stages = msgspec.structs.replace(stages, also=(*stages.also, value))

    def put_deal(self, entry: Entry) -> None:
        """Write a deal from a ledger. To be called within a change."""
        key, stages, of_deals = entry.keys.get("key", ""), self._store.stages, self._store.deal_fields
        texts = {
            "ERP_Order_Id__c": entry.keys.get("ERP_Order_Id__c"),
            "Subsidiary__c": entry.subsidiary,
            "Payment_Terms__c": entry.terms,
        }
        named = of_deals.given(
            name=key or entry.id,
            account=entry.customer,
            currency=entry.currency,
            date=entry.date,
            amount=entry.total,
        )
        fields = {
            **named,
            **self._of_new_deals(),
            **taken(self._store, of_deals.object, self._writable(of_deals.object, entry.fields), {}),
            **self._optional(of_deals.object, texts),
            **{name: named[name] for name in of_deals.own.values() if name in named},
            **of_deals.of_stage(stages.won if entry.state == "won" else stages.lost, stages),
        }
        deal = self._insert(of_deals.object, fields, key or entry.id)
        self._add_lines(deal, entry.lines)
        if deal.fields[of_deals.amount] != entry.total:
            self._store.update(deal, {of_deals.amount: entry.total})
        if of_deals.is_usual and deal.fields["Amount"] != entry.total:
            self._store.update(deal, {"Amount": entry.total})
        if key:
            self.deals[key] = deal.id

    def amend_deal(self, key: str, params: AmendDeal) -> str:
        """Replace a deal's lines; returns its id."""
        deal, of_deals = self._deal(key), self._store.deal_fields
        given = {} if params.amount is None else of_deals.given(amount=params.amount)
        changes = {**taken(self._store, of_deals.object, params.fields, given), **given}
        for line in lines_of(self._store, deal.id):
            self._store.delete(line)
        if not of_deals.sums:
            total = sum((line.amount for line in params.lines), Decimal(0))
            changes[of_deals.amount] = total if params.amount is None else params.amount
        if changes:
            self._store.update(deal, changes)
        self._add_lines(deal, params.lines)
        return deal.id

    def void_deal(self, key: str) -> str:
        """Take back a deal; returns its id."""
        deal, stages = self._deal(key), self._store.stages
        self._store.update(deal, self._store.deal_fields.of_stage(stages.lost, stages))
        return deal.id

    def delete_deal(self, key: str) -> str:
        """Delete a deal with its lines; returns its id."""
        deal = self._deal(key)
        for line in lines_of(self._store, deal.id):
            self._store.delete(line)
        self._store.delete(deal)
        return deal.id

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
        return self._merge(winner, loser)

    def merge_duplicate(self, key: str) -> str:
        """Merge a deal's account into a duplicate of it; returns the id of the duplicate, which stays."""
        return self._merge_with_duplicate(self._account_of(key))

    def exempt_account(self, key: str) -> str:
        """Exempt a deal's customer from tax, so that formulas change its deals; returns the account's id."""
        account = self._account_of(key)
        exempt(self._store, account)
        return account.id

    def _account_of(self, key: str) -> Record:
        return self._seeded.account(self._deal(key).fields[self._store.deal_fields.account] or "")

    def _merge_with_duplicate(self, account: Record) -> str:
        """Merge an account into a duplicate of it that nobody has used, so that its id changes."""
        fields = self._store.model.objects["Account"].fields
        kept = {
            name: value
            for name, value in account.fields.items()
            if fields[name].createable and not fields[name].unique and not fields[name].external_id
        }
        return self._merge(self._store.insert("Account", kept), account)

    def _merge(self, winner: Record, loser: Record) -> str:
        merge(self._store, winner, loser)
        self._seeded.merged(winner.id, loser.id)
        return winner.id

    def _of_new_deals(self) -> dict[str, Any]:
        of_deals = self._store.deal_fields
        usual = {"OwnerId": self._store.user_id, "Pricebook2Id": self._seeded.pricebook_id}
        if of_deals.is_usual:
            usual["Type"] = "New Business"
        known = self._store.model.objects[of_deals.object].fields
        return {name: value for name, value in usual.items() if name in known}

    def _optional(self, sobject: str, texts: Mapping[str, Any]) -> dict[str, Any]:
        """Fields that not every organisation has. Raises ControlError where one lacks a field that has a value."""
        fields = self._store.model.objects[sobject].fields
        for name, value in texts.items():
            if name not in fields and value:
                raise unknown_field(sobject, name, fields)
        return {
            name: None if value in (None, "") else taken_value(sobject, fields[name], value)
            for name, value in texts.items()
            if name in fields
        }

    def _writable(self, sobject: str, stated: Mapping[str, Any]) -> dict[str, Any]:
        """What a ledger states of a record's own fields, without those that the CRM sets itself."""
        fields = self._store.model.objects[sobject].fields
        writable = {name for name, field in fields.items() if field.createable or field.updateable}
        return {name: value for name, value in stated.items() if name in writable}

    def _insert(self, sobject: str, fields: dict[str, Any], key: str) -> Record:
        return self._store.insert(sobject, filled(self._store, sobject, fields, key))

    def _deal(self, key: str) -> Record:
        deal = self._store.find(self._store.deal_fields.object, self.deals.get(key) or canonical(key) or key)
        if deal is None:
            raise ControlError(f"no deal {key!r}: close it first")
        return deal

    def _add_lines(self, deal: Record, lines: Iterable[SoldLine | Line]) -> None:
        """Add lines exactly as sold: the total is what was agreed, whatever quantity times price would give."""
        of_lines = self._store.deal_fields.lines
        known = self._store.model.objects[of_lines.object].fields
        exempted = is_exempt(self._store, deal.fields[self._store.deal_fields.account])
        for number, line in enumerate(lines, start=1):
            untaxed = exempted and isinstance(line, SoldLine)
            own = {
                **self._sold(deal, line),
                of_lines.deal: deal.id,
                **({"SortOrder": Decimal(number)} if "SortOrder" in known else {}),
                **line_values(
                    self._store,
                    quantity=line.quantity,
                    price=line.unit_price,
                    amount=line.amount,
                    discount=line.discount,
                ),
                **self._optional(of_lines.object, {} if untaxed else self._taxes(line, known)),
            }
            further = dict(line.fields)
            if isinstance(line, Line):
                stated = self._writable(of_lines.object, further)
                further = {name: value for name, value in stated.items() if own.get(name) is None}
            given = taken(self._store, of_lines.object, further, own)
            picked = self._state.picked(of_lines.object, f"{deal.id}-{number}") if isinstance(line, SoldLine) else {}
            chosen = {field: value for field, (value, _) in picked.items()}
            self._insert(of_lines.object, {**own, **given, **chosen}, f"{deal.id}-{number}")
            for _, fault_id in picked.values():
                self._hit(fault_id, "close_deal", deal.id)
        if deal.object == "Opportunity":
            self._writer.roll_up(deal.id)
        else:
            roll_up(self._store, deal.id)

    def _taxes(self, line: SoldLine | Line, known: Container[str]) -> dict[str, Any]:
        """The tax of a line. What the ERP knows by itself needs no field, so an organisation may lack it."""
        taxes = {"Tax_Code__c": line.tax_code or None, "Tax_Amount__c": line.tax}
        if line.tax_code and line.tax_code == self._seeded.tax_codes.get(line.sku):
            return {name: value for name, value in taxes.items() if name in known}
        return taxes

    def _sold(self, deal: Record, line: SoldLine | Line) -> dict[str, Any]:
        """The fields of a line that say what is sold."""
        name = self._store.deal_fields.lines.product
        field = self._store.model.objects[self._store.deal_fields.lines.object].fields[name]
        if field.refers_to == "Product2":
            return {name: self._seeded.product(line.sku).id}
        if not field.refers_to:
            return {name: line.sku}
        entry = self._seeded.entry(line.sku, deal.fields[self._store.deal_fields.currency], line.unit_price)
        return {**line_of_entry(self._store, entry), name: entry.id}
