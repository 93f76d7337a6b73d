"""Aggregates and windows of SuiteQL, and the order of rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from gameday_fakes.netsuite.suiteql import Unsupported
from gameday_fakes.netsuite.suiteql_scope import Scope, only
from gameday_fakes.netsuite.suiteql_values import Value, as_text, sort_key
from gameday_fakes.sql import numbers
from gameday_fakes.whole_numbers import whole_number

if TYPE_CHECKING:
    from gameday_fakes.netsuite.suiteql_expressions import Expressions

Call = Callable[["Expressions", "list[exp.Expr]", Scope], Value]

#: Aggregates of numbers alone.
STATISTICS = {name.removeprefix("num_").upper(): name for name in numbers.STATISTICS} | {"MEDIAN": "num_median"}
_OF_NUMBERS = {"SUM": "num_total", "AVG": "num_mean", "MIN": "num_first", "MAX": "num_last", **STATISTICS}
#: How a percentile is found, beside the direction.
_PERCENTILES = {"PERCENTILE_CONT": "C", "PERCENTILE_DISC": "O"}
_OTHERS = ("COUNT", "SUM", "AVG", "MIN", "MAX", "LISTAGG", "APPROX_COUNT_DISTINCT")
AGGREGATES = frozenset({*_OTHERS, *STATISTICS, *_PERCENTILES})
_RANKS = frozenset({"ROW_NUMBER", "RANK", "DENSE_RANK"})


def name_of_call(node: exp.Expr) -> str:
    """The name of a call in capitals, with ``BUILTIN.`` before one of NetSuite's own; empty for anything else."""
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Anonymous):
        return f"{node.this.name}.{node.expression.name}".upper()
    return str(node.name).upper() if isinstance(node, exp.Anonymous) else ""


def aggregate(name: str) -> Call:
    def translate(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
        (argument,) = arguments
        distinct = isinstance(argument, exp.Distinct)
        if distinct:
            if len(argument.expressions) != 1:
                raise Unsupported(f"{name} of several values")
            argument = argument.expressions[0]
        if isinstance(argument, exp.Star):
            if name != "COUNT":
                raise Unsupported(f"{name}(*)")
            return Value("count(*)", "integer")
        value = into.aggregated(argument, scope)
        if name == "COUNT":
            return Value(f"count({'DISTINCT ' if distinct else ''}{sort_key(value)})", "integer")
        if name in STATISTICS and not value.is_number:
            raise Unsupported(f"{name} of what is no number")
        if name in ("SUM", "AVG", *STATISTICS) or value.kind == "number":
            group = f"group_concat({value.text if value.is_number else f'num_of({value.text})'})"
            group = f"num_different({group})" if distinct else group
            return Value(f"{_OF_NUMBERS[name]}({group})", "number", later=_OF_NUMBERS[name], inner=group)
        return Value(f"{name.lower()}({value.text})", value.kind, to=value.to)

    return translate


def distinct_count(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
    """How many different values; exact, though only an estimate is asked for."""
    return Value(f"count(DISTINCT {sort_key(into.aggregated(arguments[0], scope))})", "integer")


def listed(into: Expressions, node: exp.WithinGroup, scope: Scope) -> Value:
    name = name_of_call(node.this)
    if name in _PERCENTILES:
        return _percentile(into, node, scope)
    if name != "LISTAGG":
        raise Unsupported(f"{name} WITHIN GROUP")
    arguments, directions = _once(node.this.expressions)
    value = into.aggregated(arguments[0], scope)
    separator = as_text(into.value(arguments[1], scope)) if len(arguments) > 1 else "NULL"
    keys = []
    for ordered in node.expression.expressions:
        keys.append(sort_key(into.aggregated(ordered.this, scope)))
        directions += "D" if ordered.args.get("desc") else "A"
    listed = ", ".join((as_text(value), separator, f"'{directions}'", *keys))
    return Value(f"text_list({listed})", "text")


def _percentile(into: Expressions, node: exp.WithinGroup, scope: Scope) -> Value:
    name, ordered = name_of_call(node.this), node.expression.expressions
    if len(node.this.expressions) != 1 or len(ordered) != 1:
        raise Unsupported(f"{name} of several values")
    value = into.aggregated(ordered[0].this, scope)
    if not value.is_number:
        raise Unsupported(f"{name} of what is no number")
    way = _PERCENTILES[name] + ("D" if ordered[0].args.get("desc") else "A")
    share = into.value(node.this.expressions[0], scope)
    return Value(f"num_percentile(group_concat({value.text}), {share.text}, '{way}')", "number")


def unsorted_list(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
    arguments, directions = _once(arguments)
    value = as_text(into.aggregated(arguments[0], scope))
    separator = as_text(into.value(arguments[1], scope)) if len(arguments) > 1 else "NULL"
    return Value(f"text_list({value}, {separator}, '{directions}')", "text")


def _once(arguments: list[exp.Expr]) -> tuple[list[exp.Expr], str]:
    """The arguments of LISTAGG, and U if it is of DISTINCT ones."""
    if isinstance(arguments[0], exp.Distinct):
        return arguments[0].expressions, "U"
    return arguments, ""


def window(into: Expressions, node: exp.Window, scope: Scope) -> Value:
    only(node, "this", "partition_by", "order", "over", "spec")
    name = name_of_call(node.this)
    if str(node.args.get("over")).upper() != "OVER" or scope.grouped:
        raise Unsupported(f"{name} with KEEP or GROUP BY")
    if name == "NTILE" and len(node.this.expressions) == 1:
        tiles = whole_number(node.this.expressions[0].name, digits=9)
        if not tiles:
            raise Unsupported("NTILE of an expression")
        function = Value(f"ntile({tiles})", "integer")
    elif name in _RANKS:
        function = Value(f"{name.lower()}()", "integer")
    elif name in ("LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE"):
        value = into.value(node.this.expressions[0], scope)
        steps = [into.value(step, scope).text for step in node.this.expressions[1:2]]
        function = Value(f"{name.lower()}({', '.join((value.text, *steps))})", value.kind, to=value.to)
    elif name in ("SUM", "AVG") and len(node.this.expressions) == 1:
        value = into.value(node.this.expressions[0], scope)
        function = Value(f"num_{name.lower()}({value.text})", "number")
    elif name in ("COUNT", "MIN", "MAX"):
        function = aggregate(name)(into, node.this.expressions, scope)
        if function.kind == "number" or "DISTINCT" in function.text:
            raise Unsupported(f"{name} OVER")
    else:
        raise Unsupported(f"{name} OVER")
    parts = []
    if node.args.get("partition_by"):
        keys = ", ".join(sort_key(into.value(part, scope)) for part in node.args["partition_by"])
        parts.append(f"PARTITION BY {keys}")
    if node.args.get("order"):
        parts.append(f"ORDER BY {ordering(into, node.args['order'], scope)}")
    if node.args.get("spec") is not None:
        parts.append(_frame(node.args["spec"]))
    return Value(f"{function.text} OVER ({' '.join(parts)})", function.kind, to=function.to)


def _frame(spec: exp.Expr) -> str:
    """The rows around a row that a window has."""
    only(spec, "kind", "start", "start_side", "end", "end_side")
    kind, sides = str(spec.args.get("kind")), []
    for name in ("start", "end"):
        bound, way = spec.args.get(name) or "CURRENT ROW", str(spec.args.get(f"{name}_side") or "")
        if isinstance(bound, exp.Expr):
            number = whole_number(bound.name, digits=9) if isinstance(bound, exp.Literal) else None
            if number is None or kind != "ROWS":
                raise Unsupported(f"{kind} of a window between expressions")
            bound = number
        sides.append(f"{bound} {way}".strip())
    if kind not in ("ROWS", "RANGE"):
        raise Unsupported(f"{kind} of a window")
    return f"{kind} BETWEEN {' AND '.join(sides)}"


def ordering(into: Expressions, order: exp.Order, scope: Scope) -> str:
    """Sort keys as the engine reads them; nulls are last, or first where the order is descending, as Oracle has it."""
    return ", ".join(direction(sort_key(into.value(one.this, scope)), one) for one in order.expressions)


def direction(key: str, ordered: exp.Expr) -> str:
    """One sort key with its direction."""
    way = "DESC" if ordered.args.get("desc") else "ASC"
    return f"{key} {way} NULLS {'FIRST' if ordered.args.get('nulls_first') else 'LAST'}"
