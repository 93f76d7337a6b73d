"""What can be compared of two exports: the contract, less the fields that one of them does not have. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from gameday.analysis.differences import NotCompared
from gameday.base.errors import GamedayError
from gameday.contracts.compared_columns import SKU
from gameday.model.contract import COMPARED_FIELDS, CompareRule, Contract
from gameday.reconcile.layout import Layout
from gameday.records.names import names_shown

_SYSTEMS = {"crm": "the CRM's export", "erp": "the ERP's export"}
#: Fields that many systems do not have; where neither export has one, that is not worth a line.
_OPTIONAL = ("line.discount", "line.tax", "subsidiary", "terms")


class Export(msgspec.Struct, frozen=True):
    """A file of one side, how it is read, and the columns of the contract that it has."""

    path: Path
    layout: Layout
    there: frozenset[str]

    def has(self, field: str) -> bool:
        """Whether it has a compared field."""
        column = self.layout.total if field == "total" else self.layout.columns.get(field)
        if field.startswith("invoice.") and self.layout.invoices is not None:
            column = self.layout.invoices.columns.get(field.removeprefix("invoice."))
        return column is not None and column.name in self.there

    @property
    def has_invoices(self) -> bool:
        """Whether its orders say which invoices they have."""
        return self.layout.invoices is not None and self.layout.invoices.element in self.there


class Terms(msgspec.Struct, frozen=True):
    """By what the documents of two exports are compared.

    ``contract`` ignores what cannot be compared; ``not_compared`` says what that is, and why. ``fields`` are the
    compared fields of both sides, ``invoice_fields`` those of invoices. ``lines`` says whether the lines are compared,
    ``invoices`` whether the invoices are, and ``invoice_lines`` whether their lines are.
    """

    contract: Contract
    fields: tuple[str, ...]
    lines: bool
    not_compared: tuple[NotCompared, ...]
    invoices: bool = False
    invoice_lines: bool = False
    invoice_fields: tuple[str, ...] = ()


def terms_of(contract: Contract, crm: Export, erp: Export) -> Terms:
    """The terms for two exports. Raises GamedayError for one without the column of the ids, or of the totals."""
    for export in (crm, erp):
        _check(export)
    lines = crm.has(SKU) and erp.has(SKU)
    rules, fields, left_out = dict(contract.rules), [], list[NotCompared]()
    for field in COMPARED_FIELDS:
        if field.startswith("invoice."):
            continue
        rule = contract.rule(field)
        if rule.compare == "ignored":
            left_out.append(NotCompared(field, f"ignored by the contract: {rule.reason}"))
        elif reason := _missing(field, crm, erp, lines=lines):
            rules[field] = CompareRule("ignored", reason=reason)
            if not (field in _OPTIONAL and not crm.has(field) and not erp.has(field)) and (lines or "." not in field):
                left_out.append(NotCompared(field, reason))
        else:
            fields.append(field)
    left_out += [] if lines else [NotCompared("lines", _lacks(SKU, crm, erp))]
    invoice_lines = lines and erp.has(f"invoice.{SKU}") and contract.rule("invoice.lines").compare != "ignored"
    of_invoices = _InvoiceTerms(contract, crm, erp, lines=invoice_lines)
    if erp.has_invoices:
        rules |= of_invoices.rules
        left_out += of_invoices.not_compared
    elif contract.invoiced:
        why = "the ERP's export has none" if erp.layout.invoices else "the contract has no total of an invoice"
        left_out.append(NotCompared("invoices", why))
    pairs = []
    for pair in contract.pairs:
        ignored = f"ignored by the contract: {pair.rule.reason}" if pair.rule.compare == "ignored" else ""
        reason = ignored or _missing_pair(pair.part, pair.crm, pair.erp, crm, erp, lines=lines)
        if reason:
            left_out.append(NotCompared(pair.words, reason))
        else:
            pairs.append(pair)
    left_out += [NotCompared(f"field {each.field}", each.reason) for each in contract.unmapped]
    invoiced = contract.invoiced and erp.has_invoices
    changed = msgspec.structs.replace(contract, rules=rules, invoiced=invoiced, pairs=tuple(pairs))
    compared = of_invoices.fields if erp.has_invoices else ()
    return Terms(changed, tuple(fields), lines, tuple(left_out), erp.has_invoices, invoice_lines, tuple(compared))


class _InvoiceTerms:
    """By what invoices are compared, where the ERP's export has them."""

    def __init__(self, contract: Contract, crm: Export, erp: Export, *, lines: bool) -> None:
        self.rules: dict[str, CompareRule] = {}
        self.fields: list[str] = []
        self.not_compared: list[NotCompared] = []
        for field in COMPARED_FIELDS:
            if not field.startswith("invoice."):
                continue
            name, rule = field.removeprefix("invoice."), contract.rule(field)
            reason = self._missing(name, crm, erp, lines=lines)
            if rule.compare == "ignored":
                self.not_compared.append(NotCompared(field, f"ignored by the contract: {rule.reason}"))
            elif not reason:
                self.fields.append(field)
            else:
                self.rules[field] = CompareRule("ignored", reason=reason)
                optional = name in _OPTIONAL and not crm.has(name) and not erp.has(field)
                if not optional and not (name.startswith("line.") and not lines):
                    self.not_compared.append(NotCompared(field, reason))

    def _missing(self, name: str, crm: Export, erp: Export, *, lines: bool) -> str:
        """Why a field cannot be compared; empty if it can."""
        if name == "lines" or name.startswith("line."):
            if not lines:
                return _lacks(SKU, crm, erp) or "the invoices of the ERP's export have no lines"
            return "" if name == "lines" else _lacks(name, crm, erp, "invoice.")
        if name == "period":
            # It is compared with the invoice's own date.
            return "" if erp.has("invoice.period") else "the invoices of the ERP's export have no such column"
        return _lacks(name, crm, erp, "invoice.") or (_unnamed(crm) if name == "customer" else "")


def _check(export: Export) -> None:
    for name, what in ((export.layout.reference.name, "the deal's id"), (_total(export), "the total")):
        if name not in export.there:
            own = name.partition(".")[2]
            known = names_shown(sorted(each.partition(".")[2] for each in export.there))
            raise GamedayError(
                f"{export.path} has no column {own} with {what}; of the contract it has {known or 'none'}",
                hint="name the column as the contract names the field",
            )


def _total(export: Export) -> str:
    column = export.layout.total
    if column is None:
        problem = f"the {export.layout.side}.yaml of the contract has no field for the total, nor for that of a line"
        raise GamedayError(problem, hint="see comparedField")
    return column.name


def _missing(field: str, crm: Export, erp: Export, *, lines: bool) -> str:
    """Why a field cannot be compared; empty if it can."""
    if field.startswith("line.") and not lines:
        return _lacks(SKU, crm, erp)
    if reason := _lacks(field, crm, erp):
        return reason
    return _unnamed(crm) if field == "customer" else ""


def _unnamed(crm: Export) -> str:
    """Why customers cannot be compared: what the contract names them by is not there."""
    lacking = [name for name, column in crm.layout.account.items() if column.name not in crm.there]
    return "".join(f"the CRM's export has no Account.{name}, by which the contract names it" for name in lacking)


def _lacks(field: str, crm: Export, erp: Export, document: str = "") -> str:
    """Which of two exports does not have a field; ``document`` comes before its name in the ERP."""
    lacking = [] if crm.has(field) else [_SYSTEMS["crm"]]
    lacking += [] if erp.has(f"{document}{field}") else [_SYSTEMS["erp"]]
    return f"{' and '.join(lacking)} {'have' if len(lacking) > 1 else 'has'} no such column" if lacking else ""


def _missing_pair(part: str, ours: str, theirs: str, crm: Export, erp: Export, *, lines: bool) -> str:
    if part == "customer" or (part.startswith("invoice") and not erp.has_invoices):
        return f"the exports have no {part.replace('.', ' ')}s"
    if part.endswith("line") and not lines:
        return _lacks(SKU, crm, erp)
    lacking = [*_lacking(crm, part, ours), *_lacking(erp, part, theirs)]
    return f"{' and '.join(lacking)} {'have' if len(lacking) > 1 else 'has'} no such column" if lacking else ""


def _lacking(export: Export, part: str, name: str) -> Iterator[str]:
    layout = export.layout
    of_invoice = layout.invoices if part.startswith("invoice") and layout.side == "erp" else None
    column = (layout if of_invoice is None else of_invoice).further.get((part, name))
    if column is None or column.name not in export.there:
        yield _SYSTEMS[export.layout.side]


def states_of(contract: Contract, fields: Collection[str], side: str) -> tuple[str, ...]:
    """What a ledger of these exports states, so that each part of it is compared by the same fields as the whole."""
    further = [
        f"fields.{'line.' if pair.part.endswith('line') else ''}{pair.crm}"
        if side == "crm"
        else f"fields.{'' if pair.part == 'order' else f'{pair.part}.'}{pair.erp}"
        for pair in contract.pairs
    ]
    return (*fields, *further)
