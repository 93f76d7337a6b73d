"""Makes of what differs between two exports the ledgers with which a sandbox begins.

Exports say less than ledgers. What a sandbox needs and they do not have is added to both sides alike, so that it makes
no difference: one line with the total where lines are missing or do not add up to it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from gameday.analysis.line_pairs import NOTHING
from gameday.base.errors import GamedayError
from gameday.model.checker import Case, DeadLetter
from gameday.model.history import History
from gameday.model.scenario import Flow, Scenario
from gameday.model.workload import Account, Catalog, Product
from gameday.reconcile.judging import Finding
from gameday.reconcile.terms import Terms, states_of
from gameday.run.setup import LedgerSnapshot
from gameday_fakes.ledger import Entry, Invoice, Ledger, Line
from gameday_fakes.manifests import of_role

#: So many findings are tried at most; a sandbox of fakes holds no more in a reasonable time.
MOST = 2_000
#: Where the number is in the form of an id.
_PLACE = re.compile(r"\{[^}]*\}")
#: What stands for what an export does not say.
_SKU, _DAY, _CURRENCY = "TOTAL", "2026-01-01", "USD"


class Exported(msgspec.Struct, frozen=True):
    """The case of what differs, what both systems have to know before, and the ledgers with which they begin."""

    case: Case
    catalog: Catalog
    snapshot: LedgerSnapshot
    notes: tuple[str, ...] = ()


def exported_case(
    findings: Sequence[Finding], terms: Terms, flow: Flow, dead_letters: Iterable[DeadLetter] = ()
) -> Exported:
    """The ledgers of these findings. Raises GamedayError for what no sandbox can be made of."""
    contract = terms.contract
    if contract.customer_match and contract.customer_pattern != "{account}":
        raise GamedayError(
            f"the contract names customers by the pattern {contract.customer_pattern!r}, which no sandbox can have",
            hint="gameday repair RUN tries the list of a run",
        )
    vendor = of_role("erp")[flow.erp]
    groups = {finding.repair.deal or finding.orders[0].id: finding for finding in findings}
    deals, orders, notes = list[Entry](), list[Entry](), list[str]()
    for finding in groups.values():
        own = next((deal for deal in finding.deals if deal.state == "won"), next(iter(finding.deals), None))
        documents = [*([own] if own else []), *finding.orders]
        whole = all(_adds_up(document) for document in documents)
        made = [_complete(document, keep_lines=whole) for document in documents]
        deals += made[:1] if own else []
        orders += _known_by(vendor.match_keys, made[1:] if own else made)
    if lacking := [deal.id for deal in deals if not deal.customer]:
        raise GamedayError(
            f"deal {lacking[0]} has no account, and no sandbox has an order without a customer",
            hint="the export of the CRM needs the column of the account",
        )
    if not all(_fits(order, *vendor.sandbox_ids) for order in orders):
        orders = _numbered(orders, *vendor.sandbox_ids)
        notes.append("orders and invoices have numbers of their own in the sandbox")
    case = Case(
        scenario=Scenario("reconcile", flow),
        contract=contract,
        history=History(),
        crm=Ledger(flow.crm, 0.0, tuple(deals), states=_states(terms, "crm")),
        erp=Ledger(flow.erp, 0.0, tuple(orders), states=_states(terms, "erp"), new_customers=()),
        match=contract.match,
        dead_letters=tuple(letter for letter in dead_letters if letter.order in {deal.id for deal in deals}),
    )
    snapshot = LedgerSnapshot(case.crm, _with_customers(case.erp, deals), case.dead_letters)
    return Exported(case, _catalog(deals, orders), snapshot, tuple(notes))


def _known_by(match_keys: Iterable[str], orders: Sequence[Entry]) -> list[Entry]:
    """A deal's orders, the first open one with every key by which a stack may look for it; no other can have the same.

    An export names an order's deal once. A stack that knows its orders by another field would write them again.
    """
    known = next((order for order in orders if order.state == "open"), None)
    if known is None or not known.keys:
        return list(orders)
    reference = next(iter(known.keys.values()))
    keys = dict.fromkeys(match_keys, reference) | known.keys
    return [msgspec.structs.replace(known, keys=keys) if order is known else order for order in orders]


def _states(terms: Terms, side: str) -> tuple[str, ...]:
    return states_of(terms.contract, (*terms.fields, *terms.invoice_fields), side)


def _with_customers(erp: Ledger, deals: Iterable[Entry]) -> Ledger:
    """The ERP's ledger with the customers that no deal has: known by nothing but their id."""
    named = [order.customer for order in erp.entries]
    named += [invoice.customer for order in erp.entries for invoice in order.invoices]
    keys = {key: {"id": key} for key in sorted({*named} - {deal.customer for deal in deals})}
    return msgspec.structs.replace(erp, customers=keys, new_customers=tuple(keys))


def _catalog(deals: Sequence[Entry], orders: Sequence[Entry]) -> Catalog:
    accounts = {deal.customer: deal.currency for deal in deals}
    prices: dict[str, dict[str, Decimal]] = {}
    for entry in (*deals, *orders):
        lines = [*entry.lines, *(line for invoice in entry.invoices for line in invoice.lines)]
        for line in lines:
            prices.setdefault(line.sku, {}).setdefault(entry.currency, line.unit_price)
    return Catalog(
        accounts=tuple(Account(key, key, currency, id=key) for key, currency in accounts.items()),
        products=tuple(Product(sku, sku, price) for sku, price in prices.items()),
    )


def _adds_up(document: Entry) -> bool:
    amounts = [_amount(line) for line in document.lines]
    return bool(amounts) and all(line.sku for line in document.lines) and sum(amounts, NOTHING) == document.total


def _amount(line: Line) -> Decimal:
    """A line's total; of one that does not state it, what follows from the rest."""
    price = line.quantity * line.unit_price
    return line.amount or price - price * (line.discount or NOTHING) / 100


def _one_line(total: Decimal) -> tuple[Line, ...]:
    return (Line(_SKU, Decimal(1), total, total),)


def _complete(document: Entry, *, keep_lines: bool) -> Entry:
    """A document with what the sandbox needs of it; ``keep_lines``: those that it has."""
    lines = tuple(msgspec.structs.replace(line, amount=_amount(line)) for line in document.lines)
    entry = msgspec.structs.replace(
        document,
        currency=document.currency or _CURRENCY,
        date=document.date or _DAY,
        lines=lines if keep_lines else _one_line(document.total),
        fields={},
    )
    return msgspec.structs.replace(entry, invoices=tuple(_invoice(entry, each) for each in document.invoices))


def _invoice(order: Entry, invoice: Invoice) -> Invoice:
    date = invoice.date or order.date
    lines = order.lines if invoice.total == order.total else _one_line(invoice.total)
    return msgspec.structs.replace(
        invoice,
        currency=invoice.currency or order.currency,
        customer=invoice.customer or order.customer,
        date=date,
        period=invoice.period or date[:7],
        lines=lines,
        fields={},
    )


def _fits(order: Entry, order_form: str, invoice_form: str) -> bool:
    """Whether an order and its invoices have ids as the ERP of the sandbox has them."""
    ids = [(order.id, order_form), *((invoice.id, invoice_form) for invoice in order.invoices)]
    return all(re.fullmatch("[0-9]+".join(map(re.escape, _PLACE.split(form))), id_) for id_, form in ids)


def _numbered(orders: Iterable[Entry], order_form: str, invoice_form: str) -> list[Entry]:
    """The same with numbers in their ids: an export may know an order by any text, or by none."""
    found, numbers = list[Entry](), itertools.count(1)
    for order in orders:
        own = order_form.format(next(numbers))
        invoices = [msgspec.structs.replace(each, id=invoice_form.format(next(numbers))) for each in order.invoices]
        found.append(msgspec.structs.replace(order, id=own, invoices=tuple(invoices)))
    return found
