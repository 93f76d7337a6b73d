"""A Salesforce sandbox: accounts and deals of one run, which bear the run's tag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gameday_fakes.business_operations import (
    AmendDeal,
    CloseDeal,
    DeleteDeal,
    LoseDeal,
    OpenDeal,
    Seed,
    SoldLine,
    VoidDeal,
)
from gameday_fakes.declared import ControlError
from gameday_fakes.ledger import Ledger
from gameday_fakes.salesforce.stages import Stages
from gameday_fakes.salesforce.tenant_api import given, only, part, quoted
from gameday_fakes.salesforce.tenant_grants import SalesforceGrants
from gameday_fakes.salesforce.tenant_ledger import PARTS, DealsRead, account_keys, ledger_of, texts_of
from gameday_fakes.salesforce.tenant_proof import API
from gameday_fakes.salesforce.tenant_rights import products_of, rights_of
from gameday_fakes.sandbox.connection import TenantGone
from gameday_fakes.sandbox.rights import Product, Right
from gameday_fakes.sandbox.tenant import in_parts, stated_parts

#: "sObject Collections": the most records of one call. Also the most ids that fit into the URL of a query.
MOST_RECORDS = 200
#: The longest account number, and the longest name of a deal ("Account" and "Opportunity" of the Object Reference).
LONGEST_NUMBER, LONGEST_NAME = 40, 120
_STAGES = Stages()


class SalesforceTenant(SalesforceGrants):
    """What people do in one organisation, and what became of it."""

    operations = frozenset({"seed", "close_deal", "open_deal", "lose_deal", "amend_deal", "void_deal", "delete_deal"})

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._entries: dict[tuple[str, str], str] = {}
        self._currencies: dict[str, str] = {}
        self._pricebook = ""
        self._read = DealsRead()
        #: The tax codes of products, which the ERP knows too.
        self._tax_codes: dict[str, str] = {}

    def state(self, names: Sequence[str]) -> None:
        self._read.stated = stated_parts(names, PARTS)

    # -- what people do ------------------------------------------------------------------------------

    async def seed(self, _: str, params: Seed) -> dict[str, Any]:
        """Add the run's accounts; products and their price book entries have to be there already."""
        await self._learn_prices({product.sku for product in params.products})
        self._tax_codes.update({product.sku: product.tax_code for product in params.products})
        known = await self.fields_of("Account")
        for some in in_parts(params.accounts, MOST_RECORDS):
            bodies = [
                {
                    "attributes": {"type": "Account"},
                    "Name": account.name or account.key,
                    "AccountNumber": self._tagged(account.key, LONGEST_NUMBER),
                    **only(known, CurrencyIsoCode=account.currency or "USD"),
                    **({"BillingCity": account.city} if account.city else {}),
                    **({"BillingCountry": account.country} if account.country else {}),
                    **self.settings.fields.get("Account", {}),
                }
                for account in some
            ]
            made = await self.write_records("POST", bodies)
            self.records.accounts.update(zip((account.key for account in some), made, strict=True))
            for id_, body in zip(made, bodies, strict=True):
                self.records.account_fields[id_] = {name: str(body[name]) for name in ("Name", "AccountNumber")}
        return {"accounts": dict(self.records.accounts), "products": {}}

    async def close_deal(self, key: str, params: CloseDeal) -> dict[str, Any]:
        """Add a deal with its lines, and win it: all of it, or nothing."""
        return await self._add(key, params, _STAGES.won)

    async def open_deal(self, key: str, params: OpenDeal) -> dict[str, Any]:
        """Add a deal that is not won yet."""
        return await self._add(key, params, _STAGES.open)

    async def void_deal(self, key: str, _: VoidDeal) -> dict[str, Any]:
        """Take back a won deal."""
        return await self._lose(key)

    async def lose_deal(self, key: str, _: LoseDeal) -> dict[str, Any]:
        """Lose a deal that was not won."""
        return await self._lose(key)

    async def _lose(self, key: str) -> dict[str, Any]:
        deal = self._deal(key)
        await self.json("PATCH", f"{API}/sobjects/Opportunity/{deal}", {"StageName": _STAGES.lost})
        return self._changed(deal)

    async def delete_deal(self, key: str, _: DeleteDeal) -> dict[str, Any]:
        """Delete a deal; its lines go with it."""
        deal = self._deal(key)
        await self.json("DELETE", f"{API}/sobjects/Opportunity/{deal}")
        return self._changed(deal)

    async def amend_deal(self, key: str, params: AmendDeal) -> dict[str, Any]:
        """Replace the lines of a deal: all of them, or nothing."""
        deal = self._deal(key)
        found = await self.query(f"SELECT Id FROM OpportunityLineItem WHERE OpportunityId = {quoted(deal)}")  # noqa: S608
        parts = []
        if found:
            ids = ",".join(row["Id"] for row in found)
            parts.append(part("DELETE", f"composite/sobjects?ids={ids}&allOrNone=true", "old"))
        changes = dict(params.fields)
        if params.lines:
            lines = await self._lines(deal, params.lines, self._currencies[deal])
            parts.append(part("POST", "composite/sobjects", "lines", lines))
        elif params.amount is not None:
            changes["Amount"] = params.amount
        if changes:
            parts.append(part("PATCH", f"sobjects/Opportunity/{deal}", "fields", changes))
        await self.all_of(parts)
        return self._changed(deal)

    async def _add(self, key: str, params: CloseDeal, stage: str) -> dict[str, Any]:
        if key in self.records.deals:
            raise ControlError(f"deal {key!r} is closed already")
        known, account = await self.fields_of("Opportunity"), self.records.accounts.get(params.account, params.account)
        body = {
            "Name": self._tagged(params.name or key, LONGEST_NAME),
            "AccountId": account,
            "CloseDate": params.close_date,
            # Won last, when its lines are there: the organisation announces it then.
            "StageName": _STAGES.open,
            # With lines, it is their sum.
            **({"Pricebook2Id": self._pricebook} if params.lines else {"Amount": params.amount}),
            **only(known, CurrencyIsoCode=params.currency),
            **given(known, Subsidiary__c=params.subsidiary, Payment_Terms__c=params.terms),
            **self.settings.fields.get("Opportunity", {}),
            **params.fields,
        }
        lines = await self._lines("@{deal.id}", params.lines, params.currency)
        parts = [part("POST", "sobjects/Opportunity", "deal", body)]
        parts += [part("POST", "composite/sobjects", "lines", lines)] if params.lines else []
        if stage != _STAGES.open:
            parts.append(part("PATCH", "sobjects/Opportunity/@{deal.id}", "stage", {"StageName": stage}))
        try:
            deal = str((await self.all_of(parts))[0]["id"])
        except TenantGone:
            deal = await self._found(body["Name"])
        self.records.deals[key], self._currencies[deal] = deal, params.currency
        return self._changed(deal, won=stage == _STAGES.won)

    async def _found(self, name: str) -> str:
        """The deal of a call whose reply was lost: all of it is there, or nothing."""
        rows = await self.query(f"SELECT Id FROM Opportunity WHERE Name = {quoted(name)}")  # noqa: S608
        if len(rows) != 1:
            raise ControlError(f"{self.settings.host} did not answer, and deal {name!r} is not there")
        return str(rows[0]["Id"])

    async def _lines(self, deal: str, lines: Sequence[SoldLine], currency: str) -> dict[str, Any]:
        known = await self.fields_of("OpportunityLineItem")
        records = []
        for line in lines:
            entry = self._entries.get((line.sku, currency)) or self._entries.get((line.sku, ""))
            if entry is None:
                raise ControlError(f"{self.settings.host} has no price book entry for {line.sku!r} in {currency}")
            records.append(
                {
                    "attributes": {"type": "OpportunityLineItem"},
                    "OpportunityId": deal,
                    "PricebookEntryId": entry,
                    "Quantity": line.quantity,
                    "UnitPrice": line.unit_price,
                    **({"Discount": line.discount} if line.discount else {}),
                    **self._taxes(known, line),
                    **line.fields,
                }
            )
        return {"allOrNone": True, "records": records}

    def _taxes(self, known: frozenset[str], line: SoldLine) -> dict[str, Any]:
        """The tax of a line. What the ERP knows by itself needs no field, so an organisation may lack it."""
        taxes = {"Tax_Code__c": line.tax_code, "Tax_Amount__c": line.tax}
        own = bool(line.tax_code) and line.tax_code == self._tax_codes.get(line.sku)
        return given(known, **(only(known, **taxes) if own else taxes))

    def _changed(self, deal: str, *, won: bool = False) -> dict[str, Any]:
        self._read.changed(deal, self.clock.now_s(), won=won)
        return {"id": deal}

    def _deal(self, key: str) -> str:
        if key not in self.records.deals:
            raise ControlError(f"no deal {key!r}: close it first")
        return self.records.deals[key]

    def _tagged(self, name: str, longest: int) -> str:
        """A name that ends with the run's tag, whatever has to be cut from it."""
        return f"{name[: longest - len(self.records.tag) - 1]} {self.records.tag}"

    # -- what is possible there ----------------------------------------------------------------------

    async def rights(self) -> list[Right]:
        return [*await rights_of(self), *await self.may_be_taken()]

    async def products(self, skus: Sequence[str] = ()) -> list[Product]:
        return await products_of(self)

    # -- ledger and clean ----------------------------------------------------------------------------

    async def ledger(self) -> Ledger:
        names = await self.fields_of("Opportunity"), await self.fields_of("OpportunityLineItem")
        await self._read.update(self, *names)
        stated = self._read.stated["customer."]
        columns = dict.fromkeys(("Id", "Name", "AccountNumber", *(each.path for each in stated)))
        rows = await self._tagged_rows("Account", "AccountNumber", ", ".join(columns))
        customers = {row["Id"]: account_keys(row) | texts_of(row, stated) for row in rows}
        return ledger_of(self._read, self.records.deals, customers, self.clock)

    async def remember(self) -> None:
        for sobject, field, kept in (
            ("Opportunity", "Name", self.records.deals),
            ("Account", "AccountNumber", self.records.accounts),
        ):
            rows = await self._tagged_rows(sobject, field, deleted=True)
            kept.update({row["Id"]: row["Id"] for row in rows})

    async def clean(self) -> dict[str, int]:
        await self.connections.prove_now()
        removed = {}
        for sobject, field in (("Opportunity", "Name"), ("Account", "AccountNumber")):
            rows = await self._tagged_rows(sobject, field)
            for some in in_parts([row["Id"] for row in rows], MOST_RECORDS):
                await self.write_records("DELETE", some)
            left = await self._tagged_rows(sobject, field)
            if left:
                raise ControlError(f"{len(left)} records of {sobject} with the tag {self.records.tag} are still there")
            removed[sobject] = len(rows)
        return removed

    async def _learn_prices(self, skus: set[str]) -> None:
        """Learn the entries of the standard price book. Raises ControlError for products that have none."""
        books = await self.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")
        self._pricebook = str(books[0]["Id"]) if books else ""
        currency = ", CurrencyIsoCode" if "CurrencyIsoCode" in await self.fields_of("PricebookEntry") else ""
        for some in in_parts(sorted(skus), MOST_RECORDS):
            listed = ", ".join(map(quoted, some))
            rows = await self.query(
                f"SELECT Id, ProductCode{currency} FROM PricebookEntry WHERE Pricebook2Id = {quoted(self._pricebook)} "  # noqa: S608
                f"AND IsActive = true AND ProductCode IN ({listed})"
            )
            self._entries |= {(row["ProductCode"], row.get("CurrencyIsoCode", "")): row["Id"] for row in rows}
        missing = sorted(skus - {sku for sku, _ in self._entries})
        if missing:
            raise ControlError(f"{self.settings.host} has no price book entry for {', '.join(missing)[:300]}")

    async def _tagged_rows(
        self, sobject: str, field: str, columns: str = "Id", *, deleted: bool = False
    ) -> list[dict[str, Any]]:
        condition = f"{field} LIKE {quoted(f'% {self.records.tag}')}"
        return await self.query(f"SELECT {columns} FROM {sobject} WHERE {condition}", deleted=deleted)  # noqa: S608
