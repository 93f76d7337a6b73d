"""Which deals were won, amended or voided, and when; and the ledger that follows.

A deal keeps the id under which it was first known here, also after a merge has given it another one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from gameday_fakes.clock import Clock
from gameday_fakes.hubspot import moments
from gameday_fakes.hubspot.pipelines import Pipelines
from gameday_fakes.hubspot.record import Happened, Record
from gameday_fakes.hubspot.records import Store
from gameday_fakes.hubspot.stated import StatedFields
from gameday_fakes.hubspot.values import number
from gameday_fakes.ledger import Entry, Ledger, Line
from gameday_fakes.rules import EventKind


class Deal(msgspec.Struct):
    """When a deal was won and changed.

    ``seen`` is a hash of everything that a sync has to carry over, ``sold`` of what people sold; ``left`` is what that
    was when people last changed it, None if they did not.
    """

    record: Record
    seen: int = 0
    won_s: float | None = None
    changed_s: float = 0.0
    sold: int = 0
    left: int | None = None


class Deals:
    """Notices deals that are won, amended or voided, by anyone; ``announce`` is called with what has happened."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        pipelines: Pipelines,
        announce: Callable[[Happened, str, EventKind], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._pipelines = pipelines
        self._announce = announce
        self._deals: dict[str, Deal] = {}
        self._announced: set[str] = set()
        self.stated = StatedFields()

    def committed(self, happened: list[Happened]) -> None:
        """A change is complete."""
        about = [(each, self.deal_of(each.record)) for each in happened]
        changed = [deal for _, deal in about if deal is not None]
        # Who merges companies gives their deals another one.
        merged = (each.record for each in happened if each.what == "merge" and each.record.object == "companies")
        changed += [deal for company in merged for deal in self._store.linked(company, "deals")]
        for changed_deal in {each.root: each for each in changed}.values():
            self._notice(changed_deal)
        kinds: dict[str, EventKind] = {}
        for each, deal in about:
            root = deal.root if deal is not None else ""
            if deal is not None and root not in kinds:
                kinds[root] = self._kind(deal)
            self._announce(each, root, kinds.get(root, "first"))

    def deal_of(self, record: Record) -> Record | None:
        """The deal of a record: itself, or the one whose line it is."""
        if record.object == "deals":
            return record
        found = self._store.linked(record, "deals") if record.object == "line_items" else []
        return found[0] if found else None

    def root_of(self, id_: str) -> str | None:
        """The id under which the ledger has a deal, given one that it has or had; None if there is none."""
        current = self._store.current("deals", id_)
        record = self._store.tables["deals"].get(current) or self._store.archive["deals"].get(current)
        return record.root if record is not None else None

    @contextlib.contextmanager
    def quietly(self) -> Iterator[None]:
        """Changes in the block are noticed but not announced."""
        announce, self._announce = self._announce, lambda *_: None
        try:
            yield
        finally:
            self._announce = announce

    def date_back(self, root: str, *, won_s: float, changed_s: float) -> None:
        """Set when a deal was won and last changed."""
        self._deals[root].won_s, self._deals[root].changed_s = won_s, changed_s

    def ledger(self, system: str, keys: Mapping[str, str]) -> Ledger:
        """All deals that were ever won, in the order of their ids; ``keys`` are the workload's by the deal's id."""
        won = {root: deal for root, deal in self._deals.items() if deal.won_s is not None}
        entries = tuple(self._entry(deal, keys.get(root)) for root, deal in won.items())
        live = list(self._store.tables["companies"].values())
        # A company that was merged into another was one all the same: the ERP may have its customer.
        own = {each.root for each in live}
        former = [each for each in self._store.archive["companies"].values() if each.root not in own]
        merged = [(each, now) for each in former if (now := self._store.find("companies", each.id)) is not None]
        customers = {
            company.root: _named(company, _COMPANY_KEYS) | self.stated.values(company, "customer")
            for company in (*live, *(each for each, _ in merged))
        }
        leads_to = {each.root: now.root for each, now in merged}
        changed = tuple(root for root, deal in won.items() if deal.sold != deal.left)
        stated = (*_STATED, *self.stated.states)
        now_s = self._clock.now_s()
        return Ledger(system, now_s, entries, customers, stated, changed_by_sync=changed, leads_to=leads_to)

    def company_of(self, deal: Record) -> Record | None:
        """The company of a deal: its primary one, else the first that it is associated with."""
        links = self._store.links.of("deals", deal.id, "companies")
        primary = [id_ for id_, specs in links.items() if any(spec.label == "Primary" for spec in specs)]
        found = (self._store.tables["companies"].get(id_) for id_ in (*primary, *links))
        return next((each for each in found if each is not None), None)

    def is_won(self, deal: Record) -> bool:
        """Whether a deal is won now."""
        return not deal.archived_ms and self._pipelines.is_won(deal.properties.get("dealstage"))

    # -- parts ---------------------------------------------------------------------------------------

    def _kind(self, deal: Record) -> EventKind:
        announced = deal.root in self._announced
        if not self.is_won(deal):
            return "void" if announced else "first"
        self._announced.add(deal.root)
        return "amendment" if announced else "first"

    def _notice(self, record: Record) -> None:
        known = self._deals.setdefault(record.root, Deal(record))
        known.record = record
        company = self.company_of(record)
        lines = self._lines(record)
        own = (
            self.is_won(record),
            *(record.properties.get(name) for name in _SOLD),
            company.root if company else "",
            *(line.properties.get(name) for line in lines for name in _SOLD_LINE),
        )
        known.sold = hash(own)
        if self._store.source != "INTEGRATION":
            known.left = known.sold
        seen = hash((own, record.properties.get("dealstage"), *self._stated_of(record, lines)))
        now_s = self._clock.now_s()
        if seen != known.seen:
            known.changed_s = now_s
        known.seen = seen
        if known.won_s is None and self.is_won(record):
            known.won_s = now_s

    def _stated_of(self, record: Record, lines: Iterable[Record]) -> Iterator[str]:
        yield from self.stated.values(record, "deal").values()
        for line in lines:
            yield from self.stated.values(line, "line").values()

    def _lines(self, deal: Record) -> list[Record]:
        found = self._store.linked(deal, "line_items")
        return sorted(found, key=lambda line: (number(line.properties.get("hs_position_on_quote")), int(line.id)))

    def _entry(self, deal: Deal, key: str | None) -> Entry:
        record, own = deal.record, deal.record.properties
        company = self.company_of(record)
        named = {"id": record.root, "key": key, "erp_order_id": own.get("erp_order_id")}
        if record.id != record.root:
            named["merged_id"] = record.id
        return Entry(
            id=record.root,
            keys={name: value for name, value in named.items() if value},
            state="won" if self.is_won(record) else "void",
            customer=company.root if company else "",
            currency=own.get("deal_currency_code", ""),
            total=number(own.get("amount")),
            lines=tuple(map(self._line, self._lines(record))),
            time_s=deal.won_s or 0.0,
            changed_s=deal.changed_s,
            date=moments.date(own.get("closedate", "")),
            subsidiary=own.get("subsidiary", ""),
            terms=own.get("payment_terms", ""),
            fields=self.stated.values(record, "deal"),
        )

    def _line(self, line: Record) -> Line:
        own = line.properties
        product = self._store.find("products", own.get("hs_product_id", ""))
        sku = own.get("hs_sku") or (product.properties.get("hs_sku") if product else "") or own.get("name", "")
        return Line(
            sku,
            number(own.get("quantity")),
            number(own.get("price")),
            number(own.get("amount")),
            number(own["hs_discount_percentage"]) if own.get("hs_discount_percentage") else None,
            number(own["hs_tax_amount"]) if own.get("hs_tax_amount") else None,
            own.get("tax_code", ""),
            tuple(self.stated.values(line, "line").items()),
        )


_SOLD = ("amount", "deal_currency_code", "closedate", "subsidiary", "payment_terms")
_SOLD_LINE = (
    "hs_product_id",
    "hs_sku",
    "quantity",
    "price",
    "amount",
    "discount",
    "hs_discount_percentage",
    "tax_code",
    "hs_tax_amount",
)
_STATED = ("date", "customer", "line.discount")
_COMPANY_KEYS = ("hs_object_id", "account_number", "name", "erp_customer_id", "hs_merged_object_ids")


def _named(record: Record, names: Iterable[str]) -> dict[str, str]:
    found = {name: record.properties.get(name) for name in names}
    return {"id": record.root} | {name: value for name, value in found.items() if value}
