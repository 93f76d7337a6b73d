"""What people do in the CRM: win, amend and void deals, reprice, merge companies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes.business_operations import AmendDeal, CloseDeal, MergeAccounts, Reprice, SoldLine
from gameday_fakes.declared import ControlError
from gameday_fakes.guesses import did_you_mean
from gameday_fakes.hubspot.faults import StateFaults
from gameday_fakes.hubspot.links import Types
from gameday_fakes.hubspot.record import Record
from gameday_fakes.hubspot.records import Store
from gameday_fakes.hubspot.seed import OWNERS, Seeded
from gameday_fakes.hubspot.settings import Settings
from gameday_fakes.hubspot.standard import OBJECTS
from gameday_fakes.hubspot.values import NotAValue, coerce
from gameday_fakes.hubspot.writing import Writer
from gameday_fakes.ledger import Entry, Line


class Business:
    """Carries out the business operations. To be called within a change; each raises ControlError."""

    def __init__(self, store: Store, writer: Writer, seeded: Seeded, types: Types, state: StateFaults) -> None:
        self._store = store
        self._writer = writer
        self._seeded = seeded
        self._types = types
        self._state = state
        self.settings = Settings()
        #: The deal's id by the workload's key.
        self.deals: dict[str, str] = {}
        self._deleted_ms: dict[str, int] = {}

    def close_deal(self, key: str, params: CloseDeal) -> str:
        """Add a deal that is won; returns its id."""
        return self._add_deal(key, params, self.settings.won_stage)

    def open_deal(self, key: str, params: CloseDeal) -> str:
        """Add a deal that is not won yet; returns its id."""
        return self._add_deal(key, params, self.settings.open_stage)

    def amend_deal(self, key: str, params: AmendDeal) -> str:
        """Replace a deal's lines; returns its id."""
        deal = self._deal(key)
        for line in self._store.linked(deal, "line_items"):
            self._writer.archive(line)
        total = sum((line.amount for line in params.lines), Decimal(0)) if params.amount is None else params.amount
        self._add_lines(deal, params.lines, deal.properties.get("deal_currency_code", ""))
        self._writer.change(deal, {**self._taken("deals", params.fields, {"amount"}), "amount": f"{total:f}"})
        return deal.root

    def void_deal(self, key: str) -> str:
        """Take back a deal; returns its id."""
        deal = self._deal(key)
        self._writer.change(deal, {"dealstage": self.settings.lost_stage})
        return deal.root

    def delete_deal(self, key: str) -> str:
        """Delete a deal with its lines; returns its id."""
        deal = self._deal(key)
        self._deleted_ms[deal.id] = self._store.now_ms()
        for line in self._store.linked(deal, "line_items"):
            self._store.archive_record(line)
        self._store.archive_record(deal)
        return deal.root

    def restore_deal(self, key: str) -> str:
        """Take a deal that was deleted out of the archive, with its lines; returns its id."""
        deal = self._store.archive["deals"].get(self.deals.get(key, key))
        if deal is None or self._store.current("deals", deal.id) != deal.id:
            raise ControlError(f"no deal {key!r} that was deleted")
        self._store.restore_record(deal)
        for id_ in self._store.links.of("deals", deal.id, "line_items"):
            line = self._store.archive["line_items"].get(id_)
            if line is not None and line.archived_ms >= self._deleted_ms.get(deal.id, 0):
                self._store.restore_record(line)
        return deal.root

    def reprice(self, params: Reprice) -> str:
        """Change a list price; returns the product's id."""
        product, name = self._seeded.product(params.sku), f"hs_price_{params.currency.lower()}"
        values = {name: f"{params.price:f}"} if name in OBJECTS["products"].properties else {}
        self._writer.change(product, values or {"price": f"{params.price:f}"})
        return product.id

    def merge_accounts(self, params: MergeAccounts) -> str:
        """Merge a company into another; returns the id of the new one that both are part of."""
        winner, loser = self._seeded.company(params.winner), self._seeded.company(params.loser)
        if winner is loser:
            raise ControlError(f"account {params.winner!r} cannot be merged with itself")
        return self._merge(winner, loser).id

    def merge_duplicate(self, key: str) -> str:
        """Merge a deal's company with a duplicate of it; returns the id of the new one that both are part of."""
        company = next(iter(self._store.linked(self._deal(key), "companies")), None)
        if company is None:
            raise ControlError(f"deal {key!r} has no account")
        return self._merge_with_duplicate(company).id

    def put_deal(self, entry: Entry) -> None:
        """Write a deal from a ledger. To be called within a change."""
        key = entry.keys.get("key", "")
        values = {
            **self._taken("deals", entry.fields, set()),
            "dealname": key or entry.id,
            "dealstage": self.settings.won_stage if entry.state == "won" else self.settings.lost_stage,
            "amount": f"{entry.total:f}",
            "closedate": _midnight(entry.date),
            "deal_currency_code": entry.currency,
            "erp_order_id": entry.keys.get("erp_order_id", ""),
            "subsidiary": entry.subsidiary,
            "payment_terms": entry.terms,
        }
        deal = self._writer.put("deals", values)
        self._hang(deal, self._seeded.company(entry.customer), every=True)
        self._add_lines(deal, entry.lines, entry.currency)
        if key:
            self.deals[key] = deal.id

    # -- parts ---------------------------------------------------------------------------------------

    def _add_deal(self, key: str, params: CloseDeal, stage: str) -> str:
        if key in self.deals:
            raise ControlError(f"deal {key!r} is closed already")
        company = self._seeded.company(params.account)
        own = {
            "dealname": params.name or key,
            "dealstage": stage,
            "pipeline": "default",
            "amount": f"{params.amount:f}",
            "closedate": _midnight(params.close_date),
            "deal_currency_code": params.currency,
            "subsidiary": params.subsidiary,
            "payment_terms": params.terms,
        }
        is_won = stage == self.settings.won_stage
        # Who does not win a deal chooses no stage that means won.
        picked = self._state.picked("deals", key)
        chosen = {name: value for name, value in picked.items() if is_won or name != "dealstage"}
        deal = self._writer.put("deals", {**_USUAL, **own, **self._taken("deals", params.fields, own.keys()), **chosen})
        self._hang(deal, company, every=True)
        self._add_lines(deal, params.lines, params.currency)
        self.deals[key] = deal.id
        for fault_id in self._state.picking() if chosen else ():
            self._state.note(fault_id, deal.root)
        for fault_id in self._state.merging(key) if is_won else ():
            self._merge_with_duplicate(company)
            self._state.note(fault_id, deal.root)
        return deal.root

    def _add_lines(self, deal: Record, lines: Iterable[SoldLine | Line], currency: str) -> None:
        """Add lines exactly as sold: the total is what was agreed, whatever quantity times price would give."""
        for place, line in enumerate(lines):
            own = {
                "hs_product_id": self._seeded.product(line.sku).id,
                "quantity": f"{line.quantity:f}",
                "price": f"{line.unit_price:f}",
                "amount": f"{line.amount:f}",
                "hs_discount_percentage": f"{line.discount:f}" if line.discount else "",
                "hs_line_item_currency_code": currency,
                "hs_position_on_quote": str(place),
                "hs_tax_amount": f"{line.tax:f}" if line.tax is not None else "",
                "tax_code": line.tax_code,
            }
            given = self._taken("line_items", dict(line.fields), own.keys())
            self._hang(deal, self._writer.put("line_items", {**own, **given}))
        self._writer.count_lines(deal)

    def _hang(self, deal: Record, other: Record, *, every: bool = False) -> None:
        """Associate a deal, under the plain type or also as its primary one."""
        specs = self._types.of(deal.object, other.object)
        wanted = [spec for spec in specs if spec.category == "HUBSPOT_DEFINED"][: None if every else 1]
        pairs = (self._types.pair(deal.object, other.object, spec.type_id) for spec in wanted)
        self._store.link(deal, other, [pair for pair in pairs if pair is not None])

    def _merge_with_duplicate(self, company: Record) -> Record:
        """Merge a company with a duplicate of it that nobody has used, so that its id changes."""
        kept = {name: company.properties.get(name, "") for name in ("name", "city", "country")}
        return self._merge(company, self._writer.put("companies", kept))

    def _merge(self, winner: Record, loser: Record) -> Record:
        merged = self._store.merge(winner, loser)
        for each in (winner, loser):
            self._seeded.merged(each.id, merged)
        return merged

    def _deal(self, key: str) -> Record:
        deal = self._store.find("deals", self.deals.get(key, key))
        if deal is None:
            raise ControlError(f"no deal {key!r}: close it first")
        return deal

    def _taken(self, object_: str, given: Mapping[str, Any], own: Iterable[str]) -> dict[str, str]:
        """The properties that people give by name, as records keep them."""
        known = OBJECTS[object_].properties
        found: dict[str, str] = {}
        for name, value in given.items():
            if name not in known:
                writable = ", ".join(each for each, of in known.items() if not of.read_only)
                hint = did_you_mean(name, known)
                raise ControlError(f"unknown field {name[:80]!r} of {object_}; known: {writable}{hint}")
            if known[name].read_only or name in own:
                why = "is set by the CRM itself" if known[name].read_only else "is given twice"
                raise ControlError(f"field {name!r} of {object_} {why}")
            try:
                found[name] = coerce(known[name], value)
            except NotAValue as refused:
                raise ControlError(f"field {name!r} of {object_}: {refused}") from None
        return found


#: What people leave as it is when they add a deal.
_USUAL = {"dealtype": "newbusiness", "hubspot_owner_id": OWNERS[0][0]}


def _midnight(date: str) -> str:
    """A day as the value of a date and time; empty for none."""
    return f"{date}T00:00:00Z" if date else ""
