"""Records as a statement selects them: its fields, parents within them, and functions of fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from gameday_fakes.salesforce.currencies import converter, own_currency
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.models import Record, SalesforceStore
from gameday_fakes.salesforce.paths import Path, Paths
from gameday_fakes.salesforce.render import attributes
from gameday_fakes.salesforce.retyped import value_of
from gameday_fakes.salesforce.schema import Schema
from gameday_fakes.salesforce.soql_format import formatted
from gameday_fakes.salesforce.soql_tree import SHOWN, Call, Fields, Name, Query, Selected

Shape = Callable[[Record], dict[str, Any]]
#: How a function shows a value of a record.
Show = Callable[[Any, Record], Any]


class Shapes:
    """Makes the functions that shape records. Raises Refused."""

    def __init__(self, store: SalesforceStore, schema: Schema, paths: Paths, version: str) -> None:
        self._store = store
        self._schema = schema
        self._paths = paths
        self._version = version

    @staticmethod
    def inner(query: Query) -> list[Query]:
        """The child queries of a statement."""
        return [one.what for one in query.selected if isinstance(one.what, Query)]

    def shape(self, query: Query, sobject: str) -> Shape:
        """The function that makes a row of a record, without its children."""
        selected: list[Path] = []
        called: list[tuple[str, Path, Show]] = []
        for one in query.selected:
            if isinstance(one.what, Name):
                if one.alias:
                    message = "only aggregate expressions use field aliasing"
                    raise self._paths.refused(one.what, message, "MALFORMED_QUERY")
                selected.append(self._paths.path(sobject, one.what))
            elif isinstance(one.what, Fields):
                selected += self._all(one.what, sobject)
            elif isinstance(one.what, Call):
                called.append(self._called(one.what, one, sobject))
        self._check_once(query, selected)
        tree = self._tree(sobject, selected)
        if not called:
            return tree

        def shape(record: Record) -> dict[str, Any]:
            row = tree(record)
            for name, path, show in called:
                row[name] = show(path.value(record), record)
            return row

        return shape

    def _called(self, call: Call, one: Selected, sobject: str) -> tuple[str, Path, Show]:
        """How a function is named, what it is of, and how it shows a value."""
        name = call.field
        if call.function not in SHOWN or name is None:
            shown = f"{call.function}({'.'.join(name.path) if name else ''})"
            message = f"Field must be grouped or aggregated: {shown}"
            raise self._paths.refused(Name((shown,), one.position), message, "MALFORMED_QUERY")
        path = self._paths.path(sobject, name)
        if call.function == "TOLABEL" and path.field.type not in ("picklist", "multipicklist", "string"):
            message = f"field {path.shown} does not support toLabel"
            raise self._paths.refused(name, message, "INVALID_FIELD")
        show: Show = self._formats(path) if call.function == "FORMAT" else lambda value, _: value
        inner = call.argument if isinstance(call.argument, Call) else call
        if inner.function == "CONVERTCURRENCY":
            show = self._converts(path, sobject, name, formats=inner is not call)
        return one.alias or path.shown, path, show

    @staticmethod
    def _formats(path: Path) -> Show:
        return lambda value, record: formatted(path.field, value, record.fields.get("CurrencyIsoCode"))

    def _converts(self, path: Path, sobject: str, name: Name, *, formats: bool) -> Show:
        """Amounts in the user's currency, which is that of the organisation."""
        currency = self._paths.currency_of(sobject, path)
        if path.field.type != "currency" or currency is None:
            message = f"field {path.shown} does not support convertCurrency"
            raise self._paths.refused(name, message, "INVALID_FIELD")
        convert, own = converter(self._store), own_currency(self._store)

        def show(value: Any, record: Record) -> Any:
            converted = convert(value, currency.value(record))
            amount = None if converted is None else Decimal(converted)
            return formatted(path.field, amount, own) if formats else amount

        return show

    def _all(self, fields: Fields, sobject: str) -> Iterator[Path]:
        for _, shown in self._schema.view(sobject).shown:
            if fields.which == "ALL" or shown.endswith("__c") == (fields.which == "CUSTOM"):
                yield self._paths.path(sobject, Name((shown,), fields.position))

    def _check_once(self, query: Query, selected: list[Path]) -> None:
        if not any(isinstance(one.what, Fields) for one in query.selected):
            return
        seen = set()
        for path in selected:
            if not path.hops and path.shown in seen:
                message = f"duplicate field selected: {path.shown}"
                raise self._paths.refused(Name((path.shown,), query.selected[0].position), message)
            seen.add(path.shown)

    def _tree(self, sobject: str, selected: list[Path], depth: int = 0) -> Shape:
        """The function that makes a row of a record's selected fields and parents."""
        own: list[tuple[Field, str]] = []
        below: dict[str, tuple[Field, list[Path]]] = {}
        order: list[str] = []
        for path in selected:
            if len(path.hops) == depth:
                own.append((path.field, path.shown))
                order.append(path.shown)
            else:
                hop = path.hops[depth]
                if hop.relationship not in below:
                    order.append(hop.relationship)
                below.setdefault(hop.relationship, (hop, []))[1].append(path)
        fields = {shown: field for field, shown in own}
        parents = {
            name: (hop.name, self._tree(hop.refers_to, paths, depth + 1)) for name, (hop, paths) in below.items()
        }

        def shape(record: Record) -> dict[str, Any]:
            values = record.fields
            row: dict[str, Any] = {"attributes": attributes(record.object, values["Id"], self._version)}
            for name in order:
                if name in fields:
                    row[name] = value_of(record, fields[name])
                else:
                    reference, inner = parents[name]
                    parent = self._store.get(values[reference])
                    row[name] = None if parent is None else inner(parent)
            return row

        return shape
