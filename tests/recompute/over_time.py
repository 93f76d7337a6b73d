"""What the ERP held of a deal after each write: since when nothing was open beside its order, and when it was right."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from recompute.records import Write

Held = tuple[Decimal | None, str]


def _names(writes: list[Write]) -> list[tuple[Write, tuple[str, str]]]:
    named = [(w, ("invoice", w.invoice) if w.kind == "invoice_write" else ("order", w.order)) for w in writes]
    return [(write, name) for write, name in named if name[1] and write.outcome != "fail"]


def closings(writes: list[Write]) -> dict[tuple[str, str], float]:
    """When each document that is not open by its last write was last open until."""
    found: dict[tuple[str, str], float] = {}
    for _, name in _names(writes):
        mine = [write for write, other in _names(writes) if other == name]
        if mine[-1].state != "open":
            opened = [place for place, write in enumerate(mine) if write.state == "open"]
            found[name] = mine[opened[-1] + 1 if opened else 0].time_s
    return found


def rest(held: Held) -> Decimal | None:
    """What is left of a document, less what was credited: its content says so at the end."""
    total, content = held
    credited = content.split(" less ")[1:]
    return total - Decimal(credited[0]) if credited and total is not None else total


def stated_only(orders: list[dict[str, Any]], writes: list[Write]) -> list[Write]:
    """What only the ledger states: invoices that no write made, and the end of orders that no write ended.

    Such an order is over with the last of its invoices.
    """
    found, ends, known = [], closings(writes), once_open(writes)
    for order in orders:
        for bill in order.get("invoices", ()):
            if ("invoice", bill["id"]) not in known:
                made = ("ok", float(bill["time_s"]), Decimal(bill["total"]), "", "open")
                found.append(Write("invoice_write", order["id"], bill["id"], *made))
        if order["state"] != "open" and ("order", order["id"]) not in ends:
            bills = {bill["id"] for bill in order.get("invoices", ())}
            bills |= {write.invoice for write in writes if write.order == order["id"] and write.invoice}
            over_s = max([float(order["changed_s"]), *(ends.get(("invoice", bill), 0.0) for bill in bills)])
            found.append(Write("order_write", order["id"], "", "ok", over_s, None, "", order["state"]))
    return found


def once_open(writes: list[Write]) -> set[tuple[str, str]]:
    """The documents that were open after a write."""
    return {name for write, name in _names(writes) if write.state == "open"}


def left(writes: list[Write], kind: str, name: str) -> Held | None:
    """What the last write left of a document."""
    held = [(write.total, write.content) for write, other in _names(writes) if other == (kind, name)]
    return held[-1] if held else None


def last_break(
    writes: list[Write],
    right: Callable[[list[Held], list[Held], bool], bool],
    since_s: float,
    due: tuple[float, float],
    repaired_s: float | None,
) -> tuple[float | None, float | None]:
    """When a deal ceased to be right that was so when it was due (and at the latest a margin later).

    And when it was right first.
    """
    spans = right_spans(writes, right, since_s)
    if not any(start_s <= due[1] and end_s > due[0] for start_s, end_s in spans):
        return None, None
    if repaired_s is None:
        return (spans[-1][1] if spans[-1][1] < float("inf") else None), spans[0][0]
    ends = [end_s for start_s, end_s in spans if start_s < repaired_s and end_s < float("inf")]
    return max(ends, default=None), spans[0][0]


def replaced(spans: list[list[float]], due: tuple[float, float], last_s: float, unshown_s: float) -> float:
    """When a deal came that was not right later only for moments, a margin in all; ``last_s`` if it was not so.

    Nor if nothing that was written shows why it was not before ``unshown_s``.
    """
    margin_s = due[1] - due[0]
    if not spans or spans[-1][1] < float("inf") or spans[-1][0] < unshown_s - margin_s:
        return last_s
    in_time = [start_s for start_s, _ in spans if start_s <= due[1]]
    gone = [max(0.0, after[0] - max(before[1], due[0])) for before, after in itertools.pairwise(spans)]
    if in_time and sum(gone) <= margin_s:
        return in_time[-1]
    late = [start_s for n, (start_s, _) in enumerate(spans[:-1]) if start_s > due[1] and sum(gone[n:]) <= margin_s]
    return min(late, default=last_s)


def right_spans(
    writes: list[Write], right: Callable[[list[Held], list[Held], bool], bool], since_s: float
) -> list[list[float]]:
    """The times at which a deal was right, by its writes; ``right`` also hears whether an invoice was credited."""
    held: dict[tuple[str, str], Held] = {}
    moments, credited = [(since_s, right([], [], False))], False
    for write, name in _names(writes):
        held.pop(name, None)
        if write.state == "open":
            held[name] = (write.total, write.content)
        credited = credited or write.state == "credited"
        orders = [value for (kind, _), value in held.items() if kind == "order"]
        bills = [value for (kind, _), value in held.items() if kind == "invoice"]
        moments.append((max(since_s, write.time_s), right(orders, bills, credited)))
    begins = [(good, next(group)[0]) for good, group in itertools.groupby(moments, lambda moment: moment[1])]
    ends_s = [*(time_s for _, time_s in begins[1:]), float("inf")]
    return [[start_s, end_s] for (good, start_s), end_s in zip(begins, ends_s, strict=True) if good and end_s > start_s]
