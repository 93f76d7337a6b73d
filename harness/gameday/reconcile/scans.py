"""An export of deals or orders as DuckDB compares it: which deal a row is of, whether it counts, what is compared."""

from __future__ import annotations

from typing import Any

from gameday.model.contract import Contract
from gameday.reconcile.columns import Column
from gameday.reconcile.documents import FLAGS, WON_STAGE, States
from gameday.reconcile.exports import ExportFile
from gameday.reconcile.layout import NUMBERS
from gameday.reconcile.row_files import RowFile, literal
from gameday.reconcile.terms import Terms


class Scan(RowFile):
    """One export. Raises Unfit if it has to be read row by row."""

    def __init__(self, file: ExportFile, connection: Any) -> None:
        self.file = file
        layout, days, date = file.layout, file.documents.days, file.layout.columns.get("date")
        super().__init__(file.path, layout.fields, file.rows, layout.side, days, date, connection)

    def key(self, contract: Contract) -> str:
        """The id of the deal; empty where an order names none."""
        text = self.text(self.file.layout.reference)
        before, _, after = contract.match_pattern.partition("{deal}")
        if self.file.layout.side == "crm" or not (before or after):
            return f"coalesce({text}, '')"
        inner = f"substr({text}, {len(before) + 1}, length({text}) - {len(before) + len(after)})"
        fits = f"starts_with({text}, {literal(before)}) AND ends_with({text}, {literal(after)})"
        return f"CASE WHEN {fits} AND length({text}) > {len(before) + len(after)} THEN {inner} ELSE '' END"

    def customer(self, contract: Contract) -> str:
        """What has to be equal of an account and a customer."""
        layout = self.file.layout
        text = self.text(layout.columns.get("customer"))
        if layout.side == "erp" or not contract.customer_match:
            return text
        before, _, rest = contract.customer_pattern.partition("{")
        after = rest.partition("}")[2]
        named = self.text(next(iter(layout.account.values()))) if layout.account else text
        return f"coalesce({literal(before)} || {named} || {literal(after)}, {text})"

    def live(self, states: States) -> str:
        """Whether a deal is won, or an order open; NULL where the judge has to look."""
        layout, documents = self.file.layout, self.file.documents
        texts, flags = ([self.text(column) for column in each] for each in (layout.states, layout.flags))
        if layout.side == "erp":
            words = ", ".join(map(literal, states.cancelled))
            last = "CASE WHEN contains({0}, ':') THEN regexp_replace({0}, '.*:', '', 's') ELSE {0} END"
            each = [f"coalesce(lower(trim({last.format(text)})) IN ({words}), false)" for text in texts]
            return f"NOT ({' OR '.join(each)})" if each else "true"
        if not states.won and not documents.has_state:
            return "true"
        if states.won:
            won = [f"{t} IN ({', '.join(map(literal, states.won))})" for t in texts]
        else:
            won = [f"starts_with({t}, {literal(WON_STAGE)})" for t in texts]
        by_stage = f"CASE WHEN coalesce({', '.join([*texts, 'NULL'])}) IS NULL THEN NULL ELSE "
        by_stage += f"{' OR '.join(f'coalesce({each}, false)' for each in won) or 'false'} END"
        if states.won:
            return by_stage
        cases = " ".join(f"WHEN {literal(word)} THEN {value}" for word, value in FLAGS.items())
        flag = f"coalesce({', '.join([*flags, 'NULL'])})"
        return f"CASE WHEN {flag} IS NULL THEN {by_stage} ELSE CASE lower(trim({flag})) {cases} END END"

    def header(self, terms: Terms) -> list[str]:
        """The forms of the compared fields of a document."""
        layout, forms = self.file.layout, list[str]()
        for field in terms.fields:
            column = layout.columns.get(field)
            if not field.startswith("line."):
                forms += self._form(field, column, terms.contract)
        return forms + self._further(terms, "order")

    def line(self, terms: Terms) -> list[str]:
        """The forms of the compared fields of a line."""
        if not terms.lines:
            return []
        # A row may be a line of which no compared field is filled in.
        columns, forms = self.file.layout.columns, [self.is_line, self.text(self.file.layout.columns["line.sku"])]
        for field in terms.fields:
            if field.startswith("line."):
                forms += self.number(columns.get(field))
        return forms + self._further(terms, "line")

    def _form(self, field: str, column: Column | None, contract: Contract) -> list[str]:
        if field in NUMBERS:
            return [*self.number(column)]
        if field == "date":
            return [self.day(column)]
        return [self.customer(contract) if field == "customer" else self.text(column)]

    def _further(self, terms: Terms, part: str) -> list[str]:
        forms = list[str]()
        for pair in terms.contract.pairs:
            if pair.part == part:
                name = pair.crm if self.file.layout.side == "crm" else pair.erp
                column = self.file.layout.further[part, name]
                forms += self.number(column) if pair.kind == "number" else [self.text(column)]
        return forms
