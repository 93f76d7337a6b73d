"""Choosing records: filter, search, order and pages. No HTTP here."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from gameday_fakes.odata.compiled import Compiler
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.expressions import AllOf, AnyOf, Call, Compare, Expression, In, Lambda, Not, Path, Value
from gameday_fakes.odata.model import EntitySet, Schema
from gameday_fakes.odata.options import Options
from gameday_fakes.odata.records import Record, Records


class Page(msgspec.Struct, frozen=True):
    """Some of the records that a request asks for. ``total`` is how many there are without ``$top`` and ``$skip``.

    ``token`` is where the next page begins, empty after the last one; ``left`` how many of ``$top`` are still to come.
    """

    records: Sequence[Record]
    total: int
    token: str = ""
    left: int | None = None


def choose(records: Records, of: EntitySet, among: Sequence[Record] | None, options: Options, page: int) -> Page:
    """A page of at most ``page`` records of an entity set, or ``among`` some of them. Raises ODataError."""
    schema = records.schema
    compiler = Compiler(schema, of, records.related_values)
    candidates = among if among is not None else _candidates(records, of, options.filter)
    condition = _condition(compiler, schema, options.filter)
    chosen = [each for each in candidates if condition(each.values) is True] if condition else [*candidates]
    if options.search:
        chosen = _searched(chosen, of, options.search)
    for by, descending in reversed(options.orderby):
        value = compiler.compile(by).of
        chosen.sort(key=lambda each: _sortable(value(each.values)), reverse=descending)
    total = len(chosen)
    start = _start(chosen, of, options.skiptoken) if options.skiptoken else options.skip
    rest = total - start if options.top is None else min(options.top, total - start)
    size = max(0, min(rest, page))
    end = start + size
    more = rest > size
    token = _token(end, chosen[end - 1], of) if more and size else ""
    return Page(chosen[start:end], total, token, None if options.top is None else options.top - size)


def _condition(compiler: Compiler, schema: Schema, expression: Expression | None) -> Any:
    if expression is None:
        return None
    dialect = schema.dialect
    if dialect.or_on_one_field:
        need_one_field(expression)
    if not dialect.lambdas and _has_lambda(expression):
        return None
    return compiler.condition(expression)


def need_one_field(expression: Expression) -> None:
    """Raises ODataError for an ``or`` about several properties."""
    for each in _parts(expression):
        if isinstance(each, AnyOf) and len({part.segments for part in _parts(each) if isinstance(part, Path)}) > 1:
            raise ODataError("bad_filter", "The 'OR' operator is not supported on distinct fields on an OData filter.")


def _has_lambda(expression: Expression) -> bool:
    return any(isinstance(each, Lambda) for each in _parts(expression))


def _parts(expression: Expression) -> list[Expression]:
    """An expression and all that is in it."""
    found: list[Expression] = [expression]
    for each in found:
        match each:
            case AllOf(operands) | AnyOf(operands) | Call(_, operands):
                found += operands
            case Lambda(path, _, _, body):
                found += [path] if body is None else [path, body]
            case Value() | Path():
                pass
            case In(left, _):
                found.append(left)
            case Compare(_, left, right):
                found += [left, right]
            case Not(operand):
                found.append(operand)
            case _:
                found += [getattr(each, name) for name in each.__struct_fields__ if name != "operator"]
    return found


def _candidates(records: Records, of: EntitySet, expression: Expression | None) -> Sequence[Record]:
    """The records among which those that meet a condition are: all, or those that an index finds."""
    table = records[of.name]
    conditions = expression.operands if isinstance(expression, AllOf) else (expression,)
    for each in conditions:
        match each:
            case Compare("eq", Path((called,)), Value(_, value)) if value is not None:
                each_property = of.called(called)
                name = each_property.name if each_property is not None else ""
                # Only equal values of the same kind are the same in an index.
                if isinstance(value, str) and (table.is_indexed((name,)) or (name,) == of.key):
                    return table.find((name,), (value,))
    return list(table.records.values())


def _searched(records: list[Record], of: EntitySet, text: str) -> list[Record]:
    """The records in which every word of a search occurs, in one of the properties that are searched."""
    words = [word.strip('"').casefold() for word in text.split() if word.strip('"') and word != "AND"]
    if not of.searched:
        raise ODataError("bad_option", f"'{of.name}' cannot be searched.")

    def holds(record: Record) -> bool:
        texts = [str(record.values[name]).casefold() for name in of.searched if record.values[name] is not None]
        return all(any(word in each for each in texts) for word in words)

    return [record for record in records if holds(record)]


def _sortable(value: Any) -> tuple[bool, Any]:
    """A value by which records can be ordered: null comes first."""
    if value is None:
        return False, 0
    if isinstance(value, datetime.datetime) and value.tzinfo is None:
        value = value.replace(tzinfo=datetime.UTC)
    if isinstance(value, float):
        value = Decimal(value)
    return True, value


def _token(offset: int, last: Record, of: EntitySet) -> str:
    """Where the next page begins: after this record, or at this place if the record is gone by then."""
    key = [str(part) for part in of.key_of(last.values)]
    return base64.urlsafe_b64encode(msgspec.json.encode([offset, *key])).decode().rstrip("=")


def _start(records: Sequence[Record], of: EntitySet, token: str) -> int:
    try:
        offset, *key = msgspec.json.decode(base64.b64decode(token[:1000] + "=" * (-len(token) % 4), b"-_"))
        if not isinstance(offset, int) or offset < 0:
            raise ValueError(offset)  # noqa: TRY301 - one refusal for every token that is none
    except (ValueError, TypeError, msgspec.DecodeError):
        raise ODataError("bad_option", "The skip token is not one of this service.", target="$skiptoken") from None
    wanted = [str(part) for part in key]
    at = min(offset, len(records))
    if at and [str(part) for part in of.key_of(records[at - 1].values)] == wanted:
        return at
    for place, record in enumerate(records):
        if [str(part) for part in of.key_of(record.values)] == wanted:
            return place + 1
    return at
