"""The rows of SOQL in the engine's language: an object's records, and columns of them and of their parents."""

from __future__ import annotations

from collections.abc import Callable

from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.paths import Path, Paths
from gameday_fakes.salesforce.query_tables import is_folded, kind_of
from gameday_fakes.salesforce.soql_dates import OF_MOMENTS
from gameday_fakes.salesforce.soql_shared import Shared
from gameday_fakes.salesforce.soql_tree import Call, Name, Query
from gameday_fakes.sql.database import quoted
from gameday_fakes.sql.source import KEY


class JoinedRows:
    """The rows of one object in a statement, joined with those of their parents. Raises Refused."""

    def __init__(
        self, shared: Shared, paths: Paths, sobject: str, within: Callable[[Query], tuple[str, Field]] | None = None
    ) -> None:
        self.shared = shared
        self._paths = paths
        self._sobject = sobject
        self._within = within
        self.alias = shared.alias()
        shared.use(sobject, "Id")
        self._parents: dict[tuple[str, ...], str] = {(): self.alias}
        self._joins: list[str] = []

    @property
    def source(self) -> str:
        """The tables, joined."""
        return f"{quoted(self._sobject)} AS {self.alias}{''.join(self._joins)}"

    def path(self, name: Name) -> Path:
        """A field by its name."""
        return self._paths.path(self._sobject, name)

    def column(self, path: Path, suffix: str = "") -> str:
        """A field's values."""
        hops: tuple[str, ...] = ()
        sobject = self._sobject
        for hop in path.hops:
            reached = (*hops, hop.name)
            if reached not in self._parents:
                alias = self._parents[reached] = self.shared.alias()
                self.shared.use(sobject, hop.name)
                self.shared.use(hop.refers_to, "Id")
                child = f"{self._parents[hops]}.{quoted(hop.name)}"
                parent = f"{quoted(hop.refers_to)} AS {alias}"
                self._joins.append(f' LEFT JOIN {parent} ON {alias}."Id" = {child} AND {alias}."IsDeleted" = 0')
            hops, sobject = reached, hop.refers_to
        self.shared.use(sobject, path.field.name + suffix)
        return f"{self._parents[hops]}.{quoted(path.field.name + suffix)}"

    def compared(self, path: Path) -> str:
        """A field's values as they compare and sort."""
        has_key = is_folded(path.field) or kind_of(path.field) == "number"
        return self.column(path, KEY if has_key else "")

    def converted(self, path: Path) -> str:
        """A field's values; an amount is in the organisation's own currency."""
        currency = self._paths.currency_of(self._sobject, path) if path.field.type == "currency" else None
        column = self.column(path)
        return f"own_currency({column}, {self.column(currency)})" if currency is not None else column

    def date_part(self, call: Call) -> str:
        """A date function of a field."""
        name = call.field or Name(("",), call.position)
        path = self.path(name)
        wanted = ("datetime",) if call.function in OF_MOMENTS else ("date", "datetime")
        if path.field.type not in wanted:
            raise self._paths.refused(name, f"field {path.shown} does not support function {call.function}")
        return f"date_part('{call.function}', {self.column(path)})"

    def refused(self, name: Name, message: str, code: str = "INVALID_FIELD") -> Refused:
        """A refusal that points at a name."""
        return self._paths.refused(name, message, code)
