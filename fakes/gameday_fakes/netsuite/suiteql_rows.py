"""How many rows a query asks for: LIMIT, OFFSET and FETCH, and ROWNUM among its conditions. Raises QueryError.

And how many it sorts, which the engine does not look at by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from gameday_fakes.netsuite.suiteql import QueryError
from gameday_fakes.netsuite.suiteql_scope import BoundTable, Scope, only
from gameday_fakes.whole_numbers import whole_number


def paged(node: exp.Expr) -> str:
    """LIMIT and OFFSET, or FETCH, for the engine; empty without."""
    limit, offset = node.args.get("limit"), node.args.get("offset")
    most = -1
    if isinstance(limit, exp.Fetch):
        only(limit, "direction", "count", "limit_options")
        options = limit.args.get("limit_options")
        if options is not None:
            only(options, "rows")
        most = _whole(limit.args.get("count"), 1)
    elif isinstance(limit, exp.Limit):
        only(limit, "expression")
        most = _whole(limit.expression, 0)
    if limit is None and offset is None:
        return ""
    skipped = _whole(offset.expression, 0) if isinstance(offset, exp.Offset) else 0
    return f" LIMIT {most} OFFSET {skipped}"


def conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions that AND joins."""
    if isinstance(node, exp.And):
        yield from node.flatten()
    else:
        yield node


def rows_wanted(node: exp.Expr) -> int | None:
    """The number of rows of ``ROWNUM <= n``; None for any other condition."""
    if not isinstance(node, exp.LTE | exp.LT | exp.EQ) or not isinstance(node.this, exp.Column):
        return None
    number = node.expression
    if node.this.table or node.this.name.lower() != "rownum" or not isinstance(number, exp.Literal):
        return None
    rows = _whole(number, 0) - isinstance(node, exp.LT)
    if isinstance(node, exp.EQ):
        # No row has a number behind the first one before it was taken.
        return 1 if rows == 1 else 0
    return max(rows, 0)


def counted(scope: Scope, where: str) -> str:
    """A condition more, by which the engine counts the rows that are sorted; none where they are those of one table."""
    if len(scope.bound) == 1 and isinstance(scope.bound[0], BoundTable):
        return ""
    each = [text for bound in scope.bound if (text := bound.any())]
    return f"{' AND' if where else ' WHERE'} sorted_row({', '.join(each)})"


def _whole(node: exp.Expr | None, default: int) -> int:
    if node is None:
        return default
    number = whole_number(node.name, digits=9) if isinstance(node, exp.Literal) else None
    if number is None:
        raise QueryError(f"a number of rows expected, found {(node.name or type(node).__name__)[:40]!r}")
    return number
