"""A difference of every kind is found by both ways, each in a deal of its own, in exports that have all there is.

If one way leaves out a field, the deal with that difference is not in its findings.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from gameday.model.contract import Contract, Field, FieldPair
from support.exports import COMPARED, CONTRACT, agree, by_digests, compare, request, write
from support.thorough import examples

pytestmark = pytest.mark.needs("duckdb")

CRM = ("Id", "AccountId", "CurrencyIsoCode", "Amount", "CloseDate", "StageName", "Company", "Terms", "Region", "Score")
CRM_LINE = ("PricebookEntry.ProductCode", "Quantity", "UnitPrice", "TotalPrice", "Discount", "Tax", "Plant")
ERP = (
    "id",
    "otherRefNum",
    "entity",
    "currency",
    "total",
    "tranDate",
    "status",
    "subsidiary",
    "terms",
    "region",
    "score",
)
ERP_LINE = ("item", "quantity", "rate", "amount", "discount", "tax", "plant")
BILL = ("id", "createdFrom", "entity", "currency", "total", "tranDate", "postingPeriod", "type", "credited")
BILL = (*BILL, "subsidiary", "terms", "region")
_SAME = {"subsidiary": "Company", "terms": "Terms"}
_OF_LINE = {"discount": "Discount", "tax": "Tax"}


def everything() -> tuple[Contract, dict[str, dict[str, str]]]:
    """The bundled contract with every field that can be compared, and further ones of orders, lines and invoices."""
    crm, erp = dict(COMPARED["crm"]), dict(COMPARED["erp"])
    fields: dict[str, list[Field]] = {"crm": [], "erp": []}

    def add(side: str, path: str, kind: str = "string") -> str:
        top, _, rest = path.partition(".")
        fields[side].append(Field(f"{top}.{rest}", kind, physical_name=path, classification="internal"))
        return path

    for name, ours in _SAME.items():
        crm[name] = add("crm", f"Opportunity.{ours}")
        erp[name] = add("erp", f"salesOrder.{name}")
        erp[f"invoice.{name}"] = add("erp", f"invoice.{name}")
    for name, ours in _OF_LINE.items():
        crm[f"line.{name}"] = add("crm", f"OpportunityLineItem.{ours}", "number")
        erp[f"line.{name}"] = add("erp", f"salesOrder.item.{name}", "number")
    for side, paths in (
        ("crm", ("Opportunity.Region", "Opportunity.Score", "OpportunityLineItem.Plant")),
        (
            "erp",
            ("salesOrder.region", "salesOrder.score", "salesOrder.item.plant", "invoice.region", "invoice.item.plant"),
        ),
    ):
        for path in paths:
            add(side, path)
    pairs = (
        FieldPair("order", "Region", "region"),
        FieldPair("order", "Score", "score", "number"),
        FieldPair("line", "Plant", "plant"),
        FieldPair("invoice", "Region", "region"),
        FieldPair("invoice.line", "Plant", "plant"),
    )
    contract = msgspec.structs.replace(
        *(CONTRACT,),
        crm_fields=(*CONTRACT.crm_fields, *fields["crm"]),
        erp_fields=(*CONTRACT.erp_fields, *fields["erp"]),
        pairs=pairs,
    )
    return contract, {"crm": crm, "erp": erp}


FULL, NAMES = everything()
Row = dict[str, str]


class Documents:
    """What both systems have of one deal: each document with the rows of its lines."""

    def __init__(self, number: int) -> None:
        self.crm: list[Row] = [self._deal(number, line) for line in (1, 2)]
        self.erp: list[Row] = [self._order(number, line) for line in (1, 2)]
        self.bills: list[Row] = [self._bill(number, line) for line in (1, 2)]
        #: Rows that come at the end of a file, for the same rows one after another would be one document.
        self.later: list[tuple[str, Row]] = []

    @staticmethod
    def _deal(number: int, line: int) -> Row:
        values = (f"006{number:04}", "001A", "USD", "100.00", "2026-01-31", "Closed Won", "Acme", "Net 30", "EMEA", "7")
        lines = (f"SKU{line}", "2", "25.00", "50.00", "0.5", "1.5", "P1")
        of_line = dict(zip((f"OpportunityLineItem.{name}" for name in CRM_LINE), lines, strict=True))
        return dict(zip(CRM, values, strict=True)) | of_line

    @staticmethod
    def _order(number: int, line: int) -> Row:
        values = (
            str(number),
            f"006{number:04}",
            "001A",
            "USD",
            "100",
            "2026-01-31",
            "Billed",
            "Acme",
            "Net 30",
            "EMEA",
            "7.0",
        )
        lines = (f"SKU{line}", "2.0", "25", "50", "0.50", "1.5", "P1")
        of_line = dict(zip((f"salesOrder.item.{name}" for name in ERP_LINE), lines, strict=True))
        return dict(zip(ERP, values, strict=True)) | of_line

    @staticmethod
    def _bill(number: int, line: int) -> Row:
        values = (f"I{number}", str(number), "001A", "USD", "100.0", "2026-01-31", "Jan 2026", "Invoice", "")
        lines = (f"SKU{line}", "2", "25.0", "50.0", "0.5", "1.50", "P1")
        of_line = dict(zip((f"invoice.item.{name}" for name in ERP_LINE), lines, strict=True))
        return dict(zip(BILL, (*values, "Acme", "Net 30", "EMEA"), strict=True)) | of_line


Change = Callable[[Documents], object]


def all_rows(file: str, name: str, value: str) -> Change:
    """Another value in each row of a document."""

    def change(documents: Documents) -> None:
        for row in getattr(documents, file):
            row[name] = value

    return change


def one_row(file: str, name: str, value: str) -> Change:
    """Another value in a document's last line."""
    return lambda documents: [row.update({name: value}) for row in getattr(documents, file)[-1:]]


def again(file: str, **changed: str) -> Change:
    """A second document, with other ids."""
    return lambda documents: documents.later.extend((file, row | changed) for row in getattr(documents, file))


def gone(file: str) -> Change:
    return lambda documents: getattr(documents, file).clear()


def both(*changes: Change) -> Change:
    """Several changes."""
    return lambda documents: [change(documents) for change in changes]


def without_last(file: str) -> Change:
    """One line less."""
    return lambda documents: getattr(documents, file).__delitem__(slice(-1, None))


def memo(total: str) -> Change:
    """A credit memo of the invoice."""

    def change(documents: Documents) -> None:
        empty = dict.fromkeys((f"invoice.item.{name}" for name in ERP_LINE), "")
        changed = {"id": "M", "type": "Credit Memo", "total": total}
        documents.bills += [row | empty | changed | {"createdFrom": row["id"]} for row in documents.bills[:1]]

    return change


ITEM, BILLED = "salesOrder.item", "invoice.item"
#: What is changed, and the problems and fields that are found for it; nothing is to be found for a change of notation.
KINDS: list[tuple[Change, list[str], list[str]]] = [
    (lambda _: None, [], []),
    (all_rows("erp", "currency", "EUR"), ["mismatched"], ["currency"]),
    (all_rows("erp", "currency", "usd"), ["mismatched"], ["currency"]),
    (all_rows("erp", "currency", ""), ["mismatched"], ["currency"]),
    (all_rows("erp", "total", "100.01"), ["mismatched"], ["total"]),
    (all_rows("erp", "total", ""), ["mismatched"], ["total"]),
    (all_rows("erp", "total", "+100.000"), [], []),
    (all_rows("erp", "tranDate", "2026-02-01"), ["mismatched"], ["date"]),
    (all_rows("erp", "tranDate", "2026-01-31T22:30:00-05:00"), ["mismatched"], ["date"]),
    (all_rows("erp", "tranDate", "2026-02-01T00:30:00+09:00"), [], []),
    (all_rows("erp", "tranDate", "31.01.2026"), ["mismatched"], ["date"]),
    (all_rows("erp", "tranDate", ""), ["mismatched"], ["date"]),
    (all_rows("erp", "entity", "001a"), ["mismatched"], ["customer"]),
    (all_rows("erp", "entity", "001A "), ["mismatched"], ["customer"]),
    (all_rows("erp", "subsidiary", "Other"), ["mismatched"], ["subsidiary"]),
    (all_rows("erp", "terms", "Net 60"), ["mismatched"], ["terms"]),
    (all_rows("erp", "region", "APAC"), ["mismatched"], ["field Region / region"]),
    (all_rows("erp", "score", "8"), ["mismatched"], ["field Score / score"]),
    (all_rows("erp", "score", "7.000"), [], []),
    (all_rows("crm", "Amount", "99.99"), ["mismatched"], ["total", "invoice total"]),
    (one_row("erp", f"{ITEM}.item", "SKU3"), ["mismatched"], ["line SKU2", "line SKU3"]),
    (one_row("erp", f"{ITEM}.quantity", "3"), ["mismatched"], ["line SKU2 quantity"]),
    (one_row("erp", f"{ITEM}.rate", "25.5"), [], []),
    (one_row("erp", f"{ITEM}.rate", "30"), ["mismatched"], ["line SKU2 unit price"]),
    (one_row("erp", f"{ITEM}.amount", "51"), ["mismatched"], ["line SKU2 amount"]),
    (one_row("erp", f"{ITEM}.discount", "0.6"), ["mismatched"], ["line SKU2 discount"]),
    (one_row("erp", f"{ITEM}.tax", ""), ["mismatched"], ["line SKU2 tax"]),
    (one_row("erp", f"{ITEM}.plant", "P2"), ["mismatched"], ["line SKU2 field Plant / plant"]),
    (without_last("erp"), ["mismatched"], ["line SKU2"]),
    (lambda documents: documents.erp.extend(documents.erp[-1:]), ["mismatched"], ["line SKU2"]),
    (lambda documents: documents.erp.reverse(), [], []),
    (gone("erp"), ["lost", "no deal"], ["orders"]),
    (all_rows("erp", "status", "Sales Order:Closed"), ["lost"], ["orders"]),
    (all_rows("erp", "otherRefNum", "6001"), ["lost", "no deal"], ["orders"]),
    (all_rows("erp", "otherRefNum", ""), ["lost", "no deal"], ["orders"]),
    (all_rows("crm", "StageName", "Closed Lost"), ["void not cancelled"], ["state", "invoice"]),
    (again("erp", id="X1"), ["duplicated"], ["orders"]),
    (again("crm"), ["deal twice in the CRM"], []),
    (both(again("crm"), again("erp", id="X5")), ["deal twice in the CRM", "duplicated"], ["orders"]),
    (gone("bills"), ["mismatched"], ["invoice"]),
    (again("bills", id="X2"), ["duplicated"], ["invoices"]),
    (all_rows("bills", "createdFrom", "X3"), ["mismatched", "no deal"], ["invoice"]),
    (all_rows("bills", "total", "100.01"), ["mismatched"], ["invoice total"]),
    (all_rows("bills", "total", "1e2"), [], []),
    (all_rows("bills", "currency", ""), ["mismatched"], ["invoice currency"]),
    (all_rows("bills", "entity", "001B"), ["mismatched"], ["invoice customer"]),
    (all_rows("bills", "tranDate", "2026-01-30"), ["mismatched"], ["invoice date"]),
    (all_rows("bills", "tranDate", "2026-01-31T08:00:00"), [], []),
    (all_rows("bills", "postingPeriod", "Feb 2026"), ["mismatched"], ["invoice period"]),
    (all_rows("bills", "postingPeriod", "01/2026"), [], []),
    (all_rows("bills", "subsidiary", "Other"), ["mismatched"], ["invoice subsidiary"]),
    (all_rows("bills", "terms", ""), ["mismatched"], ["invoice terms"]),
    (all_rows("bills", "region", "emea"), ["mismatched"], ["invoice field Region / region"]),
    (all_rows("bills", "credited", "10"), ["mismatched"], ["invoice total"]),
    (all_rows("bills", "credited", "0.00"), [], []),
    (memo("10"), ["mismatched"], ["invoice total"]),
    (one_row("bills", f"{BILLED}.item", "SKU3"), ["mismatched"], ["invoice line SKU2", "invoice line SKU3"]),
    (one_row("bills", f"{BILLED}.quantity", "1"), ["mismatched"], ["invoice line SKU2 quantity"]),
    (one_row("bills", f"{BILLED}.rate", "20"), ["mismatched"], ["invoice line SKU2 unit price"]),
    (one_row("bills", f"{BILLED}.amount", "49"), ["mismatched"], ["invoice line SKU2 amount"]),
    (one_row("bills", f"{BILLED}.plant", "P2"), ["mismatched"], ["invoice line SKU2 field Plant / plant"]),
    (one_row("bills", f"{BILLED}.tax", "1"), ["mismatched"], ["invoice line SKU2 tax"]),
    (without_last("bills"), ["mismatched"], ["invoice line SKU2"]),
]


def files(folder: Path, documents: list[Documents], form: str) -> dict[str, Path]:
    """The three exports; in Parquet all columns are texts."""
    headers = {
        "crm": [*CRM, *(f"OpportunityLineItem.{name}" for name in CRM_LINE)],
        "erp": [*ERP, *(f"salesOrder.item.{name}" for name in ERP_LINE)],
        "bills": [*BILL, *(f"invoice.item.{name}" for name in ERP_LINE)],
    }
    paths = {}
    for file, header in headers.items():
        rows = [[row[name] for name in header] for each in documents for row in getattr(each, file)]
        rows += [[row[name] for name in header] for each in documents for of, row in each.later if of == file]
        paths[file] = folder / f"{file}.{form}"
        if form == "csv":
            write(paths[file], header, rows)
        else:
            columns = zip(*rows, strict=True) if rows else ([] for _ in header)
            table = {name: pa.array(values, pa.string()) for name, values in zip(header, columns, strict=True)}
            parquet.write_table(pa.table(table), paths[file])
    return paths


@pytest.mark.parametrize(
    ("form", "with_invoices", "orphans"), [("csv", True, 4), ("parquet", True, 4), ("csv", False, 2)]
)
@pytest.mark.slow
def test_a_difference_of_every_kind_is_found_by_both_ways(
    tmp_path: Path, form: str, with_invoices: bool, orphans: int
) -> None:
    documents = [Documents(number) for number in range(len(KINDS))]
    for each, (change, _, _) in zip(documents, KINDS, strict=True):
        change(each)
    paths = files(tmp_path, documents, form)
    more = {"compared": NAMES, "invoices": paths["bills"] if with_invoices else None}
    asked = request(paths["crm"], paths["erp"], FULL, **more)
    found = by_digests(asked)
    assert found == compare(asked.crm, asked.erp, FULL, **more)
    of_deals: dict[str, tuple[list[str], set[str]]] = {}
    for finding in found.findings:
        problems, fields = of_deals.setdefault(finding.repair.deal, ([], set()))
        problems.append(finding.problem)
        fields.update(each.field for each in finding.repair.differences)
    alone, _ = of_deals.pop("", ([], set()))
    assert of_deals == wanted_of(with_invoices=with_invoices)
    # Orders that name no deal, and invoices whose order is not there.
    assert alone == ["no deal"] * orphans


def wanted_of(*, with_invoices: bool) -> dict[str, tuple[list[str], set[str]]]:
    """The problems and fields of each deal."""
    wanted: dict[str, tuple[list[str], set[str]]] = {}
    for number, (_, problems, fields) in enumerate(KINDS):
        compared = {field for field in fields if with_invoices or not field.startswith("invoice")}
        if problems and (compared or not fields):
            wanted[f"006{number:04}"] = [problem for problem in problems if problem != "no deal"], compared
    return wanted


ODD = ("", "1e2", " 7", "007", "NaN", "TRUE", "null", "0x10", "1,000", "-0", "2026-13-01", "2026-02-28T23:59:59Z")
ODD = (*ODD, "ü", 'a "b"', "a,b", "two\nlines", "=1+1", "Closed", "Closed Won", "0060001", "1", "I1", "Credit Memo")
FILES = {"crm": (*CRM, *CRM_LINE), "erp": (*ERP, *ERP_LINE), "bills": (*BILL, *ERP_LINE)}


def odd_value(file: str) -> st.SearchStrategy[Change]:
    """Any value in any column of a file."""
    above = {"crm": "OpportunityLineItem.", "erp": "salesOrder.item.", "bills": "invoice.item."}[file]
    lines = CRM_LINE if file == "crm" else ERP_LINE
    names = [*(FILES[file][: -len(lines)]), *(f"{above}{name}" for name in lines)]
    return st.builds(
        lambda of, name, value: of(file, name, value),
        st.sampled_from([all_rows, one_row]),
        st.sampled_from(names),
        st.sampled_from(ODD),
    )


CHANGES = st.one_of(st.sampled_from([change for change, *_ in KINDS]), *map(odd_value, FILES))


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=examples(24))
@given(
    st.lists(st.lists(CHANGES, max_size=3), min_size=1, max_size=4),
    st.sampled_from(["csv", "parquet"]),
    st.booleans(),
    st.booleans(),
)
def test_both_ways_agree_whatever_is_changed(
    tmp_path_factory: pytest.TempPathFactory, changes: list[list[Change]], form: str, invoiced: bool, bills: bool
) -> None:
    documents = [Documents(number) for number in range(len(changes))]
    for each, of_deal in zip(documents, changes, strict=True):
        for change in of_deal:
            change(each)
    paths = files(tmp_path_factory.mktemp("exports"), documents, form)
    contract = msgspec.structs.replace(FULL, invoiced=invoiced)
    invoices = paths["bills"] if bills else None
    agree(request(paths["crm"], paths["erp"], contract, compared=NAMES, invoices=invoices))
