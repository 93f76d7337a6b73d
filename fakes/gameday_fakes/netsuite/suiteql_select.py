"""SELECTs of SuiteQL in the engine's language: tables and joins, groups, order, paging, sets and WITH."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlglot import exp

from gameday_fakes.netsuite.suiteql import QueryError, Unsupported
from gameday_fakes.netsuite.suiteql_aggregates import AGGREGATES, direction, name_of_call
from gameday_fakes.netsuite.suiteql_from import FromClause, Named
from gameday_fakes.netsuite.suiteql_rows import conjuncts, counted, paged, rows_wanted
from gameday_fakes.netsuite.suiteql_scope import Scope, only
from gameday_fakes.netsuite.suiteql_values import Value, sort_key, united
from gameday_fakes.sql.database import quoted
from gameday_fakes.whole_numbers import whole_number

_SETS: dict[type[exp.Expr], str] = {exp.Union: "UNION", exp.Except: "EXCEPT", exp.Intersect: "INTERSECT"}
#: The most columns of a result.
WIDEST = 300


class Translated(msgspec.Struct, frozen=True):
    """A query for the engine, and its columns by name."""

    text: str
    columns: dict[str, Value]


class Translator(FromClause):
    """Translates one query; ``unknown`` then names a table that is not there. Raises QueryError."""

    _top: exp.Expr | None = None

    def whole(self, node: exp.Expr) -> Translated:
        """A whole query. Functions of its groups are left to be called for the rows of a page only."""
        self._top = node
        return self.query(node, None)

    def query(self, node: exp.Expr, parent: Scope | None) -> Translated:
        """A SELECT, or several as one set."""
        if isinstance(node, exp.Subquery):
            only(node, "this")
            return self.query(node.this, parent)
        prefix = self._with(node, parent)
        try:
            found = self._set(node, parent) if type(node) in _SETS else self._select(node, parent)
        finally:
            self.named.pop()
        return msgspec.structs.replace(found, text=prefix + found.text)

    def subquery(self, node: exp.Expr, scope: Scope | None) -> tuple[str, dict[str, Value]]:
        found = self.query(node, scope)
        return found.text, found.columns

    # -- WITH and sets -------------------------------------------------------------------------------

    def _with(self, node: exp.Expr, parent: Scope | None) -> str:
        names: dict[str, Named] = {}
        self.named.append(names)
        given = node.args.get("with_")
        if given is None:
            return ""
        only(given, "expressions")
        texts = []
        for one in given.expressions:
            only(one, "this", "alias")
            before = self.read
            found = self.query(one.this, parent)
            columns = found.columns
            renamed = [column.name.lower() for column in one.args["alias"].args.get("columns") or ()]
            if renamed:
                if len(renamed) != len(columns):
                    raise QueryError("not enough values")
                columns = dict(zip(renamed, columns.values(), strict=True))
            alias = self.alias("q")
            texts.append(f"{alias}({', '.join(map(quoted, columns))}) AS ({found.text})")
            names[one.alias.lower()] = Named(alias, columns, self.read - before)
        return f"WITH {', '.join(texts)} "

    def _set(self, node: exp.Expr, parent: Scope | None) -> Translated:
        only(node, "this", "expression", "distinct", "order", "limit", "offset", "with_")
        sides = [self.query(side, parent) for side in (node.this, node.expression)]
        left, right = (list(side.columns.values()) for side in sides)
        if len(left) != len(right):
            raise QueryError("query block has incorrect number of result columns")
        columns: dict[str, Value] = {}
        outer: list[list[str]] = [[], []]
        for name, one, other in zip(sides[0].columns, left, right, strict=True):
            names = [list(side.columns)[len(columns)] for side in sides]
            values = [
                msgspec.structs.replace(value, text=f"s.{quoted(of)}", literal=None)
                for value, of in zip((one, other), names, strict=True)
            ]
            kind, texts = united(values, self.parameters)
            for side, text in zip(outer, texts, strict=True):
                # Equal numbers are one row, however they are written.
                plain = f"num_plain({text})" if kind == "number" and node.args.get("distinct") else text
                side.append(f"{plain} AS {quoted(name)}")
            columns[name] = Value(quoted(name), kind, to=one.to if one.to == other.to else "")
        operator = _SETS[type(node)] + ("" if node.args.get("distinct") else " ALL")
        selects = (f"SELECT {', '.join(o)} FROM ({s.text}) AS s" for o, s in zip(outer, sides, strict=True))  # noqa: S608
        text = f"SELECT * FROM ({f' {operator} '.join(selects)}) AS s"  # noqa: S608 - translated
        scope = Scope(None)
        scope.selected = columns
        order = self._ordered(node, scope)
        if order:
            text += f" WHERE sorted_row(s.{quoted(next(iter(columns)))})"
        return Translated(text + order + paged(node), columns)

    # -- one SELECT ----------------------------------------------------------------------------------

    def _select(self, node: exp.Expr, parent: Scope | None) -> Translated:
        if not isinstance(node, exp.Select):
            raise Unsupported(type(node).__name__.upper())
        only(
            node, "expressions", "from_", "joins", "where", "group", "having", "distinct", "order", "limit", "offset",
            "with_", "hint",
        )  # fmt: skip
        scope = Scope(parent)
        source = self.from_clause(node, scope)
        where, most = self._where(node, scope)
        grouped = node.args.get("group") is not None or _aggregates(node)
        distinct = node.args.get("distinct") is not None
        numbers_first = most is not None and (grouped or distinct or node.args.get("order") is not None)
        if numbers_first:
            scope.wrapped = {}
        groups = self._groups(node, scope)
        scope.grouped, scope.groups = grouped, set(groups)
        columns = self._selected(node, scope)
        scope.selected = columns
        having = node.args.get("having")
        having_text = f" HAVING {self.condition(having.this, scope)}" if having is not None else ""
        order = self._ordered(node, scope, distinct=distinct)
        if scope.bare:
            raise QueryError(f"Field '{scope.bare[0][:80]}' is not a GROUP BY expression")
        if groups or order or distinct or any("OVER (" in value.text for value in columns.values()):
            where += counted(scope, where)
        if numbers_first:
            inner = ", ".join(f"{text} AS {name}" for text, name in (scope.wrapped or {}).items()) or "1"
            source, where = f" FROM (SELECT {inner}{source}{where} LIMIT {most}) AS w", ""
        elif most is not None:
            order += f" LIMIT {most}"
        if distinct and not grouped:
            groups = [sort_key(value) for value in columns.values()]
        # Only a page of the rows is shown, so what can be called later need not be called for all of them.
        later = node is self._top and not distinct
        texts = {name: value.inner if later and value.later else value.text for name, value in columns.items()}
        selected = ", ".join(f"{text} AS {quoted(name)}" for name, text in texts.items())
        group_text = f" GROUP BY {', '.join(groups)}" if groups else ""
        word = "SELECT DISTINCT" if distinct and (grouped or "OVER (" in selected) else "SELECT"
        text = f"{word} {selected}{source}{where}{group_text if 'DISTINCT' not in word or grouped else ''}"
        pages = paged(node)
        if pages and most is not None and not numbers_first:
            raise Unsupported("ROWNUM with paging")
        found = {
            name: Value(quoted(name), value.kind, to=value.to, later=value.later if later else "")
            for name, value in columns.items()
        }
        return Translated(text + having_text + order + pages, found)

    def _selected(self, node: exp.Select, scope: Scope) -> dict[str, Value]:
        columns: dict[str, Value] = {}
        unnamed = 0
        for one in node.expressions:
            for name, value in self._columns(one, scope):
                if not name:
                    unnamed += 1
                shown = name or f"expr{unnamed}"
                number = 0
                # A second column of one name gets a number [R].
                while shown in columns:
                    number += 1
                    shown = f"{name}_{number}"
                columns[shown] = value
                if len(columns) > WIDEST:
                    raise QueryError(f"a query has at most {WIDEST} columns")
        return columns

    def _columns(self, node: exp.Expr, scope: Scope) -> Iterator[tuple[str, Value]]:
        if isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star)):
            only(node, "this", "table")
            for name, value in scope.all_of(node.table.lower() if isinstance(node, exp.Column) else ""):
                if scope.grouped:
                    scope.bare.append(name)
                yield name, value
        elif isinstance(node, exp.Alias):
            yield node.alias.lower(), self.value(node.this, scope)
        else:
            yield _name_of(node), self.value(node, scope)

    def _where(self, node: exp.Select, scope: Scope) -> tuple[str, int | None]:
        """The condition, and the number of rows that ROWNUM asks for."""
        where = node.args.get("where")
        if where is None:
            return "", None
        conditions, most = [], None
        for part in conjuncts(where.this):
            rows = rows_wanted(part)
            if rows is None:
                conditions.append(self.condition(part, scope))
            else:
                most = rows if most is None else min(most, rows)
        text = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        if "row_number() OVER ()" in text:
            raise Unsupported("ROWNUM in such a condition")
        return text, most

    def _groups(self, node: exp.Select, scope: Scope) -> list[str]:
        group = node.args.get("group")
        if group is None:
            return []
        only(group, "expressions")
        return [sort_key(self.value(one, scope)) for one in group.expressions]

    def _ordered(self, node: exp.Expr, scope: Scope, *, distinct: bool = False) -> str:
        order = node.args.get("order")
        if order is None:
            return ""
        only(order, "expressions")
        keys = []
        for one in order.expressions:
            named = one.this
            if isinstance(named, exp.Literal) and not named.is_string:
                place = whole_number(named.this) or 0
                if not 0 < place <= len(scope.selected):
                    raise QueryError("ORDER BY item must be the number of a SELECT-list expression")
                keys.append(direction(sort_key(list(scope.selected.values())[place - 1]), one))
                continue
            plain = isinstance(named, exp.Column) and not named.table and named.name.lower() in scope.selected
            value = scope.selected[named.name.lower()] if plain else self.value(named, scope)
            keys.append(direction(sort_key(value), one))
            if distinct and sort_key(value) not in set(map(sort_key, scope.selected.values())):
                raise QueryError("ORDER BY item is not a SELECTed expression")
        return f" ORDER BY {', '.join(keys)}"


def _aggregates(node: exp.Select) -> bool:
    """Whether rows are put together without GROUP BY."""
    parts = [*node.expressions, node.args.get("having"), node.args.get("order")]
    return any(_has_aggregate(part) for part in parts if part is not None)


def _has_aggregate(node: exp.Expr) -> bool:
    if isinstance(node, exp.Query | exp.Window):
        return False
    if name_of_call(node) in AGGREGATES:
        return True
    return any(_has_aggregate(child) for child in node.iter_expressions())


def _name_of(node: exp.Expr) -> str:
    """The name of a column that is given none; empty if it gets a number."""
    if isinstance(node, exp.Column):
        return node.name.lower()
    if name_of_call(node) in ("BUILTIN.DF", "BUILTIN.CF", "DF", "TO_CHAR"):
        call = node.expression if isinstance(node, exp.Dot) else node
        inner = call.expressions[0] if call.expressions else None
        return inner.name.lower() if isinstance(inner, exp.Column) else ""
    return ""
