"""Compares an ERP order and its invoice with the deal that was won, in every field that both systems hold.

How each field is compared (exactly, with a tolerance, not at all) is in the contract; ``Contract.rule`` has the
defaults. Pure.
"""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from decimal import Decimal

import msgspec

from gameday.analysis.customer_names import CustomerNames
from gameday.analysis.field_pairs import differing_fields, fields_of, held_pairs, pair_words
from gameday.analysis.held_fields import held_fields
from gameday.analysis.line_pairs import NOTHING, pair_lines, short_products, taxes_left
from gameday.model.contract import COMPARED_FIELDS, LINE_FIELDS, CompareRule, Contract, FieldPair
from gameday_fakes.ledger import Entry, Invoice, Ledger, Line

#: The attribute of a ``Line``, and the words, for each field of a line.
_LINE_FIELDS = {
    "quantity": ("quantity", "quantity"),
    "unitPrice": ("unit_price", "unit price"),
    "discount": ("discount", "discount"),
    "tax": ("tax", "tax"),
    "amount": ("amount", "amount"),
}
_UNSTATED = {
    (True, True): "",
    (True, False): "the ERP does not state it",
    (False, True): "the CRM does not state it",
    (False, False): "neither system states it",
}
#: Fields that many systems do not have; if neither system states one, that is not worth a line in a report.
_OPTIONAL = ("discount", "tax", "subsidiary", "terms")


#: Fields that deals, orders and invoices have under one name, and that are texts.
_SAME_NAMES = frozenset({"date", "currency", "subsidiary", "terms"})


class Difference(msgspec.Struct, frozen=True):
    """One field in which the two systems disagree, with both values; empty if a system has none."""

    field: str
    crm: str
    erp: str


class NotCompared(msgspec.Struct, frozen=True):
    """A field (one of ``COMPARED_FIELDS``, or a further one) that was not compared, and why."""

    field: str
    reason: str

    @property
    def words(self) -> str:
        """The field as people say it: "invoice line unit price"."""
        if self.field not in COMPARED_FIELDS:
            return self.field
        document, _, name = self.field.rpartition(".")
        return f"{document.replace('.', ' ')} {_LINE_FIELDS.get(name, ('', name))[1]}".strip()


class Comparison:
    """Compares the documents of two ledgers by a contract.

    A system that states a field in none of its documents, and does not say that it holds it, has no such field; then
    the field is not compared.
    ``not_compared`` lists such fields and those that the contract ignores, ``compared`` has all others.
    """

    def __init__(self, contract: Contract, crm: Ledger, erp: Ledger) -> None:
        self._contract, self._accounts, self._customers = contract, crm.customers, erp.customers
        self._named = CustomerNames(contract, crm, erp).of
        self._rules = {field: contract.rule(field) for field in COMPARED_FIELDS}
        held = held_fields(crm, erp)
        with_invoices = contract.invoiced or any(entry.invoices for entry in erp.entries)
        pairs = held_pairs(contract.pairs, crm, erp)
        self._pairs = pairs.by_part
        self.not_compared = (
            *_not_compared(self._rules, held, with_invoices=with_invoices),
            *_pairs_not_compared(contract, pairs.missing, with_invoices=with_invoices),
        )
        self.compared = frozenset(
            field for field in COMPARED_FIELDS if all(held[field]) and self._rules[field].compare != "ignored"
        )
        #: What reads the texts that a deal and the document have under one name, and whether customers are compared.
        self._alike_orders = _reader(self.compared & _SAME_NAMES), "customer" in self.compared
        of_invoices = {name for name in _SAME_NAMES if f"invoice.{name}" in self.compared}
        self._alike_invoices = _reader(of_invoices), "invoice.customer" in self.compared
        self._order_lines = self._line_rules("line.")
        self._invoice_lines = self._line_rules("invoice.line.")

    def order(self, deal: Entry, order: Entry) -> list[Difference]:
        """What an order has other than its deal."""
        if not self._pairs and deal.lines == order.lines and self._are_alike(deal, order, order.total):
            return []
        differences = [
            *self._text("date", "date", deal.date, order.date),
            *self._text("customer", "customer", *self._named(deal.customer, order.customer)),
            *self._text("currency", "currency", deal.currency, order.currency),
            *self._text("subsidiary", "subsidiary", deal.subsidiary, order.subsidiary),
            *self._text("terms", "terms", deal.terms, order.terms),
            *self._money("total", "total", deal.total, order.total),
            *self._further("order", "", deal, order),
            *self._of_customer(deal, order),
        ]
        pairs = self._pairs.get("line", ())
        if pairs or deal.lines != order.lines:
            differences += _line_differences(deal.lines, order.lines, self._order_lines, "", pairs)
        return differences

    def invoice(self, deal: Entry, invoice: Invoice) -> list[Difference]:
        """What an invoice has other than its deal; its period is the one of its own date."""
        date = invoice.date or deal.date
        lines = "invoice.lines" in self.compared
        total = invoice.total - invoice.credited
        in_period = date[:7] == invoice.period or "invoice.period" not in self.compared
        same_lines = not lines or deal.lines == invoice.lines
        if not self._pairs and in_period and same_lines and self._are_alike(deal, invoice, total):
            return []
        differences = [
            *self._text("invoice.date", "invoice date", deal.date, invoice.date),
            *self._text("invoice.period", "invoice period", date[:7], invoice.period),
            *self._text("invoice.customer", "invoice customer", *self._named(deal.customer, invoice.customer)),
            *self._text("invoice.currency", "invoice currency", deal.currency, invoice.currency),
            *self._text("invoice.subsidiary", "invoice subsidiary", deal.subsidiary, invoice.subsidiary),
            *self._text("invoice.terms", "invoice terms", deal.terms, invoice.terms),
            *self._money("invoice.total", "invoice total", deal.total, total),
            *self._further("invoice", "invoice ", deal, invoice),
        ]
        pairs = self._pairs.get("invoice.line", ())
        if not lines or (not pairs and same_lines):
            return differences
        if invoice.credited:
            taxed = invoice.credited_tax is not None and "invoice.line.tax" in self.compared
            taxes = self._tax_left(deal, invoice) if taxed else ()
            return [*differences, *self._not_billed(deal, invoice), *taxes]
        return [*differences, *_line_differences(deal.lines, invoice.lines, self._invoice_lines, "invoice ", pairs)]

    def _not_billed(self, deal: Entry, invoice: Invoice) -> Iterator[Difference]:
        """The products of which an invoice with credit memos has less than its deal.

        No ledger says of which lines a credit memo takes back a part of the total. It can take back, and add nothing.
        """
        for sku, sold, billed in short_products(deal.lines, invoice.lines):
            if "invoice.line.amount" in self.compared and not _near(self._rules["invoice.line.amount"], sold, billed):
                yield Difference(f"invoice line {sku} amount", str(sold), str(billed))

    def _tax_left(self, deal: Entry, invoice: Invoice) -> Iterator[Difference]:
        sold, left, rounding = taxes_left(deal, invoice)
        if abs(sold - left) > rounding and not _near(self._rules["invoice.line.tax"], sold, left):
            yield Difference("invoice tax", str(sold), str(left))

    def over_credited(self, invoice: Invoice) -> bool:
        """Whether credit memos took back more of an invoice than it ever came to."""
        credited, total = abs(invoice.credited), abs(invoice.total)
        return credited > total and not _near(self._rules["invoice.total"], total, credited)

    def _are_alike(self, deal: Entry, other: Entry | Invoice, total: Decimal) -> bool:
        """Whether nothing differs that both hold under one name: a cheap look, which nearly every document passes."""
        read, with_customer = self._alike_orders if isinstance(other, Entry) else self._alike_invoices
        return (
            deal.total == total
            and read(deal) == read(other)
            and (not with_customer or operator.eq(*self._named(deal.customer, other.customer)))
        )

    def _further(self, part: str, document: str, deal: Entry, other: Entry | Invoice) -> Iterator[Difference]:
        """The further fields in which a document differs from its deal."""
        if pairs := self._pairs.get(part):
            for pair, crm, erp in differing_fields(pairs, fields_of(deal), fields_of(other)):
                yield Difference(f"{document}{pair.words}", crm, erp)

    def _of_customer(self, deal: Entry, order: Entry) -> Iterator[Difference]:
        """The further fields in which the order's customer differs from the deal's account."""
        account, customer = self._accounts.get(deal.customer, {}), self._customers.get(order.customer, {})
        for pair, crm, erp in differing_fields(self._pairs.get("customer", ()), account, customer):
            yield Difference(f"customer {pair.words}", crm, erp)

    def _text(self, field: str, words: str, crm: str, erp: str) -> Iterator[Difference]:
        if crm != erp and field in self.compared and not _near_date(self._rules[field], crm, erp):
            yield Difference(words, crm, erp)

    def _money(self, field: str, words: str, crm: Decimal, erp: Decimal) -> Iterator[Difference]:
        if field in self.compared and not _near(self._rules[field], crm, erp):
            yield Difference(words, str(crm), str(erp))

    def _line_rules(self, prefix: str) -> dict[str, CompareRule]:
        return {name: self._rules[prefix + name] for name in LINE_FIELDS if prefix + name in self.compared}


def _reader(names: Collection[str]) -> Callable[[Entry | Invoice], object]:
    """Reads fields of a document; without names nothing."""
    return operator.attrgetter(*names) if names else lambda _: None


def _near(rule: CompareRule, crm: Decimal, erp: Decimal) -> bool:
    """Whether two numbers count as equal."""
    return crm == erp or abs(crm - erp) <= max(rule.amount, rule.share * abs(crm))


def _near_date(rule: CompareRule, crm: str, erp: str) -> bool:
    """Whether two different texts are dates that count as equal."""
    if not rule.days:
        return False
    try:
        return abs(datetime.date.fromisoformat(crm) - datetime.date.fromisoformat(erp)).days <= rule.days
    except ValueError:
        return False


# -- lines -------------------------------------------------------------------------------------------


def _line_differences(
    sold: Sequence[Line],
    booked: Sequence[Line],
    rules: dict[str, CompareRule],
    document: str,
    further: Sequence[FieldPair] = (),
) -> Iterator[Difference]:
    """What differs line by line; ``document`` precedes the words for each field."""

    def differing(a: Line, b: Line) -> list[tuple[str, str, str]]:
        found = [
            (_LINE_FIELDS[name][1], str(_value(a, name)), str(_value(b, name)))
            for name, rule in rules.items()
            if not _near(rule, _value(a, name), _value(b, name))
        ]
        if further:
            pairs = differing_fields(further, fields_of(a), fields_of(b))
            found += [(pair.words, ours, theirs) for pair, ours, theirs in pairs]
        return found

    crm, erp = _by_sku(sold), _by_sku(booked)
    for sku in sorted({*crm, *erp}):
        ours, theirs = crm.get(sku, []), erp.get(sku, [])
        if len(ours) != len(theirs):
            yield Difference(f"{document}line {sku}", *(str(len(side)) if side else "" for side in (ours, theirs)))
        pairs = pair_lines(ours, theirs, lambda a, b: len(differing(a, b)))
        for a, b in sorted(pairs, key=lambda pair: _place(pair[0])):
            # A product that is sold in several lines needs more than its SKU to say which line it is.
            which = sku if len(ours) == 1 else f"{sku} ({a.quantity} at {a.unit_price})"
            for words, of_deal, of_document in differing(a, b):
                yield Difference(f"{document}line {which} {words}", of_deal, of_document)


def _value(line: Line, name: str) -> Decimal:
    value: Decimal | None = getattr(line, _LINE_FIELDS[name][0])
    return NOTHING if value is None else value


def _place(line: Line) -> tuple[Decimal, ...]:
    return line.quantity, line.unit_price, line.amount


def _by_sku(lines: Sequence[Line]) -> dict[str, list[Line]]:
    by_sku: dict[str, list[Line]] = {}
    for line in lines:
        by_sku.setdefault(line.sku, []).append(line)
    return by_sku


# -- what is not compared ----------------------------------------------------------------------------


def _not_compared(
    rules: dict[str, CompareRule], held: dict[str, tuple[bool, bool]], *, with_invoices: bool
) -> Iterator[NotCompared]:
    """The fields that are not compared although one of the systems may hold them; ``held`` is by CRM and ERP."""
    for field in COMPARED_FIELDS:
        if field.startswith("invoice.") and not with_invoices:
            continue
        if rules[field].compare == "ignored":
            yield NotCompared(field, f"ignored by the contract: {rules[field].reason}")
        elif field.startswith("invoice.line.") and (
            rules["invoice.lines"].compare == "ignored" or not held["invoice.lines"][1]
        ):
            continue
        elif (reason := _UNSTATED[held[field]]) and (any(held[field]) or field.rpartition(".")[2] not in _OPTIONAL):
            yield NotCompared(field, reason)


def _pairs_not_compared(
    contract: Contract, missing: Iterable[tuple[FieldPair, tuple[bool, bool]]], *, with_invoices: bool
) -> Iterator[NotCompared]:
    """The further fields that are not compared: ignored, not held by a system, or in one contract only."""
    for pair in contract.pairs:
        if pair.rule.compare == "ignored":
            yield NotCompared(pair_words(pair), f"ignored by the contract: {pair.rule.reason}")
    for pair, held in missing:
        if with_invoices or not pair.part.startswith("invoice"):
            yield NotCompared(pair_words(pair), _UNSTATED[held])
    for each in contract.unmapped:
        yield NotCompared(f"field {each.field}", each.reason)
