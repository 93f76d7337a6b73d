"""Where an export has what an invoice is made of, by a contract, and the invoices of its records. Pure."""

from __future__ import annotations

import contextlib
import datetime
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from gameday.analysis.line_pairs import NOTHING
from gameday.contracts.compared_columns import SKU
from gameday.model.contract import LINE_FIELDS, Contract, Field
from gameday.reconcile.columns import Column, Finder, is_one_of, type_of
from gameday.reconcile.values import Days, LineReader, amount_at, at, has_value, text
from gameday_fakes.ledger import Invoice

#: The names, without case, blanks and punctuation, of the fields that every invoice may have beside the contract's.
OWN = ("id", "internalid", "invoiceid", "invoicenumber", "documentnumber", "tranid")
ORDER = ("createdfrom", "order", "salesorder", "orderid", "ordernumber", "sourceorder")
KIND = ("type", "recordtype", "transactiontype", "documenttype", "kind")
CREDITED = ("credited", "amountcredited", "creditedamount")
#: The compared fields of an invoice that are numbers; all others are texts.
NUMBERS = frozenset({"total", *(f"line.{name}" for name in LINE_FIELDS)})
_PART, _LINE = "invoice", "invoice.line"


class InvoiceLayout(msgspec.Struct, frozen=True):
    """How invoices are read: those of an order are the list ``element`` of its record, each as ``fields`` have it.

    ``own`` is an invoice's id, ``order`` names the order from which it was made, ``credited`` is what credit memos have
    taken back of its total, ``kind`` tells a credit memo from an invoice. ``columns`` are by compared field without
    ``invoice.``, with ``line.sku``; ``further`` by part (``invoice`` or ``invoice.line``) and name as in ``FieldPair``.
    """

    element: str
    fields: tuple[Field, ...]
    own: Column
    order: Column
    credited: Column
    kind: Column
    columns: dict[str, Column]
    further: dict[tuple[str, str], Column]

    def all_columns(self) -> list[Column]:
        """Every column that is looked at, each once."""
        named = [self.own, self.order, self.credited, *self.columns.values(), *self.further.values()]
        return list({column.name: column for column in named}.values())

    @property
    def lines(self) -> tuple[str, ...]:
        """The list of an invoice's lines; empty without one."""
        return next((column.items for column in self.columns.values() if column.items), ())


def invoice_layout(contract: Contract, compared: Mapping[str, str]) -> InvoiceLayout | None:
    """The layout of the invoices of a contract; None if it has none with a total."""
    total = compared.get("invoice.total")
    if total is None:
        return None
    element = total.partition(".")[0]
    named = {name.removeprefix("invoice."): path for name, path in compared.items() if name.startswith("invoice.")}
    own = [field for field in contract.erp_fields if field.physical_name.partition(".")[0] == element]
    if SKU not in named:
        # Lines are those of the order, under the same names.
        of_order = {name: path for name, path in compared.items() if name.startswith("line.")}
        named |= {name: _below(element, path) for name, path in of_order.items()}
        own += _lines_of(contract.erp_fields, element, of_order.values())
    numeric = {path for name, path in named.items() if name in NUMBERS}
    for pair in contract.pairs:
        if pair.kind == "number" and pair.part in (_PART, _LINE):
            numeric |= {each.physical_name for each in own if each.physical_name.endswith(f".{pair.erp}")}
    fields = [msgspec.structs.replace(field, logical_type=type_of(field, numeric, own)) for field in own]
    top = own[0].name.partition(".")[0]
    for name, kind, known in (
        ("id", "string", OWN),
        ("createdFrom", "string", ORDER),
        ("credited", "number", CREDITED),
        ("type", "string", KIND),
    ):
        if not any(_is_own(field, known) for field in fields):
            path = f"{element}.{name}"
            fields.append(Field(f"{top}.{name}", kind, physical_name=path, classification="internal"))
    column = Finder(fields)

    def usual(names: tuple[str, ...]) -> Column:
        return column(next(field.physical_name for field in fields if _is_own(field, names)))

    columns = {name: column(path) for name, path in named.items() if name != "lines"}
    lines = columns[SKU].items if SKU in columns else ()
    further: dict[tuple[str, str], Column] = {}
    for pair in contract.pairs:
        if pair.part in (_PART, _LINE) and pair.rule.compare != "ignored":
            above = lines if pair.part == _LINE else (element,)
            further[pair.part, pair.erp] = column(".".join((*above, pair.erp)))
    kept = {name: each for name, each in columns.items() if not (name.startswith("line.") and not each.items)}
    return InvoiceLayout(
        element, tuple(fields), usual(("id",)), usual(ORDER), usual(CREDITED), usual(KIND), kept, further
    )


def _below(element: str, path: str) -> str:
    """The same place of an invoice as of an order."""
    return f"{element}.{path.partition('.')[2]}"


def _lines_of(fields: Iterable[Field], element: str, paths: Iterable[str]) -> list[Field]:
    """The fields of an order's lines, and of what they are in, as an invoice's."""
    above = {".".join(path.split(".")[:end]) for path in paths for end in range(2, path.count(".") + 2)}
    return [
        msgspec.structs.replace(
            field, name=_below(element, field.name), physical_name=_below(element, field.physical_name)
        )
        for field in fields
        if field.physical_name in above
    ]


def is_of_invoice(field: Field, compared: Mapping[str, str]) -> bool:
    """Whether a field of the ERP's is one of an invoice."""
    tops = {path.partition(".")[0] for name, path in compared.items() if name.startswith("invoice.")}
    return field.physical_name.partition(".")[0] in tops


def _is_own(field: Field, names: tuple[str, ...]) -> bool:
    """Whether a field is one of the invoice itself, with one of these names."""
    return field.physical_name.count(".") == 1 and is_one_of(field, names)


class InvoiceDocuments:
    """Reads the invoices of the orders of one export, which is ``where``."""

    def __init__(self, layout: InvoiceLayout, where: str) -> None:
        self._layout, self._where = layout, where
        self._days = Days(layout.columns.get("date"), layout.fields, where)
        by_part = {part: {n: c for (p, n), c in layout.further.items() if p == part} for part in (_PART, _LINE)}
        self._lines, self._pairs = LineReader(layout.columns, by_part[_LINE], where), by_part[_PART]
        self._unseen = {column.name: column for column in layout.all_columns()}
        self._has_any = False

    @property
    def there(self) -> frozenset[str]:
        """The columns that any invoice has had a value in, and ``element`` if orders say at all which they have."""
        known = frozenset(column.name for column in self._layout.all_columns())
        return (known - self._unseen.keys()) | ({self._layout.element} if self._has_any else frozenset())

    def state(self, columns: Iterable[str]) -> None:
        """Say that orders have invoices, with values in these columns."""
        self._has_any = True
        for name in columns:
            self._unseen.pop(name, None)

    def see(self, record: Mapping[str, Any]) -> None:
        """Look at which columns the invoices of an order have."""
        for item in self._items(record):
            for name, column in [*self._unseen.items()]:
                if has_value(item, column):
                    del self._unseen[name]

    def of(self, record: Mapping[str, Any], what: str) -> tuple[Invoice, ...]:
        """The invoices of an order, each with an id of its own. Raises GamedayError for what is no amount."""
        found = [self._invoice(item, what) for item in self._items(record)]
        named = own_names([invoice.id for invoice in found], "invoice")
        return tuple(msgspec.structs.replace(i, id=name) for i, name in zip(found, named, strict=True))

    def _items(self, record: Mapping[str, Any]) -> list[dict[str, Any]]:
        found = record.get(self._layout.element)
        if not isinstance(found, list):
            return []
        self._has_any = True
        return [{self._layout.element: item} for item in found if isinstance(item, dict)]

    def _invoice(self, item: Mapping[str, Any], what: str) -> Invoice:
        layout = self._layout

        def of(name: str) -> str:
            return text(at(item, layout.columns[name].path)) if name in layout.columns else ""

        total = amount_at(item, layout.columns["total"], self._where, f"an invoice of {what}")
        credited = amount_at(item, layout.credited, self._where, f"an invoice of {what}")
        return Invoice(
            id=text(at(item, layout.own.path)),
            total=total or NOTHING,
            currency=of("currency"),
            time_s=0.0,
            period=period_of(of("period")),
            date=self._days.day(of("date")),
            customer=of("customer"),
            lines=self._lines.lines(item, what),
            credited=credited or NOTHING,
            subsidiary=of("subsidiary"),
            terms=of("terms"),
            fields={name: value for name, column in self._pairs.items() if (value := text(at(item, column.path)))},
        )


def period_of(value: str) -> str:
    """An accounting period that is a month as YYYY-MM; any other is left as it is.

    >>> period_of("Mar 2026"), period_of("March 2026"), period_of("03/2026"), period_of("2026-03"), period_of("P3 26")
    ('2026-03', '2026-03', '2026-03', '2026-03', 'P3 26')
    """
    for form in ("%b %Y", "%B %Y", "%m/%Y", "%m.%Y", "%Y-%m", "%Y/%m"):
        with contextlib.suppress(ValueError):
            return datetime.datetime.strptime(value, form).strftime("%Y-%m")  # noqa: DTZ007 - only a month
    return value


def own_names(ids: Sequence[str], unnamed: str) -> list[str]:
    """The ids of documents, each made different from the others; one without an id is ``unnamed``.

    >>> own_names(["7", "", "7", ""], "invoice")
    ['7', 'invoice', '7 (2)', 'invoice (2)']
    """
    used: dict[str, None] = {}
    for id_ in ids:
        name = id_ or unnamed
        used[next(each for n in itertools.count(1) if (each := f"{name} ({n})" if n > 1 else name) not in used)] = None
    return [*used]
