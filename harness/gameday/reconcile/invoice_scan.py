"""An export of invoices as DuckDB compares it: each with its order, in the fields that agree with the deal already.

An invoice is compared with its deal. Where an order is the same as its deal to the letter, it is enough to compare the
invoice with the order, which it names by its number; where it is not, the deal is judged anyhow.
"""

from __future__ import annotations

from typing import Any

from gameday.reconcile.invoice_file import CREDITS, InvoiceFile
from gameday.reconcile.row_files import NONE, RowFile, Unfit, literal
from gameday.reconcile.scans import Scan
from gameday.reconcile.terms import Terms
from gameday.records.deal_roles import plain

#: The fields that are compared by a rule of their own, or are more than one.
_APART = ("period", "lines")
#: How an accounting period that is a month is written by the usual systems.
_PERIODS = ("%b %Y", "%B %Y", "%m/%Y", "%m.%Y", "%Y-%m", "%Y/%m")
_MOST_KINDS = 1_000


class InvoiceScan(RowFile):
    """One export. Raises Unfit if it has to be read row by row."""

    def __init__(self, file: InvoiceFile, connection: Any) -> None:
        self.file, self.layout = file, file.layout
        days, date = file.days, file.layout.columns.get("date")
        super().__init__(file.path, file.layout.fields, file.rows, "invoice", days, date, connection)
        kind = f"coalesce({self.text(self.layout.kind)}, '')"
        found = connection.execute(f"SELECT DISTINCT {kind} FROM {self.relation} LIMIT {_MOST_KINDS}").fetchall()  # noqa: S608
        if len(found) == _MOST_KINDS:
            raise Unfit("too many kinds of documents")
        credits = [literal(word) for (word,) in found if plain(word, whole=True) in CREDITS]
        #: Whether a row is a credit memo.
        self.is_credit = f"{kind} IN ({', '.join(credits)})" if credits else "false"

    def documents(self, *, numbered: bool = False) -> str:
        """The rows, each with ``is_credit``, its ``id`` and whom it ``names``.

        An invoice names its order by its number, a credit memo its invoice by its id.
        """
        names, own = (f"coalesce({self.text(column)}, '')" for column in (self.layout.order, self.layout.own))
        return self.marked(f"{self.is_credit} AS is_credit, {names} AS names, {own} AS id", numbered=numbered)

    def there(self, connection: Any) -> list[str]:
        """The columns in which any invoice has a value."""
        columns = self.layout.all_columns()
        asked = ", ".join(f"coalesce(bool_or({self.has_value(each)}), false)" for each in columns)
        query = f"SELECT {asked} FROM {self.relation} WHERE {self.where} AND NOT ({self.is_credit})"  # noqa: S608
        found = connection.execute(query).fetchone()
        return [column.name for column, has in zip(columns, found, strict=True) if has]

    def forms(self, orders: Scan, terms: Terms) -> tuple[list[str], list[str]]:
        """The forms of an order and those of its invoice: if all are equal, there is nothing to judge.

        Raises Unfit where the order does not have what the invoice is compared in.
        """
        pairs: list[tuple[str, str]] = []
        layout = orders.file.layout
        for field in terms.invoice_fields:
            name = field.removeprefix("invoice.")
            if name in _APART or (name.startswith("line.") and not terms.invoice_lines):
                continue
            if name not in terms.fields:
                raise Unfit(f"an order does not say the {name} of its invoice")
            column, own = layout.columns.get(name), self.layout.columns.get(name)
            if name == "total" or name.startswith("line."):
                pairs += zip(orders.number(column), self.number(own), strict=True)
            elif name == "date":
                pairs.append((orders.day(column), self.day(own)))
            else:
                pairs.append((orders.text(column), self.text(own)))
        if "invoice.period" in terms.invoice_fields:
            pairs.append((NONE, self._other_period()))
        pairs.append((NONE, self._credited()))
        # An order without a number has no invoice, and an invoice that names none no order.
        number = orders.text(layout.own)
        pairs.append((f"CASE WHEN {number} IS NULL THEN 'no number' END", NONE))
        if terms.invoice_lines:
            pairs.append((orders.is_line, self.is_line))
            pairs.append((orders.text(layout.columns["line.sku"]), self.text(self.layout.columns["line.sku"])))
        pairs += self._further(orders, terms)
        return [ours for ours, _ in pairs], [theirs for _, theirs in pairs]

    def _further(self, orders: Scan, terms: Terms) -> list[tuple[str, str]]:
        """The further fields that the contract maps; an order has to have each from the same one of its deal."""
        found: list[tuple[str, str]] = []
        by_part = {"invoice": "order", "invoice.line": "line"}
        for pair in terms.contract.pairs:
            if pair.part not in by_part or (pair.part == "invoice.line" and not terms.invoice_lines):
                continue
            part = by_part[pair.part]
            same = next((p for p in terms.contract.pairs if p.part == part and p.crm == pair.crm), None)
            if same is None or same.kind != pair.kind:
                raise Unfit(f"an order does not say the {pair.erp} of its invoice")
            column, own = orders.file.layout.further[part, same.erp], self.layout.further[pair.part, pair.erp]
            if pair.kind == "number":
                found += zip(orders.number(column), self.number(own), strict=True)
            else:
                found.append((orders.text(column), self.text(own)))
        return found

    def _other_period(self) -> str:
        """The accounting period if it is not the month of the invoice's own date; NULL if it is."""
        text, day = self.text(self.layout.columns.get("period")), self.day(self.layout.columns.get("date"))
        months = ", ".join(f"strftime(TRY_CAST({day} AS DATE), {literal(form)})" for form in _PERIODS)
        return f"CASE WHEN {text} IN ({months}) THEN NULL ELSE coalesce('{self.side} ' || {text}, '{self.side}') END"

    def _credited(self) -> str:
        """What says that something was taken back of an invoice; NULL if nothing was."""
        number, odd = self.number(self.layout.credited)
        taken = f"{odd} IS NOT NULL OR {number} <> 0 OR id IN (SELECT id FROM memos)"  # noqa: S608
        return f"CASE WHEN {taken} THEN 'credited' END"
