"""Turns differences between ledgers into violations: one for each kind, with its orders and a few examples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation

from gameday.analysis.differences import Difference
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.base.counts import out_of
from gameday.base.violation import Violation
from gameday.gate.contracts import LocatedContract, SchemaChange
from gameday.gate.ignore import PATHS
from gameday.gate.ledgers import Delta
from gameday.model.checker import Case, DeadLetter
from gameday.records.personal import Looks

#: How many orders a message shows; the violation lists all of them.
EXAMPLES = 3
_LEAST_PART = Decimal("0.01")
REDACTED = "[not shown]"

#: By path: the names of the ERP contract's field, its own or the vendor's; none where a whole record is meant.
_FIELDS: dict[str, tuple[str, ...]] = {
    "order.customer": ("customer", "entity"),
    "order.currency": ("currency",),
    "order.status": ("status", "orderStatus"),
    "order.date": ("date", "tranDate"),
    "order.total": ("total",),
    "line": ("sku",),
    "line.quantity": ("quantity",),
    "line.price": ("rate", "unitPrice"),
    "line.discount": ("discount",),
    "line.tax": ("tax",),
    "line.amount": ("amount",),
    "invoice.currency": ("currency",),
    "invoice.total": ("total",),
    "invoice.date": ("date", "tranDate"),
    "invoice.period": ("period", "postingPeriod"),
    "invoice.customer": ("customer", "entity"),
    "invoice.line": ("sku",),
    "invoice.line.quantity": ("quantity",),
    "invoice.line.price": ("rate", "unitPrice"),
    "invoice.line.discount": ("discount",),
    "invoice.line.tax": ("tax",),
    "invoice.line.amount": ("amount",),
}
_COUNTS = ("order", "line", "invoice", "invoice.line")
_AMOUNTS = ("order.total", "line.amount", "invoice.total", "invoice.line.amount")
#: The paths that concern the owner of the role finance too.
_FINANCE = (
    *("order.total", "order.currency", "line.amount", "line.quantity", "line.price", "line.discount", "line.tax"),
    *(path for path in PATHS if path.startswith("invoice")),
)
#: Their values are set by the comparison and not by the records.
_OWN_WORDS = ("order.status",)
_LINE = re.compile(
    r"(?P<invoice>invoice )?line (?P<sku>.*?)(?: \(\S+ at \S+\))?"
    r"(?: (?P<what>quantity|unit price|discount|tax|amount|field \S+ / \S+))?\Z"
)
_FURTHER = re.compile(r"(?:(?P<part>invoice|customer) )?field \S+ / (?P<name>\S+)\Z")
_VALUES = re.compile(r"'[^']*'|\"[^\"]*\"|\d[\d.,]*")


def violations_of(
    deltas: Iterable[Delta],
    contract: LocatedContract,
    *,
    compared: int,
    sides: tuple[str, str],
    changes: Sequence[SchemaChange] = (),
    reasons: Sequence[str] = (),
    exact: bool = False,
) -> tuple[Violation, ...]:
    """One violation for each rule, sorted by rule; ``sides`` are the names of the two ledgers.

    ``changes`` are the schema changes that may be the cause; ``reasons`` the stack's reasons for what it has parked.
    ``exact``: amounts are pseudonyms, so by how much they differ may be shown to the cent.
    """
    grouped: dict[str, list[Delta]] = {}
    for delta in deltas:
        grouped.setdefault(rule_of(delta), []).append(delta)
    return tuple(
        _violation(rule, found, contract, compared, sides, changes, reasons, exact)
        for rule, found in sorted(grouped.items())
    )


def rule_of(delta: Delta) -> str:
    """The rule of a violation for a difference: ``replay.<path>-<what>``."""
    what = "differs"
    if delta.path in _COUNTS:
        ours, theirs = (int(value or 0) for value in (delta.current, delta.candidate))
        what = "missing" if theirs < ours else "duplicated" if delta.path == "order" and ours else "unexpected"
    return f"replay.{delta.path.replace('.', '-')}-{what}"


def _violation(
    rule: str,
    deltas: Sequence[Delta],
    contract: LocatedContract,
    compared: int,
    sides: tuple[str, str],
    changes: Sequence[SchemaChange],
    reasons: Sequence[str],
    exact: bool,
) -> Violation:
    path = deltas[0].path
    names = _FIELDS.get(path) or ((deltas[0].line,) if path == "order.key" and deltas[0].line else ())
    if ".field." in path:
        names = (path.partition(".field.")[2],)
    place = contract.place("erp", *names)
    shown = (place.shown and not _looks_personal(deltas)) or path in _OWN_WORDS or not deltas[0].key
    orders = tuple(dict.fromkeys(delta.key for delta in deltas if delta.key))
    examples = "; ".join(_example(delta, sides, shown, exact) for delta in deltas[:EXAMPLES])
    message = f"{_words(rule)} in {out_of(len(orders), compared, 'order')}: {examples}"
    if rule == "replay.order-missing":
        message += "".join(f"; the stack's reason: {reason}" for reason in reasons[:EXAMPLES])
    if changes and path != "order.date":
        place = changes[0].place
        message += f"; the contract {' and '.join(change.words for change in changes[:EXAMPLES])}"
    roles = ("sync", "sink", *(("finance",) if path in _FINANCE else ()))
    owners = tuple(dict.fromkeys(o for role in roles if (o := contract.contract.owners.get(role))))
    return Violation(rule, "error", message, place.path, place.line, orders, owners)


def _looks_personal(deltas: Sequence[Delta]) -> bool:
    """Whether values of a field that every reader may see look personal all the same: a stack writes what it likes."""
    looks = Looks(deltas[0].path)
    for delta in deltas:
        for value in (delta.current, delta.candidate):
            looks.add(value)
    return bool(looks.found())


def _words(rule: str) -> str:
    return rule.removeprefix("replay.").replace("-", " ")


def _example(delta: Delta, sides: tuple[str, str], shown: bool, exact: bool) -> str:
    where = f"{delta.key}{f' {delta.line}' if delta.line else ''}"
    if delta.path in _COUNTS:
        return f"{where} ({sides[0]} has {delta.current or 0}, {sides[1]} {delta.candidate or 0})"
    if shown:
        return f"{where} ({sides[0]} {delta.current!r}, {sides[1]} {delta.candidate!r})"
    return f"{where} ({sides[1]} {_by_how_much(delta, exact) or REDACTED})"


def _by_how_much(delta: Delta, exact: bool) -> str:
    """By which part two amounts differ: that shows what went wrong, but not how much money it is.

    Where they are pseudonyms, by how much to the cent: that is nobody's money.
    """
    if delta.path not in _AMOUNTS:
        return ""
    try:
        ours, theirs = Decimal(delta.current), Decimal(delta.candidate)
    except InvalidOperation:
        return ""
    if not ours or not theirs:
        return "nothing" if not theirs else "something"
    if exact:
        return f"{abs(theirs - ours):f} {'less' if theirs < ours else 'more'}"
    part = abs(theirs - ours) / ours * 100
    about = "under" if part < _LEAST_PART else "about"
    return f"{about} {max(part, _LEAST_PART):.2f}% {'less' if theirs < ours else 'more'}"


def deltas_to_crm(case: Case) -> Iterator[Delta]:
    """The differences between the ERP's ledger and the CRM's, by business key."""
    reconciled = reconcile(case)
    for outcome in reconciled.outcomes:
        if outcome.unreconciled:
            for difference in outcome.differences or (Difference("orders", "1", "0"),):
                yield _delta(outcome, difference)
    for orphan in reconciled.orphans:
        yield Delta(orphan.id, "order", "0", "1")


def _delta(outcome: OrderOutcome, difference: Difference) -> Delta:
    key, field = outcome.key or outcome.deal, difference.field
    ours, theirs = difference.crm, difference.erp
    if field == "orders":
        return Delta(key, "order", ours, theirs)
    if field == "state":
        return Delta(key, "order.status", ours, theirs)
    if field == "invoices":
        return Delta(key, "invoice", ours, theirs)
    if field == "invoice":
        return Delta(key, "invoice", *(("1", "0") if not theirs else ("0", "1")))
    if further := _FURTHER.match(field):
        return Delta(key, f"{further['part'] or 'order'}.field.{further['name']}", ours, theirs)
    if line := _LINE.match(field):
        path = f"{'invoice.' if line['invoice'] else ''}line"
        if line["what"] and line["what"].startswith("field "):
            return Delta(key, f"{path}.field.{line['what'].rpartition(' / ')[2]}", ours, theirs, line["sku"])
        what = {"unit price": "price"}.get(line["what"], line["what"])
        return Delta(key, f"{path}.{what}" if what else path, ours, theirs, line["sku"])
    document, _, name = field.rpartition(" ")
    return Delta(key, f"{document or 'order'}.{name}", ours, theirs)


def reasons_of(letters: Iterable[DeadLetter]) -> list[str]:
    """A stack's reasons for what it has parked, the most frequent first, without the values that they may quote."""
    counts: dict[str, int] = {}
    for letter in letters:
        reason = _VALUES.sub("…", " ".join(letter.reason.split()))[:160]
        counts[reason] = counts.get(reason, 0) + 1
    return [f"{reason or 'no reason'} ({n:,} parked)" for reason, n in sorted(counts.items(), key=lambda e: -e[1])]
