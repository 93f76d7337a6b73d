"""Where an export has what a ledger entry is made of, by a contract: the deal's id, its total, its lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Literal, NamedTuple

import msgspec

from gameday.contracts.compared_columns import SKU
from gameday.model.contract import Contract, Field
from gameday.records.deal_roles import plain
from gameday.records.meaning import read_meaning
from gameday.records.rows import Columns, Place
from gameday.records.tree import Shape, read_shape

Side = Literal["crm", "erp"]

#: The compared fields that are numbers; all others are texts.
NUMBERS = frozenset({"total", "line.quantity", "line.unitPrice", "line.discount", "line.tax", "line.amount"})
#: The types of which a field keeps its own: how it is written, and in which time zone, is the contract's.
MOMENTS = ("date", "timestamp")
#: The names, without case, blanks and punctuation, of the fields that say whether a document counts.
FLAG, STAGE, STATUS = ("iswon", "won"), ("stage", "stagename"), ("status", "orderstatus")
#: The further fields of a contract that an export of deals or orders can have.
_PARTS = ("order", "line")


class Column(NamedTuple):
    """One field of an export: its full physical name, and where it is in a record.

    ``items`` is the list that it is a field of (the lines), empty for a field of the document itself; ``path`` is its
    place below that, or below the record.
    """

    name: str
    items: tuple[str, ...]
    path: tuple[str, ...]


class Layout(msgspec.Struct, frozen=True):
    """One side of a flow, as its exports are read.

    ``fields`` are the contract's, with those that every export may have. ``reference`` is the deal's id in the CRM, and
    in the ERP the field by which the contract matches an order to its deal. ``own`` is the document's own id.
    ``flags`` say whether a deal is won (true or false), ``states`` are its stage, or the status of an order.
    ``columns`` are by compared field (``COMPARED_FIELDS``, and ``line.sku``), ``further`` by part and name as in
    ``FieldPair``, ``account`` by the name of an account's field.
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

    def all_columns(self) -> list[Column]:
        """Every column that is looked at, each once."""
        named = [self.reference, self.own, *self.flags, *self.states, *self.columns.values(), *self.further.values()]
        return list({column.name: column for column in (*named, *self.account.values())}.values())


def layout_of(side: Side, contract: Contract, compared: Mapping[str, str]) -> Layout:
    """The layout of one side; ``compared`` are its columns by compared field (gameday.contracts.compared_columns)."""
    fields = _fields(side, contract, compared)
    shape = read_shape(fields)
    places = Columns(shape)
    main = shape.main.name

    def column(name: str) -> Column:
        place = places.place(name) or Place((), tuple(name.split(".")), None)
        return Column(name, place.items, place.path)

    key = _key(shape, main)
    below = {name: column(physical) for name, physical in compared.items() if not name.startswith("invoice.")}
    lines = below[SKU].items if SKU in below else ()
    further: dict[tuple[str, str], Column] = {}
    for pair in contract.pairs:
        if pair.part in _PARTS and pair.rule.compare != "ignored":
            name = pair.crm if side == "crm" else pair.erp
            physical = ".".join((*(lines if pair.part == "line" else (main,)), name))
            further[pair.part, name] = column(physical)
    own = [field for field in fields if field.physical_name.partition(".")[0] == main]
    states = STAGE if side == "crm" else STATUS
    return Layout(
        side=side,
        fields=fields,
        main=main,
        reference=column(key if side == "crm" else f"{main}.{contract.match}"),
        own=column(key if side == "crm" else f"{main}.id"),
        flags=tuple(column(each.physical_name) for each in own if side == "crm" and _is_one_of(each, FLAG)),
        states=tuple(column(each.physical_name) for each in own if _is_one_of(each, states)),
        columns={name: place for name, place in below.items() if not (name.startswith("line.") and not place.items)},
        further=further,
        account={name: column(f"{main}.Account.{name}") for name in _account_fields(side, contract)},
    )


def _fields(side: Side, contract: Contract, compared: Mapping[str, str]) -> tuple[Field, ...]:
    """The contract's fields, with the types by which they are compared: an id is a text, whatever the contract says."""
    own = contract.crm_fields if side == "crm" else contract.erp_fields
    main = own[0].physical_name.partition(".")[0]
    element = own[0].name.partition(".")[0]
    # An invoice is another document, with fields of the same names.
    kept = [field for field in own if not _of_invoice(field, compared)]
    numbers = {compared[name] for name in NUMBERS if name in compared}
    for pair in contract.pairs:
        name = pair.crm if side == "crm" else pair.erp
        if pair.kind == "number" and pair.part == "order":
            numbers.add(f"{main}.{name}")
        elif pair.kind == "number":
            numbers |= {f.physical_name for f in kept if f.physical_name.endswith(f".{name}")} - {f"{main}.{name}"}
    typed = [msgspec.structs.replace(field, logical_type=_type(field, numbers, kept)) for field in kept]
    there = {field.physical_name for field in typed}
    more = [("status", "status")] if side == "erp" else []
    more += [("id", "id"), ("match", contract.match)] if side == "erp" else []
    more += [(f"account{name}", f"Account.{name}") for name in _account_fields(side, contract)]
    for name, physical in more:
        if f"{main}.{physical}" not in there:
            path = f"{main}.{physical}"
            typed.append(Field(f"{element}.{name}", "string", physical_name=path, classification="internal"))
    return tuple(typed)


def _of_invoice(field: Field, compared: Mapping[str, str]) -> bool:
    tops = {path.partition(".")[0] for name, path in compared.items() if name.startswith("invoice.")}
    return field.physical_name.partition(".")[0] in tops


def _type(field: Field, numbers: Iterable[str], fields: Iterable[Field]) -> str:
    if any(other.physical_name.startswith(f"{field.physical_name}.") for other in fields):
        return field.logical_type
    if field.logical_type in MOMENTS:
        return field.logical_type
    return "number" if field.physical_name in numbers else "string"


def _key(shape: Shape, main: str) -> str:
    key = read_meaning(shape).key
    return key.path if key is not None else f"{main}.Id"


def _is_one_of(field: Field, names: Collection[str]) -> bool:
    return plain(field.name) in names or plain(field.physical_name) in names


def _account_fields(side: Side, contract: Contract) -> tuple[str, ...]:
    """The fields of an account by which the contract names the ERP's customer."""
    _, _, rest = contract.customer_pattern.partition("{")
    name = rest.partition("}")[0]
    return (name,) if side == "crm" and contract.customer_match and name != "account" else ()
