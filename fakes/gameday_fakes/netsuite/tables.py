"""The tables of SuiteQL: columns of transactions and their lines, and one table for each other record type."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes.netsuite import adjustments
from gameday_fakes.netsuite.address_tables import address_book_table, address_table
from gameday_fakes.netsuite.dates import AccountDates
from gameday_fakes.netsuite.fields import BUNDLED
from gameday_fakes.netsuite.item_types import INVENTORY, ITEM_TYPES
from gameday_fakes.netsuite.link_tables import line_link_table, link_table, made_from
from gameday_fakes.netsuite.members import member_table
from gameday_fakes.netsuite.model import Model
from gameday_fakes.netsuite.models import Fulfillment, Invoice, Line, Order, Settlement
from gameday_fakes.netsuite.record_tables import field_column, record_table
from gameday_fakes.netsuite.render import price_levels
from gameday_fakes.netsuite.standard import LINES, TRANSACTIONS
from gameday_fakes.netsuite.store import NetSuiteStore, period_id
from gameday_fakes.netsuite.table_shapes import NAME, RECORD, Column, Table
from gameday_fakes.netsuite.transaction_kinds import TRANSACTION_KINDS, reference_name
from gameday_fakes.sql import Watched

_Transaction = Order | Invoice | Settlement | Fulfillment
_LineRow = tuple[_Transaction, Line]
#: Kinds that post into a period.
_POSTING = (Invoice, Settlement, Fulfillment)


def _transactions(store: NetSuiteStore, dates: AccountDates) -> Table:
    columns = {**_references(store), **_amounts(store), **_texts(store), **_times(dates)}
    for kind in reversed(TRANSACTIONS):
        for name, field in store.model.record_types[kind].further.items():
            columns[name.lower()] = field_column(dates, name, field, lambda row: row.custom)
    columns[RECORD] = Column("text", _record_of)
    return Table(columns, _watched(store), TRANSACTIONS, lambda: dates.time_zone)


def _watched(store: NetSuiteStore) -> tuple[Watched[Any], ...]:
    return tuple(store.of_kind[kind] for kind in TRANSACTIONS)


def _references(store: NetSuiteStore) -> dict[str, Column]:
    def source(row: _Transaction) -> str:
        id_ = made_from(row)
        if not id_:
            return ""
        return reference_name(store.kind_of(id_), id_)

    return {
        "id": Column("integer", lambda row: row.id, field="id", indexed=True),
        "entity": Column("integer", lambda row: row.customer, "customer", "entity", indexed=True),
        "currency": Column("integer", lambda row: row.currency, "currency", "currency"),
        "subsidiary": Column("integer", lambda row: row.subsidiary, "subsidiary", "subsidiary"),
        "terms": Column("integer", lambda row: getattr(row, "terms", ""), "term", "terms"),
        "createdfrom": Column("integer", made_from, field="createdFrom", display="#createdfrom", indexed=True),
        "#createdfrom": Column("text", source),
        "postingperiod": Column(
            "integer",
            lambda row: period_id(row.period) if isinstance(row, _POSTING) else "",
            "accountingPeriod",
            "postingPeriod",
        ),
    }


def _amounts(store: NetSuiteStore) -> dict[str, Column]:
    def remaining(row: _Transaction) -> Any:
        return store.remaining(row) if isinstance(row, Invoice) and row.kind == "invoice" else ""

    def paid(row: _Transaction) -> Any:
        return row.total - store.remaining(row) if isinstance(row, Invoice) and row.kind == "invoice" else ""

    def exchange_rate(row: _Transaction) -> Any:
        return row.exchange_rate if isinstance(row, Order) else Decimal(1)

    return {
        "foreigntotal": Column("number", lambda row: row.total, field="total"),
        "total": Column("number", lambda row: row.total, field="total"),
        "taxtotal": Column("number", lambda row: row.tax_total, field="taxTotal"),
        "exchangerate": Column("number", exchange_rate, field="exchangeRate"),
        "foreignamountunpaid": Column("number", remaining, field="amountRemaining"),
        "foreignamountpaid": Column("number", paid),
    }


def _texts(store: NetSuiteStore) -> dict[str, Column]:
    status = store.status_of

    def type_of(row: _Transaction) -> tuple[str, str]:
        kind = TRANSACTION_KINDS[row.kind]
        return kind.type, kind.title

    return {
        "externalid": Column("text", lambda row: row.external_id, field="externalId", indexed=True),
        "otherrefnum": Column("text", lambda row: row.other_ref_num, field="otherRefNum", indexed=True),
        "tranid": Column("text", lambda row: row.tran_id, field="tranId", indexed=True),
        "trandisplayname": Column("text", lambda row: f"{type_of(row)[1]} #{row.tran_id}"),
        "type": Column("text", lambda row: type_of(row)[0], display="#type"),
        "#type": Column("text", lambda row: type_of(row)[1]),
        "recordtype": Column("text", lambda row: _record_of(row).lower()),
        "status": Column("text", lambda row: status(row)[0], "", "status", "#status", "#statuscode"),
        "#status": Column("text", lambda row: f"{type_of(row)[1]} : {status(row)[1]}"),
        "#statuscode": Column("text", lambda row: f"{type_of(row)[0]}:{status(row)[0]}"),
        "statusname": Column("text", lambda row: status(row)[1], field="status"),
        "memo": Column("text", lambda row: row.memo, field="memo"),
        "posting": Column("flag", lambda row: "T" if isinstance(row, _POSTING) else "F"),
        "voided": Column("flag", lambda _: "F"),
        NAME: Column("text", lambda row: f"{type_of(row)[1]} #{row.tran_id}"),
    }


def _times(dates: AccountDates) -> dict[str, Column]:
    return {
        "trandate": Column("date", lambda row: dates.day(row.date), field="tranDate"),
        "createddate": Column("moment", lambda row: dates.local(row.created_s), field="createdDate"),
        "lastmodifieddate": Column("moment", lambda row: dates.local(row.modified_s), field="lastModifiedDate"),
    }


def _record_of(row: _Transaction) -> str:
    return row.kind


def _lines(store: NetSuiteStore, dates: AccountDates) -> Table:
    """The lines with items; the main line and lines of tax, which NetSuite has besides, are not among them."""

    def rows_of(row: _Transaction) -> list[_LineRow]:
        return [(row, line) for line in adjustments.with_discount(row)]

    def item_type(row: _LineRow) -> str:
        item = store.records[INVENTORY].get(row[1].item)
        return ITEM_TYPES[item.type or INVENTORY] if item else ""

    def rate(row: _LineRow) -> Any:
        return "" if row[1].role and (row[1].role != "adjustment" or row[1].percent is not None) else row[1].rate

    def of_all(row: _LineRow) -> str:
        return "T" if row[0].discount_item and row[1] not in row[0].lines else "F"

    def percent(row: _LineRow) -> Any:
        return "" if row[1].percent is None else row[1].percent / 100

    columns = {
        "transaction": Column("integer", lambda row: row[0].id, indexed=True),
        "id": Column("integer", lambda row: str(row[1].number), field="line"),
        "linesequencenumber": Column("integer", lambda row: str(row[1].number), field="line"),
        # No other line has the same one, of whatever transaction.
        "uniquekey": Column("integer", lambda row: f"{row[0].id}{row[1].number:06}"),
        "item": Column("integer", lambda row: row[1].item, "inventoryItem", "item", indexed=True),
        "itemtype": Column("text", item_type),
        "quantity": Column("number", lambda row: "" if row[1].role else row[1].quantity, field="quantity"),
        "rate": Column("number", rate, field="rate"),
        "ratepercent": Column("number", percent, field="rate"),
        # Whether it is the discount of the whole transaction, which has a line of its own here.
        "transactiondiscount": Column("flag", of_all),
        "foreignamount": Column("number", lambda row: row[1].amount, field="amount"),
        "netamount": Column("number", lambda row: row[1].amount, field="amount"),
        "price": Column("integer", lambda row: row[1].price_level, field="price", names=price_levels(store)),
        "memo": Column("text", lambda row: row[1].description, field="description"),
        "mainline": Column("flag", lambda _: "F"),
        "taxline": Column("flag", lambda _: "F"),
        "taxcode": Column("integer", lambda row: row[1].tax_code, "salesTaxItem", "taxCode"),
        "isclosed": Column("flag", lambda row: "T" if row[1].is_closed else "F", field="isClosed"),
        "entity": Column("integer", lambda row: row[0].customer, "customer"),
        "subsidiary": Column("integer", lambda row: row[0].subsidiary, "subsidiary"),
        "createdfrom": Column("integer", lambda row: made_from(row[0])),
        RECORD: Column("text", lambda row: _record_of(row[0])),
        **{
            name.lower(): field_column(dates, name, field, lambda row: row[1].custom)
            for kind in reversed(TRANSACTIONS)
            for name, field in store.model.record_types[kind].further_lines.items()
        },
    }
    return Table(columns, _watched(store), TRANSACTIONS, lambda: dates.time_zone, rows_of, LINES)


MakeTable = Callable[[NetSuiteStore, AccountDates], Table]


@functools.lru_cache(maxsize=16)
def tables_of(model: Model) -> Mapping[str, MakeTable]:
    """What builds each table from the records, by its name in SuiteQL."""
    return {
        "transaction": _transactions,
        "transactionline": _lines,
        "item": functools.partial(record_table, kind=INVENTORY),
        "entity": functools.partial(record_table, kind="customer"),
        "kititemmember": member_table,
        **dict.fromkeys(("entityaddressbook", "customeraddressbook"), address_book_table),
        **dict.fromkeys(("entityaddress", "customeraddressbookentityaddress"), address_table),
        **dict.fromkeys(("previoustransactionlink", "nexttransactionlink"), link_table),
        **dict.fromkeys(("previoustransactionlinelink", "nexttransactionlinelink"), line_link_table),
        **{
            kind.lower(): functools.partial(record_table, kind=kind)
            for kind in model.record_types
            if kind not in TRANSACTIONS and kind not in ITEM_TYPES
        },
        INVENTORY.lower(): functools.partial(record_table, kind=INVENTORY),
    }


#: Those of the bundled organisation.
TABLES = tables_of(BUNDLED)
