"""Where an export has what a ledger entry is made of, by a contract: the deal's id, its total, its lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from gameday.contracts.compared_columns import SKU
from gameday.model.contract import Contract, Field
from gameday.reconcile.columns import Column, Finder, is_one_of, type_of
from gameday.reconcile.invoices import InvoiceLayout, invoice_layout, is_of_invoice
from gameday.records.meaning import read_meaning
from gameday.records.tree import Shape, read_shape

Side = Literal["crm", "erp"]

#: The compared fields that are numbers; all others are texts.
NUMBERS = frozenset({"total", "line.quantity", "line.unitPrice", "line.discount", "line.tax", "line.amount"})
#: The names, without case, blanks and punctuation, of the fields that say whether a document counts.
FLAG, STAGE, STATUS = ("iswon", "won"), ("stage", "stagename"), ("status", "orderstatus")
#: The further fields of a contract that an export of deals or orders can have.
_PARTS = {"crm": ("order", "line", "invoice", "invoice.line"), "erp": ("order", "line")}


class Layout(msgspec.Struct, frozen=True):
    """One side of a flow, as its exports are read.

    ``fields`` are the contract's, with those that every export may have. ``reference`` is the deal's id in the CRM, and
    in the ERP the field by which the contract matches an order to its deal. ``own`` is the document's own id.
    ``flags`` say whether a deal is won (true or false), ``states`` are its stage, or the status of an order.
    ``columns`` are by compared field (``COMPARED_FIELDS``, and ``line.sku``), ``further`` by part and name as in
    ``FieldPair``, ``account`` by the name of an account's field. ``invoices`` is how the ERP's invoices are read.
    """

    side: Side
    fields: tuple[Field, ...]
    main: str
    reference: Column
    own: Column
    flags: tuple[Column, ...]
    states: tuple[Column, ...]
    columns: dict[str, Column]
    further: dict[tuple[str, str], Column]
    account: dict[str, Column] = {}
    invoices: InvoiceLayout | None = None

    @property
    def total(self) -> Column | None:
        """Where the total is: in a field of its own, else in the amounts of the lines, of which it is the sum."""
        return self.columns.get("total") or self.columns.get("line.amount")

    @property
    def sums_lines(self) -> bool:
        """Whether the total is the sum of the lines."""
        return "total" not in self.columns

    def all_columns(self) -> list[Column]:
        """Every column that is looked at, each once."""
        named = [self.reference, self.own, *self.flags, *self.states, *self.columns.values(), *self.further.values()]
        return list({column.name: column for column in (*named, *self.account.values())}.values())


def layout_of(side: Side, contract: Contract, compared: Mapping[str, str]) -> Layout:
    """The layout of one side; ``compared`` are its columns by compared field (gameday.contracts.compared_columns)."""
    fields = _fields(side, contract, compared)
    shape = read_shape(fields)
    main, column = shape.main.name, Finder(fields)
    key = _key(shape, main)
    below = {name: column(physical) for name, physical in compared.items() if not name.startswith("invoice.")}
    lines = below[SKU].items if SKU in below else ()
    further: dict[tuple[str, str], Column] = {}
    for pair in contract.pairs:
        if pair.part in _PARTS[side] and pair.rule.compare != "ignored":
            name = pair.crm if side == "crm" else pair.erp
            physical = ".".join((*(lines if pair.part.endswith("line") else (main,)), name))
            further[pair.part, name] = column(physical)
    own = [field for field in fields if field.physical_name.partition(".")[0] == main]
    states = STAGE if side == "crm" else STATUS
    return Layout(
        side=side,
        fields=fields,
        main=main,
        reference=column(key if side == "crm" else f"{main}.{contract.match}"),
        own=column(key if side == "crm" else f"{main}.id"),
        flags=tuple(column(each.physical_name) for each in own if side == "crm" and is_one_of(each, FLAG)),
        states=tuple(column(each.physical_name) for each in own if is_one_of(each, states)),
        columns={name: place for name, place in below.items() if not (name.startswith("line.") and not place.items)},
        further=further,
        account={name: column(f"{main}.Account.{name}") for name in _account_fields(side, contract)},
        invoices=invoice_layout(contract, compared) if side == "erp" else None,
    )


def _fields(side: Side, contract: Contract, compared: Mapping[str, str]) -> tuple[Field, ...]:
    """The contract's fields, with the types by which they are compared: an id is a text, whatever the contract says."""
    own = contract.crm_fields if side == "crm" else contract.erp_fields
    main = own[0].physical_name.partition(".")[0]
    element = own[0].name.partition(".")[0]
    # An invoice is another document, with fields of the same names.
    kept = [field for field in own if not is_of_invoice(field, compared)]
    numbers = {compared[name] for name in NUMBERS if name in compared}
    for pair in contract.pairs:
        name = pair.crm if side == "crm" else pair.erp
        if pair.kind == "number" and pair.part == "order":
            numbers.add(f"{main}.{name}")
        elif pair.kind == "number":
            numbers |= {f.physical_name for f in kept if f.physical_name.endswith(f".{name}")} - {f"{main}.{name}"}
    typed = [msgspec.structs.replace(field, logical_type=type_of(field, numbers, kept)) for field in kept]
    there = {field.physical_name for field in typed}
    more = [("status", "status")] if side == "erp" else []
    more += [("isWon", "IsWon")] if side == "crm" and not any(is_one_of(each, FLAG) for each in kept) else []
    more += [("id", "id"), ("match", contract.match)] if side == "erp" else []
    more += [(f"account{name}", f"Account.{name}") for name in _account_fields(side, contract)]
    for name, physical in more:
        if f"{main}.{physical}" not in there:
            path = f"{main}.{physical}"
            typed.append(Field(f"{element}.{name}", "string", physical_name=path, classification="internal"))
    return tuple(typed)


def _key(shape: Shape, main: str) -> str:
    key = read_meaning(shape).key
    return key.path if key is not None else f"{main}.Id"


def _account_fields(side: Side, contract: Contract) -> tuple[str, ...]:
    """The fields of an account by which the contract names the ERP's customer."""
    _, _, rest = contract.customer_pattern.partition("{")
    name = rest.partition("}")[0]
    return (name,) if side == "crm" and contract.customer_match and name != "account" else ()
