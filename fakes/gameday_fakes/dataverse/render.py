"""Records as JSON with the annotations that a client asks for: formatted values, and what lookups lead to.

Source: learn.microsoft.com, "Query data using the Web API", "Formatted values" and "Lookup property data".
"""

from __future__ import annotations

import datetime
import fnmatch
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes.dataverse.schema import TABLE_OF, TABLES
from gameday_fakes.dataverse.store import Store
from gameday_fakes.dataverse.tables import CHOICES, Column
from gameday_fakes.odata.model import EntitySet
from gameday_fakes.odata.options import Options
from gameday_fakes.odata.payload import Renderer
from gameday_fakes.odata.records import Record

FORMATTED = "OData.Community.Display.V1.FormattedValue"
NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"
LOGICAL_NAME = "Microsoft.Dynamics.CRM.lookuplogicalname"
ERROR_DETAILS = "Microsoft.PowerApps.CDS.HelpLink"


def annotations_of(preference: str) -> Callable[[str], bool]:
    """Whether a client asks for an annotation, by ``odata.include-annotations``.

    >>> wanted = annotations_of("OData.Community.Display.*,-X.y")
    >>> wanted(FORMATTED), wanted(LOGICAL_NAME)
    (True, False)
    """
    patterns = [each.strip() for each in preference.split(",")[:50] if each.strip()]
    if not patterns:
        return _no_annotation
    return lambda name: any(fnmatch.fnmatchcase(name, each) for each in patterns)


def _no_annotation(_: str) -> bool:
    """What a client wants that does not ask for annotations."""
    return False


class AnnotatedRenderer(Renderer):
    """Renders records with annotations; ``wanted`` says which."""

    def __init__(self, store: Store, *more: Any, wanted: Callable[[str], bool]) -> None:
        super().__init__(store, *more)
        self._store = store
        self._wanted = wanted

    def record(self, of: EntitySet, record: Record, options: Options) -> dict[str, Any]:
        shown = super().record(of, record, options)
        # How a webhook proves who sends it is never shown.
        if "authvalue" in shown:
            shown["authvalue"] = None
        # A record always has its id, whatever is selected.
        if options.select is not None and of.key[0] not in shown and of.key[0] not in of.renamed:
            shown[of.key[0]] = record.values[of.key[0]]
        table = TABLE_OF.get(of.name)
        if table is None or self._wanted is _no_annotation:
            return shown
        found: dict[str, Any] = {}
        for column in table.columns:
            name = of.renamed.get(column.property_name, column.property_name)
            value = record.values[column.property_name]
            if name in shown and value is not None:
                found |= {f"{name}@{of_}": note for of_, note in self._about(column, value, record.values)}
        return shown | found

    def _about(self, column: Column, value: Any, values: Mapping[str, Any]) -> list[tuple[str, str]]:
        if column.targets:
            return [each for each in self._reference(column, str(value)) if self._wanted(each[0])]
        text = self._formatted(column, value, values) if self._wanted(FORMATTED) else ""
        return [(FORMATTED, text)] if text else []

    def _reference(self, column: Column, id_: str) -> list[tuple[str, str]]:
        for name in column.targets:
            table = TABLES.get(name)
            record = self._store.get(table.set_name, id_) if table is not None else None
            if table is not None and record is not None:
                label = record.values.get(table.label)
                way = column.name if len(column.targets) == 1 else f"{column.name}_{name}"
                return [(FORMATTED, str(label or "")), (NAVIGATION, way), (LOGICAL_NAME, name)]
        return []

    def _formatted(self, column: Column, value: Any, values: Mapping[str, Any]) -> str:
        """A value as people see it, in the format of the United States."""
        if column.kind in CHOICES:
            return column.options.get(value) or self._store.added_reasons.get(value, "")
        match value:
            case bool():
                return "Yes" if value else "No"
            case Decimal():
                return self._amount(value, values) if column.kind == "Money" else f"{value:,.2f}"
            case int():
                return f"{value:,}"
            case datetime.datetime():
                return f"{value.month}/{value.day}/{value.year} {value:%I:%M %p}".replace(" 0", " ")
            case datetime.date():
                return f"{value.month}/{value.day}/{value.year}"
        return ""

    def _amount(self, value: Decimal, values: Mapping[str, Any]) -> str:
        record = self._store.get("transactioncurrencies", values.get("_transactioncurrencyid_value"))
        symbol, decimals = (
            ("$", 2) if record is None else (record.values["currencysymbol"], record.values["currencyprecision"])
        )
        return f"{symbol}{value:,.{decimals}f}"
