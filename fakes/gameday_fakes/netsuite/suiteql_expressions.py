"""Expressions and conditions of SuiteQL in the engine's language; a node that is not known here is refused."""

from __future__ import annotations

from abc import ABC, abstractmethod

import msgspec
from sqlglot import exp

from gameday_fakes.netsuite import suiteql_calls as calls
from gameday_fakes.netsuite.suiteql import QueryError, Unsupported
from gameday_fakes.netsuite.suiteql_scope import Scope, only
from gameday_fakes.netsuite.suiteql_values import (
    NULL,
    Parameters,
    Value,
    as_text,
    pair,
    sort_key,
    united,
)
from gameday_fakes.sql.database import all_joined

_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
}
_ARITHMETIC: dict[type[exp.Expr], str] = {exp.Mul: "num_mul", exp.Div: "num_div", exp.Mod: "num_mod"}
_CONDITIONS: tuple[type[exp.Expr], ...] = (
    *_COMPARISONS,
    *(exp.And, exp.Or, exp.Not, exp.In, exp.Between, exp.Like, exp.Escape, exp.Is, exp.Exists),
)


class Expressions(ABC):
    """Translates what stands in a SELECT, of which ``suiteql_select`` knows the rest. Raises QueryError."""

    def __init__(self, parameters: Parameters, now: Value) -> None:
        self.parameters = parameters
        #: The present, in the account's time zone.
        self.now = now

    @abstractmethod
    def subquery(self, node: exp.Expr, scope: Scope | None) -> tuple[str, dict[str, Value]]:
        """A SELECT within another: the engine's text, and its columns."""

    # -- values --------------------------------------------------------------------------------------

    def value(self, node: exp.Expr, scope: Scope) -> Value:
        """A value; one that is grouped by is known as a whole, whatever columns it is made of."""
        before = len(scope.bare)
        found = self._value(node, scope)
        if scope.grouped and sort_key(found) in scope.groups:
            del scope.bare[before:]
        return found

    def _value(self, node: exp.Expr, scope: Scope) -> Value:  # noqa: PLR0912 - one branch for each kind of node
        match node:
            case exp.Paren():
                return self.value(node.this, scope)
            case exp.Literal():
                return self.parameters.text(node.this) if node.is_string else self.parameters.number(node.this)
            case exp.Null():
                return NULL
            case exp.Column():
                return self._column(node, scope)
            case exp.Neg():
                return self._negated(self.value(node.this, scope))
            case exp.Add() | exp.Sub():
                return self._moved(node, scope)
            case exp.Mul() | exp.Div() | exp.Mod():
                left, right = self.value(node.this, scope), self.value(node.expression, scope)
                return Value(f"{_ARITHMETIC[type(node)]}({left.text}, {right.text})", "number")
            case exp.DPipe():
                only(node, "this", "expression", "safe")
                parts = [as_text(self.value(part, scope)) for part in node.flatten()]
                return calls.joined(parts)
            case exp.Case():
                return self._case(node, scope)
            case exp.Subquery() | exp.Query():
                return self._scalar(node, scope)
            case (
                exp.Cast()
                | exp.Extract()
                | exp.Trim()
                | exp.DateStrToDate()
                | exp.StrToTime()
                | exp.WithinGroup()
                | exp.Window()
            ):
                return calls.special(self, node, scope)
            case exp.Dot() | exp.Anonymous():
                return calls.call(self, node, scope)
            case _ if isinstance(node, _CONDITIONS):
                raise Unsupported("a condition in place of a value")
        raise Unsupported(type(node).__name__.upper())

    def _column(self, node: exp.Column, scope: Scope) -> Value:
        only(node, "this", "table")
        name, qualifier = node.name.lower(), node.table.lower()
        if not qualifier and name in ("sysdate", "systimestamp", "current_date", "current_timestamp", "localtimestamp"):
            return calls.present(self, name)
        if not qualifier and name == "rownum":
            if scope.grouped:
                raise Unsupported("ROWNUM with GROUP BY")
            return Value("row_number() OVER ()", "integer")
        return scope.find(name, qualifier)

    @staticmethod
    def _negated(value: Value) -> Value:
        if value.kind == "integer":
            return Value(f"(-{value.text})", "integer", literal=value.literal and f"-{value.literal}")
        return Value(f"num_neg({value.text})", "number", literal=value.literal and f"-{value.literal}")

    def _moved(self, node: exp.Expr, scope: Scope) -> Value:
        """A sum or a difference: of numbers, of a date and days, of two dates."""
        adds = isinstance(node, exp.Add)
        left, right = self.value(node.this, scope), self.value(node.expression, scope)
        if left.is_date and right.is_date and not adds:
            return Value(f"date_days({left.text}, {right.text})", "number")
        if right.is_date and adds and not left.is_date:
            left, right = right, left
        if left.is_date and not right.is_date:
            days = right.text if adds else f"num_neg({right.text})"
            return Value(f"date_move({left.text}, {days})", "moment")
        if left.is_date or right.is_date:
            raise QueryError("a date is compared with what is no date")
        return Value(f"num_{'add' if adds else 'sub'}({left.text}, {right.text})", "number")

    def _case(self, node: exp.Case, scope: Scope) -> Value:
        subject = self.value(node.this, scope) if node.this else None
        conditions, results = [], []
        for branch in node.args["ifs"]:
            if subject is None:
                conditions.append(self.condition(branch.this, scope))
            else:
                left, right = pair(subject, self.value(branch.this, scope), self.parameters)
                conditions.append(f"{left} = {right}")
            results.append(self.value(branch.args["true"], scope))
        default = node.args.get("default")
        results.append(self.value(default, scope) if default is not None else NULL)
        return self.chosen(conditions, results)

    def chosen(self, conditions: list[str], results: list[Value]) -> Value:
        """The result of the first condition that holds, else the last one."""
        kind, texts = united(results, self.parameters)
        branches = " ".join(f"WHEN {c} THEN {t}" for c, t in zip(conditions, texts, strict=False))
        return Value(f"CASE {branches} ELSE {texts[-1]} END", kind)

    def _scalar(self, node: exp.Expr, scope: Scope) -> Value:
        text, columns = self.subquery(node.this if isinstance(node, exp.Subquery) else node, scope)
        if len(columns) != 1:
            raise QueryError("too many values")
        (found,) = columns.values()
        return Value(f"({text})", found.kind, to=found.to)

    # -- conditions ----------------------------------------------------------------------------------

    def condition(self, node: exp.Expr, scope: Scope) -> str:
        """A condition as the engine reads it."""
        match node:
            case exp.Paren():
                return self.condition(node.this, scope)
            case exp.And() | exp.Or():
                joint = "AND" if isinstance(node, exp.And) else "OR"
                return all_joined(joint, [self.condition(part, scope) for part in node.flatten()])
            case exp.Not():
                return f"(NOT {self.condition(node.this, scope)})"
            case exp.In():
                return self._in(node, scope)
            case exp.Between():
                only(node, "this", "low", "high")
                given = self.value(node.this, scope)
                low, at_least = pair(given, self.value(node.args["low"], scope), self.parameters)
                high, at_most = pair(given, self.value(node.args["high"], scope), self.parameters)
                return f"({low} >= {at_least} AND {high} <= {at_most})"
            case exp.Like() | exp.Escape():
                return self._like(node, scope)
            case exp.Is():
                if not isinstance(node.expression, exp.Null):
                    raise Unsupported("IS with what is not NULL")
                return f"({self.value(node.this, scope).text} IS NULL)"
            case exp.Exists():
                text, _ = self.subquery(node.this, scope)
                return f"EXISTS ({text})"
        if type(node) in _COMPARISONS:
            return self._comparison(node, scope)
        raise Unsupported(f"{type(node).__name__} as a condition".upper())

    def _comparison(self, node: exp.Expr, scope: Scope) -> str:
        operator = _COMPARISONS[type(node)]
        if isinstance(node.this, exp.Tuple) or isinstance(node.expression, exp.Tuple):
            raise Unsupported("a comparison of lists")
        left, right = pair(self.value(node.this, scope), self.value(node.expression, scope), self.parameters)
        return f"({left} {operator} {right})"

    def _in(self, node: exp.In, scope: Scope) -> str:
        only(node, "this", "expressions", "query")
        given = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this]
        values = [self.value(part, scope) for part in given]
        query = node.args.get("query")
        if query is not None:
            return self._in_query(values, query, scope)
        options: list[list[tuple[str, str]]] = []
        for option in node.expressions:
            parts = option.expressions if isinstance(option, exp.Tuple) else [option]
            if len(parts) != len(values):
                raise QueryError("not enough values")
            options.append(
                [
                    pair(value, self.value(part, scope), self.parameters)
                    for value, part in zip(values, parts, strict=True)
                ]
            )
        if len(values) == 1:
            # The engine finds rows by an index only if the values stand in a list.
            lists: dict[str, list[str]] = {}
            for ((left, right),) in options:
                lists.setdefault(left, []).append(right)
            either = [f"{left} IN ({', '.join(rights)})" for left, rights in lists.items()]
            return f"({' OR '.join(either)})"
        each = [all_joined("AND", [f"{left} = {right}" for left, right in pairs]) for pairs in options]
        return all_joined("OR", each)

    def _in_query(self, values: list[Value], query: exp.Expr, scope: Scope) -> str:
        inner = query.this if isinstance(query, exp.Subquery) else query
        text, columns = self.subquery(inner, scope)
        if len(columns) != len(values):
            raise QueryError("not enough values")
        keys, names = [], []
        for value, (name, column) in zip(values, columns.items(), strict=True):
            found = msgspec.structs.replace(column, text=f'q."{name}"')
            left, right = pair(value, found, self.parameters)
            keys.append(left)
            names.append(right)
        left = keys[0] if len(keys) == 1 else f"({', '.join(keys)})"
        return f"({left} IN (SELECT {', '.join(names)} FROM ({text}) AS q))"  # noqa: S608 - translated

    def _like(self, node: exp.Expr, scope: Scope) -> str:
        escape = ""
        if isinstance(node, exp.Escape):
            escape = self.parameters.put(str(node.expression.this)[:1])
            node = node.this
        only(node, "this", "expression")
        text = as_text(self.value(node.this, scope))
        pattern = as_text(self.value(node.expression, scope))
        return f"text_like({text}, {pattern}{', ' if escape else ''}{escape})"

    def aggregated(self, node: exp.Expr, scope: Scope) -> Value:
        """The argument of an aggregate: any column of the rows may be used in it."""
        scope.in_aggregate += 1
        try:
            return self.value(node, scope)
        finally:
            scope.in_aggregate -= 1
