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
        column = self.layout.columns.get(field)
        return column is not None and column.name in self.there


class Terms(msgspec.Struct, frozen=True):
    """By what the documents of two exports are compared.

    ``contract`` ignores what cannot be compared; ``not_compared`` says what that is, and why. ``fields`` are the
    compared fields of both sides. ``lines`` says whether the lines are compared.
    """

    contract: Contract
    fields: tuple[str, ...]
    lines: bool
    not_compared: tuple[NotCompared, ...]


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
    if not lines:
        left_out.append(NotCompared("lines", _lacks(SKU, crm, erp)))
    if contract.invoiced:
        left_out.append(NotCompared("invoices", "exports of deals and orders have none"))
    pairs = []
    for pair in contract.pairs:
        reason = f"ignored by the contract: {pair.rule.reason}" if pair.rule.compare == "ignored" else ""
        reason = reason or _missing_pair(pair.part, pair.crm, pair.erp, crm, erp, lines=lines)
        if reason:
            left_out.append(NotCompared(pair.words, reason))
        else:
            pairs.append(pair)
    left_out += [NotCompared(f"field {each.field}", each.reason) for each in contract.unmapped]
    changed = msgspec.structs.replace(contract, rules=rules, invoiced=False, pairs=tuple(pairs))
    return Terms(changed, tuple(fields), lines, tuple(left_out))


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
    column = export.layout.columns.get("total")
    if column is None:
        side = export.layout.side
        raise GamedayError(f"the {side}.yaml of the contract has no field for the total", hint="see comparedField")
    return column.name


def _missing(field: str, crm: Export, erp: Export, *, lines: bool) -> str:
    """Why a field cannot be compared; empty if it can."""
    if field.startswith("line.") and not lines:
        return _lacks(SKU, crm, erp)
    if reason := _lacks(field, crm, erp):
        return reason
    if field == "customer":
        lacking = [name for name, column in crm.layout.account.items() if column.name not in crm.there]
        return "".join(f"the CRM's export has no Account.{name}, by which the contract names it" for name in lacking)
    return ""


def _lacks(field: str, crm: Export, erp: Export) -> str:
    lacking = [_SYSTEMS[export.layout.side] for export in (crm, erp) if not export.has(field)]
    return f"{' and '.join(lacking)} {'have' if len(lacking) > 1 else 'has'} no such column" if lacking else ""


def _missing_pair(part: str, ours: str, theirs: str, crm: Export, erp: Export, *, lines: bool) -> str:
    if part not in ("order", "line"):
        return f"exports of deals and orders have no {part.replace('.', ' ')}s"
    if part == "line" and not lines:
        return _lacks(SKU, crm, erp)
    lacking = [*_lacking(crm, part, ours), *_lacking(erp, part, theirs)]
    return f"{' and '.join(lacking)} {'have' if len(lacking) > 1 else 'has'} no such column" if lacking else ""


def _lacking(export: Export, part: str, name: str) -> Iterator[str]:
    column = export.layout.further.get((part, name))
    if column is None or column.name not in export.there:
        yield _SYSTEMS[export.layout.side]


def states_of(contract: Contract, fields: Collection[str], side: str) -> tuple[str, ...]:
    """What a ledger of these exports states, so that each part of it is compared by the same fields as the whole."""
    further = [
        f"fields.{'line.' if pair.part == 'line' else ''}{pair.crm if side == 'crm' else pair.erp}"
        for pair in contract.pairs
    ]
    return (*fields, *further)
