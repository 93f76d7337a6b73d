"""What people do in the CRM: win, amend and void deals, reprice, merge accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes.business_operations import (
    AmendDeal,
    CloseDeal,
    MergeAccounts,
    Reprice,
    SoldLine,
)
from gameday_fakes.fake import ControlError
from gameday_fakes.ledger import Entry, Line
from gameday_fakes.salesforce.ids import canonical
from gameday_fakes.salesforce.models import Record, SalesforceStore
from gameday_fakes.salesforce.people import filled, taken, taken_value, unknown_field
from gameday_fakes.salesforce.rules import Writer, line_of_entry
from gameday_fakes.salesforce.seed import Seeded


class Business:
    """Carries out the business operations. To be called within a change; each raises ControlError."""

    def __init__(self, store: SalesforceStore, writer: Writer, seeded: Seeded) -> None:
        self._store = store
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
        known = self.deals.get(key, "")
        # A deal that a rule of the organisation refused has left its key and no record.
        if known in self._store.tables["Opportunity"] or known in self._store.bin["Opportunity"]:
            raise ControlError(f"deal {key!r} is closed already")
        usual = {
            "Name": params.name or key,
            "AccountId": self._seeded.account(params.account).id,
            "CurrencyIsoCode": params.currency,
            "CloseDate": params.close_date,
            "Amount": params.amount,
            **self._optional("Opportunity", {"Subsidiary__c": params.subsidiary, "Payment_Terms__c": params.terms}),
        }
        of_deals = self._store.deal_fields
        own = {**of_deals.given(usual), **of_deals.of_stage(stage, self._store.stages)}
        given = taken(self._store, "Opportunity", params.fields, own)
        opportunity = self._insert("Opportunity", {**self._of_new_deals(), **own, **given}, key)
        self._add_lines(opportunity, params.lines)
        self.deals[key] = opportunity.id
        return opportunity.id

    def put_deal(self, entry: Entry) -> None:
        """Write a deal from a ledger. To be called within a change."""
        key, stages, of_deals = entry.keys.get("key", ""), self._store.stages, self._store.deal_fields
        texts = {
            "ERP_Order_Id__c": entry.keys.get("ERP_Order_Id__c"),
            "Subsidiary__c": entry.subsidiary,
            "Payment_Terms__c": entry.terms,
        }
        usual = {
            "Name": key or entry.id,
            "AccountId": entry.customer,
            "CurrencyIsoCode": entry.currency,
            "CloseDate": entry.date,
            "Amount": entry.total,
        }
        fields = {
            **usual,
            **self._of_new_deals(),
            **taken(self._store, "Opportunity", self._writable("Opportunity", entry.fields), {}),
            **self._optional("Opportunity", texts),
            **{name: value for name, value in of_deals.given(usual).items() if name not in usual},
            **of_deals.of_stage(stages.won if entry.state == "won" else stages.lost, stages),
        }
        opportunity = self._insert("Opportunity", fields, key or entry.id)
        self._add_lines(opportunity, entry.lines)
        if opportunity.fields["Amount"] != entry.total:
            self._store.update(opportunity, {"Amount": entry.total})
        if key:
            self.deals[key] = opportunity.id

    def amend_deal(self, key: str, params: AmendDeal) -> str:
        """Replace a deal's lines; returns its id."""
        opportunity = self._deal(key)
        changes = taken(
            self._store, "Opportunity", params.fields, self._store.deal_fields.given({"Amount": params.amount})
        )
        for line in self._store.matching("OpportunityLineItem", "OpportunityId", opportunity.id):
            self._store.delete(line)
        if params.amount is not None:
            changes["Amount"] = params.amount
        if "amount" in self._store.deal_fields.own:
            total = sum((line.amount for line in params.lines), Decimal(0))
            changes[self._store.deal_fields.amount] = total if params.amount is None else params.amount
        if changes:
            self._store.update(opportunity, changes)
        self._add_lines(opportunity, params.lines)
        return opportunity.id

    def void_deal(self, key: str) -> str:
        """Take back a deal; returns its id."""
        opportunity = self._deal(key)
        stages = self._store.stages
        self._store.update(opportunity, self._store.deal_fields.of_stage(stages.lost, stages))
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
        if "account" in self._store.deal_fields.own:
            name = self._store.deal_fields.account
            for opportunity in list(self._store.tables["Opportunity"].values()):
                if opportunity.fields[name] == loser.id:
                    self._store.update(opportunity, {name: winner.id})
        self._store.delete(loser, MasterRecordId=winner.id)
        self._seeded.merged(winner.id, loser.id)
        return winner.id

    def _of_new_deals(self) -> dict[str, Any]:
        return {
            "Type": "New Business",
            "OwnerId": self._store.user_id,
            "Pricebook2Id": self._seeded.pricebook_id,
        }

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
        opportunity = self._store.find("Opportunity", self.deals.get(key) or canonical(key) or key)
        if opportunity is None:
            raise ControlError(f"no deal {key!r}: close it first")
        return opportunity

    def _add_lines(self, opportunity: Record, lines: Iterable[SoldLine | Line]) -> None:
        """Add lines exactly as sold: the total is what was agreed, whatever quantity times price would give."""
        for number, line in enumerate(lines, start=1):
            entry = self._seeded.entry(line.sku, opportunity.fields["CurrencyIsoCode"], line.unit_price)
            own = {
                **line_of_entry(self._store, entry),
                "OpportunityId": opportunity.id,
                "SortOrder": Decimal(number),
                "Quantity": line.quantity,
                "UnitPrice": line.unit_price,
                "TotalPrice": line.amount,
                "Discount": line.discount or None,
                **self._optional(
                    "OpportunityLineItem", {"Tax_Code__c": line.tax_code or None, "Tax_Amount__c": line.tax}
                ),
            }
            further = dict(line.fields)
            if isinstance(line, Line):
                stated = self._writable("OpportunityLineItem", further)
                further = {name: value for name, value in stated.items() if own.get(name) is None}
            given = taken(self._store, "OpportunityLineItem", further, own)
            self._insert("OpportunityLineItem", {**own, **given}, f"{opportunity.id}-{number}")
        self._writer.roll_up(opportunity.id)
