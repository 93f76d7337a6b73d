"""SOQL: from text to a syntax tree. What it lacks is refused as Salesforce refuses a malformed query.

Known: SELECT of fields, parents' fields by dots, child queries, FIELDS(), toLabel() and FORMAT(); aliases; the
aggregates with GROUP BY, ROLLUP, CUBE and HAVING; convertCurrency(); date functions; WHERE with comparisons, IN, LIKE,
INCLUDES, EXCLUDES, semi- and anti-joins, date literals, amounts in a currency, AND, OR, NOT and parentheses; ORDER BY,
LIMIT, OFFSET, FOR, ALL ROWS, WITH SECURITY_ENFORCED.

Source: SOQL and SOSL Reference, "SOQL SELECT Syntax".
"""

from __future__ import annotations

import functools

from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.soql_conditions import ConditionReader
from gameday_fakes.salesforce.soql_dates import FUNCTIONS as DATE_FUNCTIONS
from gameday_fakes.salesforce.soql_tree import (
    AGGREGATES,
    GROUPING,
    SHOWN,
    SUBTOTALS,
    Call,
    Fields,
    Name,
    OrderBy,
    Query,
    Selected,
)

#: How deep statements may be nested in one another, and levels of children below the records.
_DEEPEST, DEEPEST_CHILDREN = 6, 4
#: "Understanding Relationship Query Limitations": how many child queries a statement may have.
MOST_CHILDREN = 20
#: "Semi-Joins with IN and Anti-Joins with NOT IN"; the wording is that of public threads.
MOST_SEMI_JOINS = 2
#: Functions that Salesforce has and this fake lacks.
_LACKING = frozenset({"DISTANCE", "GEOLOCATION"})
_KNOWN = AGGREGATES | SHOWN | DATE_FUNCTIONS | {GROUPING}
#: "GROUP BY ROLLUP": the most fields with subtotals.
MOST_SUBTOTALS = 3
#: "SOQL and SOSL Limits for Search Queries": the furthest offset, and the most rows with all fields.
FURTHEST, MOST_WITH_ALL_FIELDS = 2_000, 200


@functools.lru_cache(maxsize=256)
def parse(text: str) -> Query:
    """Read a statement; syncs send the same ones again and again. Raises Refused (MALFORMED_QUERY)."""
    parser = _Parser(text)
    query = parser.query(top=True)
    parser.end()
    return query


class _Parser(ConditionReader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._statements, self._children, self._semi_joins = 0, 0, 0

    def query(self, *, top: bool, level: int | None = None) -> Query:
        """A statement; ``level`` is how far below the records it finds children, None within a condition."""
        level = 0 if top else level
        self._statements += 1
        if self._statements > _DEEPEST:
            raise self.refused(self.peek().position, "the statements are nested too deeply")
        self.need("SELECT")
        counts, selected = self._selection(top=top, level=level)
        self.need("FROM")
        sobject = self.object_name()
        aliases = self._aliases(sobject)
        if self.peek().text.upper() == "USING":
            raise self.lacks("USING SCOPE", self.peek())
        where = self.condition() if self.take("WHERE") else None
        self._access_checked()
        subtotals, group_by = self._groups() if self.take("GROUP") else ("", ())
        having = self.condition() if group_by and self.take("HAVING") else None
        order_by: tuple[OrderBy, ...] = ()
        if self.take("ORDER"):
            self.need("BY")
            order_by = tuple(self.listed(self._order))
        limit = self.whole_number() if self.take("LIMIT") else None
        offset = self._offset() if self.take("OFFSET") else 0
        self._check_fields(selected, limit)
        all_rows = self._locked(top=top)
        self._statements -= 1
        path, position = sobject.path, sobject.position
        return Query(
            self._text, selected, ".".join(path), position, aliases, where, group_by, subtotals, having, order_by,
            limit, offset, counts, all_rows,
        )  # fmt: skip

    def statement(self) -> Query:
        self._semi_joins += 1
        if self._semi_joins > MOST_SEMI_JOINS:
            message = f"Maximum {MOST_SEMI_JOINS} semi join sub-selects are allowed"
            raise self.refused(self.peek().position, message)
        return self.query(top=False)

    def expression(self) -> Name | Call:
        name = self.name()
        if self.peek().text != "(":
            return name
        position, function = name.position, name.path[0].upper()
        if len(name.path) == 1 and function in _LACKING:
            raise self.lacks(f"{function}()", self.peek())
        if len(name.path) > 1 or function not in _KNOWN | {"CONVERTTIMEZONE"}:
            raise self.unexpected()
        self.advance()
        if function == "COUNT" and self.take(")"):
            return Call(function, None, position)
        argument = self.expression()
        self.need(")")
        if function == "CONVERTTIMEZONE":
            # The user's time zone is that of the stored values.
            return argument
        inner = argument.function if isinstance(argument, Call) else ""
        fits = not inner or (function == "FORMAT" and (inner in AGGREGATES or inner == "CONVERTCURRENCY"))
        if not fits:
            raise self.refused(position, f"unexpected token: '{name.path[0]}'")
        return Call(function, argument, position)

    def _groups(self) -> tuple[str, tuple[Name | Call, ...]]:
        """What follows GROUP: whether there are subtotals, and the keys."""
        self.need("BY")
        token = self.peek()
        if token.text.upper() not in SUBTOTALS or self.peek(1).text != "(":
            return "", tuple(self.listed(self.expression))
        self.advance()
        self.need("(")
        keys = tuple(self.listed(self.expression))
        self.need(")")
        if len(keys) > MOST_SUBTOTALS:
            raise self.refused(token.position, f"{token.text} has at most {MOST_SUBTOTALS} fields")
        if self.peek().text == ",":
            raise self.unexpected()
        return token.text.upper(), keys

    # -- SELECT --------------------------------------------------------------------------------------

    def _selection(self, *, top: bool, level: int | None) -> tuple[bool, tuple[Selected, ...]]:
        selected = tuple(self.listed(lambda: self._selected(top=top, level=level)))
        for one in selected:
            if isinstance(one.what, Call) and one.what.argument is None:
                if len(selected) > 1 or not top:
                    raise self.refused(one.position, "unexpected token: COUNT()")
                return True, ()
        seen = set()
        for one in selected:
            if isinstance(one.what, Name):
                path = ".".join(one.what.path)
                if path.lower() in seen:
                    raise self.refused(one.position, f"duplicate field selected: {path}", "INVALID_FIELD")
                seen.add(path.lower())
        return False, selected

    def _selected(self, *, top: bool, level: int | None) -> Selected:
        token = self.peek()
        if token.text == "(" and level is not None and level < DEEPEST_CHILDREN:
            self.advance()
            self._children += 1
            if self._children > MOST_CHILDREN:
                message = f"a query has at most {MOST_CHILDREN} parent-to-child relationships"
                raise self.refused(token.position, message)
            inner = self.query(top=False, level=level + 1)
            self.need(")")
            return Selected(inner, "", token.position)
        if token.text.upper() == "TYPEOF":
            raise self.lacks("TYPEOF", token)
        if token.text.upper() == "FIELDS" and self.peek(1).text == "(":
            return Selected(self._fields(), "", token.position)
        what = self.expression()
        if isinstance(what, Call) and what.function in AGGREGATES and not top:
            raise self.refused(token.position, f"unexpected token: '{token.text}'")
        return Selected(what, self.alias(), token.position)

    def _fields(self) -> Fields:
        position = self.advance().position
        self.need("(")
        token = self.advance()
        if token.text.upper() not in ("ALL", "STANDARD", "CUSTOM"):
            raise self.refused(token.position, f"unexpected token: '{token.text}'")
        self.need(")")
        return Fields(token.text.upper(), position)

    def _check_fields(self, selected: tuple[Selected, ...], limit: int | None) -> None:
        for one in selected:
            unbounded = isinstance(one.what, Fields) and one.what.which != "STANDARD"
            if unbounded and (limit is None or limit > MOST_WITH_ALL_FIELDS):
                message = f"The SOQL FIELDS function must have a LIMIT of at most {MOST_WITH_ALL_FIELDS}"
                raise Refused("MALFORMED_QUERY", message)

    # -- FROM and what follows -----------------------------------------------------------------------

    def _aliases(self, sobject: Name) -> dict[str, tuple[str, ...]]:
        """The object's alias, and those of parents: ``FROM Opportunity o, o.Account a``."""
        self.take("AS")
        alias = self.alias()
        aliases: dict[str, tuple[str, ...]] = {alias.lower(): ()} if alias else {}
        while self.take(","):
            related = self.name()
            first = related.path[0].lower()
            if first not in aliases and first != sobject.path[0].lower():
                raise self.refused(related.position, f"unexpected token: '{'.'.join(related.path)}'")
            path = (*aliases.get(first, ()), *related.path[1:])
            self.take("AS")
            alias = self.alias()
            if not alias:
                raise self.unexpected()
            aliases[alias.lower()] = path
        return aliases

    def _access_checked(self) -> None:
        """``WITH SECURITY_ENFORCED`` and the modes: fields that the user may not see are refused in any case."""
        if self.take("WITH"):
            token = self.advance()
            if token.text.upper() not in ("SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"):
                raise self.lacks("WITH DATA CATEGORY", token)

    def _order(self) -> OrderBy:
        key = self.expression()
        descending = self.take("DESC")
        if not descending:
            self.take("ASC")
        nulls_last = False
        if self.take("NULLS"):
            nulls_last = self.take("LAST")
            if not nulls_last:
                self.need("FIRST")
        return OrderBy(key, descending, nulls_last)

    def _offset(self) -> int:
        offset = self.whole_number()
        if offset > FURTHEST:
            raise Refused("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {FURTHEST}")
        return offset

    def _locked(self, *, top: bool) -> bool:
        """FOR VIEW, FOR REFERENCE and FOR UPDATE, which change no result, and ALL ROWS. Whether it is ALL ROWS."""
        while top and self.take("FOR"):
            if not (self.take("VIEW") or self.take("REFERENCE") or self.take("UPDATE")):
                raise self.unexpected()
        if top and self.peek().text.upper() == "UPDATE":
            raise self.lacks("UPDATE TRACKING", self.peek())
        if top and self.take("ALL"):
            self.need("ROWS")
            return True
        return False
