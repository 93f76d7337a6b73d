"""Pairs the lines of two documents: which line of the one belongs to which line of the other.

The lines of a product are a multiset. They are paired so that as few fields as possible differ, and among pairings with
equally many differences the amounts are as near as possible. The order of the lines plays no part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal

from gameday.base.money import decimals_of
from gameday_fakes.ledger import Entry, Invoice, Line

#: Beyond this many lines of one product, equal lines are paired first and the rest in order of size.
MOST = 40
NOTHING = Decimal(0)
Pair = tuple[Line, Line]


def pair_lines(sold: Sequence[Line], booked: Sequence[Line], count: Callable[[Line, Line], int]) -> list[Pair]:
    """Pairs of lines of one product, as many as the shorter side has; ``count`` counts the fields that differ."""
    if len(sold) == len(booked) == 1:
        return [(sold[0], booked[0])]
    pairs: list[Pair] = []
    if max(len(sold), len(booked)) > MOST:
        common = Counter(sold) & Counter(booked)
        pairs = [(line, line) for line in common.elements()]
        sold, booked = list((Counter(sold) - common).elements()), list((Counter(booked) - common).elements())
    sold, booked = sorted(sold, key=_size), sorted(booked, key=_size)
    if max(len(sold), len(booked)) > MOST:
        return pairs + list(zip(sold, booked, strict=False))
    swapped = len(sold) > len(booked)
    rows, columns = (booked, sold) if swapped else (sold, booked)
    costs = [[_cost(b, a, count) if swapped else _cost(a, b, count) for b in columns] for a in rows]
    for row, column in enumerate(_assignment(costs)):
        pairs.append((columns[column], rows[row]) if swapped else (rows[row], columns[column]))
    return pairs


def short_products(sold: Sequence[Line], billed: Sequence[Line]) -> list[tuple[str, Decimal, Decimal]]:
    """The products of which less is billed than was sold, with the amounts of both, all lines of a product together."""
    ours, theirs = _amounts(sold), _amounts(billed)
    short = ((sku, amount, theirs.get(sku, NOTHING)) for sku, amount in sorted(ours.items()))
    return [(sku, amount, other) for sku, amount, other in short if other < amount and amount > 0]


def taxes_left(deal: Entry, invoice: Invoice) -> tuple[Decimal, Decimal, Decimal]:
    """The tax on a deal, what credit memos have left of its invoice's, and by how much rounding may set them apart.

    Each line of each document is rounded by itself, the credit memos' too.
    """
    sold, billed = (sum((line.tax or NOTHING for line in each.lines), NOTHING) for each in (deal, invoice))
    last_digit = Decimal(1).scaleb(-decimals_of(deal.currency))
    return sold, billed - (invoice.credited_tax or NOTHING), last_digit * (len(deal.lines) + 2 * len(invoice.lines))


def _amounts(lines: Sequence[Line]) -> dict[str, Decimal]:
    amounts: dict[str, Decimal] = {}
    for line in lines:
        amounts[line.sku] = amounts.get(line.sku, NOTHING) + line.amount
    return amounts


def _size(line: Line) -> tuple[Decimal, ...]:
    return line.quantity, line.unit_price, line.amount, line.discount or NOTHING, line.tax or NOTHING


def _cost(a: Line, b: Line, count: Callable[[Line, Line], int]) -> float:
    """The number of fields that differ, plus less than 1/1000 for the distance of the amounts."""
    larger = max(abs(a.amount), abs(b.amount))
    return count(a, b) + (float(abs(a.amount - b.amount) / (2 * larger)) / 1000 if larger else 0.0)


def _assignment(costs: Sequence[Sequence[float]]) -> list[int]:
    """The cheapest column for each row; there are at least as many columns as rows.

    The Hungarian algorithm with potentials (H. W. Kuhn, "The Hungarian method for the assignment problem", 1955). Rows
    and columns are numbered from 1; column 0 holds the row that is being placed.
    """
    width = len(costs[0]) if costs else 0
    of_row, of_column = [0.0] * (len(costs) + 1), [0.0] * (width + 1)
    row_of = [0] * (width + 1)
    for row in range(1, len(costs) + 1):
        row_of[0], column = row, 0
        least, way, used = [float("inf")] * (width + 1), [0] * (width + 1), [False] * (width + 1)
        while row_of[column]:
            used[column] = True
            current, free = row_of[column], [other for other in range(1, width + 1) if not used[other]]
            for other in free:
                cost = costs[current - 1][other - 1] - of_row[current] - of_column[other]
                if cost < least[other]:
                    least[other], way[other] = cost, column
            following = min(free, key=lambda other: least[other])
            delta = least[following]
            for other in range(width + 1):
                if used[other]:
                    of_row[row_of[other]] += delta
                    of_column[other] -= delta
                else:
                    least[other] -= delta
            column = following
        while column:
            row_of[column] = row_of[way[column]]
            column = way[column]
    columns = {row_of[column]: column - 1 for column in range(1, width + 1) if row_of[column]}
    return [columns[row] for row in range(1, len(costs) + 1)]
