"""Queries in bulk: which statements are accepted, and their rows as CSV.

Source: "Bulk API 2.0 Query" of the Bulk API 2.0 and Bulk API Developer Guide: no aggregates, no GROUP BY, no OFFSET, no
child queries; parents' fields are columns of their own, named by their path.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from gameday_fakes.salesforce.csv_data import shown
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.models import SalesforceStore
from gameday_fakes.salesforce.paths import Paths
from gameday_fakes.salesforce.schema import Schema
from gameday_fakes.salesforce.soql import parse
from gameday_fakes.salesforce.soql_tree import Name, Query
from gameday_fakes.whole_numbers import whole_number

#: The names that lead from a row to a value: ``("Account", "Name")``.
Column = tuple[str, ...]

_UNSUPPORTED = "not supported in Bulk V2 Query with CSV content type"


def accepted(statement: str) -> Query:
    """The statement as a tree. Raises Refused if it is no SOQL, or none that can run in bulk."""
    query = parse(statement)
    if any(isinstance(field, Query) for field in query.fields):
        raise Refused("FEATURENOTENABLED", f"Aggregate Relationships {_UNSUPPORTED}")
    if query.counts or query.is_grouped or not all(isinstance(field, Name) for field in query.fields):
        raise Refused("FEATURENOTENABLED", f"Aggregate functions and GROUP BY {_UNSUPPORTED}")
    if query.offset:
        raise Refused("FEATURENOTENABLED", f"OFFSET {_UNSUPPORTED}")
    return query


def columns(query: Query, sobject: str, store: SalesforceStore, schema: Schema) -> list[Column]:
    """The columns in the order of the SELECT, under the fields' names now. Raises Refused."""
    paths = Paths(store, schema, query.text, query.aliases)
    found = (paths.path(sobject, field) for field in query.fields if isinstance(field, Name))
    return [(*(hop.relationship for hop in path.hops), path.shown) for path in found]


def cells(row: dict[str, Any], names: list[Column]) -> list[str]:
    """A row of a query as a row of CSV; what a missing parent would have is empty."""
    line = []
    for steps in names:
        value: Any = row
        for step in steps:
            value = None if value is None else value[step]
        line.append(shown(value))
    return line


def locator_of(start: int) -> str:
    """The locator of the page that begins at a row; ``null`` marks the end, so this never is."""
    return base64.urlsafe_b64encode(str(start).encode()).decode().rstrip("=")


def start_of(locator: str) -> int | None:
    """The row at which the page of a locator begins; None if it is no locator."""
    try:
        text = base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    return whole_number(text, digits=9)
