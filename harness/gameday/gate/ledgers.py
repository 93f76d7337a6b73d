"""Compares two ERP ledgers field by field, by business key: the candidate's orders against the current stack's.

The systems of each run assign their own ids, so ids are first replaced by business keys: that of the record from which
the deal was made. Ids, currency, status and quantities must be equal; amounts may differ by the
contract's tolerance. A field in which two runs of the current stack differ from each other is noise.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from gameday.analysis.field_pairs import is_same
from gameday.analysis.line_pairs import pair_lines
from gameday.gate.ignore import IgnoreList
from gameday.model.contract import FieldPair
from gameday_fakes.ledger import Entry, Ledger, Line
from gameday_fakes.manifests import known_id

#: How many times as often as the current stack differs from itself the candidate may differ in a noisy field.
NOISE_FACTOR = 2
#: A missing record is never noise: a sync that loses an order now and then is nothing to compare with.
STRUCTURE = ("order", "line", "invoice")
ABSENT = ""
#: What precedes a field of the customer among an order's further fields.
_OF_CUSTOMER = "customer."


class OrdersByKey(msgspec.Struct, frozen=True):
    """A run's ERP orders by the business key of their deal, and the open ones without a deal; ids are business keys.

    ``pairs`` are the further fields by which they are compared.
    """

    orders: dict[str, tuple[Entry, ...]]
    orphans: tuple[Entry, ...] = ()
    pairs: tuple[FieldPair, ...] = ()


class Rules(NamedTuple):
    """By how much amounts may differ, and how further fields are compared: each with its name in both ledgers."""

    tolerance: Decimal
    fields: tuple[tuple[FieldPair, str, str], ...]


class Delta(msgspec.Struct, frozen=True):
    """One difference of an order: its path (gameday.gate.ignore.PATHS), its line, and both values."""

    key: str
    path: str
    current: str
    candidate: str
    line: str = ""


class LedgerComparison(msgspec.Struct, frozen=True):
    """The differences that count; ``noise`` and ``ignored`` are counts by path."""

    deltas: tuple[Delta, ...]
    noise: dict[str, int]
    ignored: dict[str, int]
    compared: int


def orders_by_key(
    crm: Ledger,
    erp: Ledger,
    match: str,
    names: Collection[str],
    *,
    referred: Callable[[str], str] = str,
    pairs: Sequence[FieldPair] = (),
) -> OrdersByKey:
    """The ERP's orders by the business key of their deal.

    ``match`` is the ERP's field that holds the deal's id, which ``referred`` reads from it. ``names`` are the
    references that the stack writes, which are those of the contract; the ERP's own numbers depend on the order of
    arrival. ``pairs`` are the further fields that are compared. A cancelled order counts only if it is the only one of
    its deal.
    """
    of_customers = [pair.erp for pair in pairs if pair.part == "customer"]
    keys = {deal.id: deal.keys.get("key", deal.id) for deal in crm.entries}
    customers = {deal.id: deal.customer for deal in crm.entries}
    orders: dict[str, list[Entry]] = {key: [] for key in keys.values()}
    orphans = []
    others = {order.id for order in erp.others}
    for order in erp.entries:
        if order.id in others:
            continue
        deal = known_id(referred(order.keys.get(match, "")), keys)
        if not deal:
            orphans.extend([order] if order.is_owed else [])
            continue
        # An id means nothing in another run; what is compared is that it refers to this deal, and this customer.
        named = {
            name: keys.get(known_id(referred(value), keys), value)
            for name, value in order.keys.items()
            if name in (match, *names)
        }
        customer = "the deal's" if order.customer == customers[deal] else order.customer
        # Of the customer's further fields only those that the ledger states are there.
        own = {f"{_OF_CUSTOMER}{name}": erp.customers.get(order.customer, {}).get(name, "") for name in of_customers}
        fields = {**order.fields, **own}
        counted = msgspec.structs.replace(order, keys=named, customer=customer, fields=fields)
        orders[keys[deal]].append(counted)
    return OrdersByKey({key: tuple(_counted(ours)) for key, ours in orders.items()}, tuple(orphans), tuple(pairs))


def _counted(orders: Sequence[Entry]) -> Sequence[Entry]:
    return [order for order in orders if order.state == "open"] or orders[-1:]


def compare(
    current: OrdersByKey,
    candidate: OrdersByKey,
    tolerance: Decimal,
    *,
    again: OrdersByKey | None = None,
    ignore: IgnoreList,
) -> LedgerComparison:
    """The differences, without noise (``again`` is the current stack's second run) and ignored ones; pure."""
    rules = Rules(tolerance, tuple(_in_both(current.pairs, candidate.pairs)))
    all_deltas = list(_deltas(current, candidate, rules))
    steady = Rules(tolerance, tuple((pair, name, name) for pair, name, _ in rules.fields))
    unsteady = list(_deltas(current, again, steady)) if again is not None else []
    noisy = _noise(all_deltas, unsteady)
    deltas, noise, ignored = [], dict.fromkeys(sorted({delta.path for delta in unsteady}), 0), dict[str, int]()
    for delta in unsteady:
        noise[delta.path] += 1
    for delta in all_deltas:
        if (delta.key, delta.path) in noisy:
            continue
        if ignore.find(delta.path) is not None:
            ignored[delta.path] = ignored.get(delta.path, 0) + 1
        else:
            deltas.append(delta)
    return LedgerComparison(tuple(deltas), noise, ignored, len(current.orders))


def _in_both(ours: Sequence[FieldPair], theirs: Sequence[FieldPair]) -> Iterator[tuple[FieldPair, str, str]]:
    """The pairs of both contracts that are compared, each with its name in both ERPs: one of them may be renamed."""
    by_erp = {(pair.part, pair.erp): pair.erp for pair in ours}
    by_crm = {(pair.part, pair.crm): pair.erp for pair in ours}
    for pair in theirs:
        name = by_erp.get((pair.part, pair.erp)) or by_crm.get((pair.part, pair.crm))
        if name and pair.rule.compare != "ignored":
            yield pair, name, pair.erp


def _noise(raw: Sequence[Delta], unsteady: Sequence[Delta]) -> set[tuple[str, str]]:
    """The noise, by order and path: where the current stack differed from itself, and the other differences of the
    same field, if the candidate does not differ in it much more often."""
    noisy = {(delta.key, delta.path) for delta in unsteady}
    for path in {delta.path for delta in unsteady} - set(STRUCTURE):
        orders = {delta.key for delta in raw if delta.path == path}
        if len(orders) <= NOISE_FACTOR * sum(1 for _, known in noisy if known == path):
            noisy |= {(key, path) for key in orders}
    return noisy


def _deltas(current: OrdersByKey, candidate: OrdersByKey, rules: Rules) -> Iterator[Delta]:
    for key in sorted({*current.orders, *candidate.orders}):
        yield from _of_order(key, current.orders.get(key, ()), candidate.orders.get(key, ()), rules)
    if len(current.orphans) != len(candidate.orphans):
        yield Delta("", "order.key", str(len(current.orphans)), str(len(candidate.orphans)))


def _of_order(key: str, ours: Sequence[Entry], theirs: Sequence[Entry], rules: Rules) -> Iterator[Delta]:
    if len(ours) != len(theirs):
        yield Delta(key, "order", str(len(ours)), str(len(theirs)))
    for a, b in zip(ours[:1], theirs[:1], strict=False):
        for name in sorted({*a.keys, *b.keys}):
            if a.keys.get(name) != b.keys.get(name):
                yield Delta(key, "order.key", a.keys.get(name, ABSENT), b.keys.get(name, ABSENT), name)
        for path, mine, other in (
            ("order.customer", a.customer, b.customer),
            ("order.currency", a.currency, b.currency),
            ("order.status", a.state, b.state),
            ("order.date", a.date, b.date),
        ):
            if mine != other:
                yield Delta(key, path, mine, other)
        if abs(a.total - b.total) > rules.tolerance:
            yield Delta(key, "order.total", str(a.total), str(b.total))
        yield from _of_fields(key, "order", a.fields, b.fields, rules)
        yield from _of_lines(key, a.lines, b.lines, rules)
        yield from _of_invoices(key, a, b, rules)


def _of_fields(
    key: str, part: str, ours: Mapping[str, str], theirs: Mapping[str, str], rules: Rules
) -> Iterator[Delta]:
    """The further fields in which two documents differ."""
    for path, mine, other in _further(part, ours, theirs, rules):
        yield Delta(key, path, mine, other)


def _further(
    part: str, ours: Mapping[str, str], theirs: Mapping[str, str], rules: Rules
) -> Iterator[tuple[str, str, str]]:
    """The further fields in which two documents or lines differ: the path, and both values."""
    for pair, our_name, their_name in rules.fields:
        of_customer = pair.part == "customer" and part == "order"
        if pair.part != part and not of_customer:
            continue
        prefix = _OF_CUSTOMER if of_customer else ""
        mine, other = ours.get(f"{prefix}{our_name}", ABSENT), theirs.get(f"{prefix}{their_name}", ABSENT)
        if not is_same(pair, mine, other):
            yield f"{pair.part}.field.{pair.erp}", mine, other


def _of_lines(key: str, ours: Sequence[Line], theirs: Sequence[Line], rules: Rules) -> Iterator[Delta]:
    mine, others = _by_sku(ours), _by_sku(theirs)
    for sku in sorted({*mine, *others}):
        a_lines, b_lines = mine.get(sku, []), others.get(sku, [])
        if len(a_lines) != len(b_lines):
            count, other_count = (str(len(lines)) if lines else ABSENT for lines in (a_lines, b_lines))
            yield Delta(key, "line", count, other_count, sku)
        for a, b in pair_lines(a_lines, b_lines, lambda a, b: sum(1 for _ in _of_line(a, b, rules))):
            for name, value, other in _of_line(a, b, rules):
                yield Delta(key, f"line.{name}", str(value), str(other), sku)


def _of_line(a: Line, b: Line, rules: Rules) -> Iterator[tuple[str, Decimal | str | None, Decimal | str | None]]:
    """What differs between two lines of one product: the last part of the path, and both values."""
    if a == b:
        return
    for name, value, other in (
        ("quantity", a.quantity, b.quantity),
        ("price", a.unit_price, b.unit_price),
        ("discount", a.discount, b.discount),
        ("tax", a.tax, b.tax),
    ):
        if value != other:
            yield name, value, other
    if abs(a.amount - b.amount) > rules.tolerance:
        yield "amount", a.amount, b.amount
    for path, ours, theirs in _further("line", dict(a.fields), dict(b.fields), rules):
        yield path.removeprefix("line."), ours, theirs


def _by_sku(lines: Sequence[Line]) -> Mapping[str, list[Line]]:
    by_sku: dict[str, list[Line]] = {}
    for line in lines:
        by_sku.setdefault(line.sku, []).append(line)
    return by_sku


def _of_invoices(key: str, a: Entry, b: Entry, rules: Rules) -> Iterator[Delta]:
    if len(a.invoices) != len(b.invoices):
        yield Delta(key, "invoice", str(len(a.invoices)), str(len(b.invoices)))
    for mine, other in zip(a.invoices[:1], b.invoices[:1], strict=False):
        for path, ours, theirs in (
            ("invoice.currency", mine.currency, other.currency),
            ("invoice.date", mine.date, other.date),
            ("invoice.period", mine.period, other.period),
        ):
            if ours != theirs:
                yield Delta(key, path, ours, theirs)
        if abs(mine.total - other.total) > rules.tolerance:
            yield Delta(key, "invoice.total", str(mine.total), str(other.total))
        yield from _of_fields(key, "invoice", mine.fields, other.fields, rules)
