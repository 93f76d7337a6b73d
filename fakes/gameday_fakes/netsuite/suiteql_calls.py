"""The functions of SuiteQL, by name: Oracle's that its help page "SuiteQL Supported Built-in Functions" lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from gameday_fakes.netsuite.suiteql import QueryError, Unsupported
from gameday_fakes.netsuite.suiteql_aggregates import (
    STATISTICS,
    Call,
    aggregate,
    distinct_count,
    listed,
    name_of_call,
    unsorted_list,
    window,
)
from gameday_fakes.netsuite.suiteql_plain import PLAIN, plain
from gameday_fakes.netsuite.suiteql_scope import Scope, only
from gameday_fakes.netsuite.suiteql_values import (
    NULL,
    Value,
    as_date,
    as_text,
    pair,
    read_date,
    united,
)

if TYPE_CHECKING:
    from gameday_fakes.netsuite.suiteql_expressions import Expressions


def call(into: Expressions, node: exp.Expr, scope: Scope) -> Value:
    """A call as it is written: ``NAME(...)`` or ``BUILTIN.NAME(...)``. Raises QueryError."""
    name = name_of_call(node)
    inner = node.expression if isinstance(node, exp.Dot) else node
    if not isinstance(inner, exp.Anonymous) or name not in _CALLS:
        raise Unsupported(name or "a name with several dots")
    least, most, function = _CALLS[name]
    arguments = inner.expressions
    if not least <= len(arguments) <= most:
        raise QueryError(f"invalid number of arguments of {name}")
    return function(into, arguments, scope)


def present(into: Expressions, name: str) -> Value:
    """SYSDATE and the like; a date alone has no time."""
    return Value(f"date_trunc({into.now.text}, 'DD')", "date") if name == "current_date" else into.now


def joined(parts: list[str]) -> Value:
    """Texts joined; a null is an empty text."""
    text = parts[0]
    for part in parts[1:]:
        text = f"text_concat({text}, {part})"
    return Value(text, "text")


def special(into: Expressions, node: exp.Expr, scope: Scope) -> Value:
    """What has a grammar of its own. Raises QueryError."""
    match node:
        case exp.Cast():
            return _cast(into, node, scope)
        case exp.Extract():
            value = into.value(node.expression, scope)
            part = node.this.name.lower()
            if part not in ("year", "month", "day", "hour", "minute", "second"):
                raise Unsupported(f"EXTRACT {part}")
            return Value(f"date_part({as_date(value, into.parameters)}, '{part}')", "integer")
        case exp.Trim():
            only(node, "this", "position", "expression")
            given = node.args.get("expression")
            characters = as_text(into.value(given, scope)) if given is not None else "' '"
            side = {"LEADING": "LEADING", "TRAILING": "TRAILING"}.get(str(node.args.get("position")), "BOTH")
            return Value(f"text_trim({as_text(into.value(node.this, scope))}, {characters}, '{side}')", "text")
        case exp.DateStrToDate():
            return into.parameters.moment(read_date(node.name, "YYYY-MM-DD", into.parameters.dates))
        case exp.StrToTime():
            wanted = "YYYY-MM-DD HH24:MI:SS" + (".FF" if "." in node.this.name else "")
            return into.parameters.moment(read_date(node.this.name, wanted, into.parameters.dates))
        case exp.WithinGroup():
            return listed(into, node, scope)
        case exp.Window():
            return window(into, node, scope)
    raise Unsupported(type(node).__name__.upper())


def _cast(into: Expressions, node: exp.Cast, scope: Scope) -> Value:
    value = into.value(node.this, scope)
    match node.to.this.name if hasattr(node.to.this, "name") else str(node.to.this):
        case "VARCHAR" | "CHAR" | "TEXT" | "NVARCHAR" | "NCHAR":
            return Value(as_text(value), "text")
        case "DECIMAL" | "DOUBLE" | "FLOAT":
            return Value(f"num_of({value.text})", "number")
        case "INT" | "BIGINT" | "SMALLINT":
            return Value(f"num_round({value.text})", "number")
        case "DATE" | "TIMESTAMP" | "DATETIME":
            return Value(value.text if value.is_date else f"date_of({as_text(value)}, NULL)", "moment")
    raise Unsupported(f"CAST to {node.to.sql()[:40]}")


# -- plain functions -------------------------------------------------------------------------------------


def _display(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
    value = into.value(arguments[0], scope)
    return Value(value.display or as_text(value), "text")


def _criteria(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
    value = into.value(arguments[0], scope)
    return Value(value.coded or value.text, value.kind)


def _first_known(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
    kind, texts = united([into.value(argument, scope) for argument in arguments], into.parameters)
    return Value(f"coalesce({', '.join(texts)})" if len(texts) > 1 else texts[0], kind)


def _known_or_not(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
    given, known, unknown = (into.value(argument, scope) for argument in arguments)
    return into.chosen([f"{given.text} IS NOT NULL"], [known, unknown])


def _decoded(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
    values = [into.value(argument, scope) for argument in arguments]
    given, rest = values[0], values[1:]
    default = rest.pop() if len(rest) % 2 else NULL
    # To DECODE, unlike to CASE, two nulls are equal.
    pairs = [pair(given, option, into.parameters) for option in rest[::2]]
    return into.chosen([f"{left} IS {right}" for left, right in pairs], [*rest[1::2], default])


def _null_if(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
    given, other = (into.value(argument, scope) for argument in arguments)
    left, right = pair(given, other, into.parameters)
    return Value(f"CASE WHEN {left} = {right} THEN NULL ELSE {given.text} END", given.kind, to=given.to)


def _best(name: str) -> Call:
    def translate(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
        kind, texts = united([into.value(argument, scope) for argument in arguments], into.parameters)
        function = f"num_{name}" if kind == "number" else f"{name}_of"
        return Value(f"{function}({', '.join(texts)})", kind)

    return translate


def _to_char(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
    value = into.value(arguments[0], scope)
    wanted = into.value(arguments[1], scope).text if len(arguments) > 1 else "NULL"
    if value.is_number and len(arguments) > 1:
        return Value(f"num_text({value.text}, {wanted})", "text")
    if not value.is_date:
        return Value(as_text(value), "text")
    return Value(f"date_text({value.text}, {wanted})", "text")


def _to_date(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
    value = into.value(arguments[0], scope)
    wanted = into.value(arguments[1], scope) if len(arguments) > 1 else NULL
    if value.literal is not None and (wanted.literal is not None or wanted is NULL):
        return into.parameters.moment(read_date(value.literal, wanted.literal or "", into.parameters.dates))
    return value if value.is_date else Value(f"date_of({as_text(value)}, {wanted.text})", "moment")


def _truncated(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
    value = into.value(arguments[0], scope)
    more = into.value(arguments[1], scope) if len(arguments) > 1 else None
    if not value.is_date:
        return Value(f"num_trunc({value.text}{f', {more.text}' if more else ''})", "number")
    unit = more.text if more else "'DD'"
    return Value(f"date_trunc({value.text}, {unit})", "date")


def _rounded(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
    value = into.value(arguments[0], scope)
    if value.is_date:
        unit = into.value(arguments[1], scope).text if len(arguments) > 1 else "'DD'"
        return Value(f"date_round({value.text}, {unit})", "date")
    return plain("num_round", "number", "number")(into, arguments, scope)


def _concatenated(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
    return joined([as_text(into.value(argument, scope)) for argument in arguments])


def _replaced(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
    texts = [as_text(into.value(argument, scope)) for argument in arguments]
    new = f"coalesce({texts[2]}, '')" if len(texts) > 2 else "''"
    return Value(f"text_replace({texts[0]}, {texts[1]}, {new})", "text")


def _to_number(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
    texts = [as_text(into.value(argument, scope)) for argument in arguments]
    return Value(f"num_of({f'num_read({texts[0]}, {texts[1]})' if len(texts) > 1 else texts[0]})", "number")


def _to_text(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
    return Value(as_text(into.value(arguments[0], scope)), "text")


def _regex_replaced(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
    found = plain("regex_replace", "text", "text", "text", "text", "number", "number", "text")
    values = [into.value(argument, scope) for argument in arguments]
    if len(values) < 3:
        return found(into, arguments, scope)
    # Nothing in place of what is found: the empty text is null, as Oracle has it.
    texts = [as_text(value) if number not in (3, 4) else value.text for number, value in enumerate(values)]
    texts[2] = f"coalesce({texts[2]}, '')"
    return Value(f"regex_replace({', '.join(texts)})", "text")


def _range(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
    name, side, *way = (into.value(argument, scope) for argument in arguments)
    if way and way[0].literal not in ("DATE", "DATETIME_AS_DATE"):
        raise Unsupported(f"RELATIVE_RANGES as {(way[0].literal or '')[:40]}")
    return Value(f"date_range({into.now.text}, {name.text}, {side.text})", "date")


def _stripped(side: str) -> Call:
    def translate(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
        texts = [as_text(into.value(argument, scope)) for argument in arguments]
        return Value(
            f"text_trim({texts[0]}, {texts[1] if len(texts) > 1 else chr(39) + ' ' + chr(39)}, '{side}')", "text"
        )

    return translate


_CALLS: dict[str, tuple[int, int, Call]] = {
    **PLAIN,
    **{name: (1, 1, aggregate(name)) for name in ("COUNT", "SUM", "AVG", "MIN", "MAX", *STATISTICS)},
    "APPROX_COUNT_DISTINCT": (1, 1, distinct_count),
    "LISTAGG": (1, 2, unsorted_list),
    "BUILTIN.DF": (1, 1, _display),
    "BUILTIN.CF": (1, 1, _criteria),
    "DF": (1, 1, _display),
    "NVL": (2, 2, _first_known),
    "COALESCE": (1, 50, _first_known),
    "NVL2": (3, 3, _known_or_not),
    "DECODE": (3, 255, _decoded),
    "NULLIF": (2, 2, _null_if),
    "GREATEST": (1, 50, _best("greatest")),
    "LEAST": (1, 50, _best("least")),
    "TO_CHAR": (1, 2, _to_char),
    "TO_DATE": (1, 2, _to_date),
    "TO_TIMESTAMP": (1, 2, _to_date),
    "TO_TIMESTAMP_TZ": (1, 2, _to_date),
    "TO_NUMBER": (1, 2, _to_number),
    **dict.fromkeys(("TO_NCHAR", "TO_CLOB", "TO_NCLOB"), (1, 1, _to_text)),
    "REGEXP_REPLACE": (2, 6, _regex_replaced),
    "BUILTIN.RELATIVE_RANGES": (2, 3, _range),
    "TRUNC": (1, 2, _truncated),
    "ROUND": (1, 2, _rounded),
    "LTRIM": (1, 2, _stripped("LEADING")),
    "RTRIM": (1, 2, _stripped("TRAILING")),
    "REPLACE": (2, 3, _replaced),
    "CONCAT": (2, 2, _concatenated),
}
