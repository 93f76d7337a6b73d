"""The refused and the changed requests, each beside the last good one of its kind, with the differences marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gameday.model.events import Exchange
from gameday.model.history import Operation
from gameday_reports.recorded import RecordedRun

#: How many pairs the page shows, and how many fields of each.
PAIRS, FIELDS = 6, 16
#: How an error reply says what is wrong, in the order of how much it says.
_SAID = ("detail", "message", "error_description", "title", "errorCode", "error")

Pair = dict[str, Any]


def pairs(run: RecordedRun) -> list[Pair]:
    """Each first exchange of its kind with the good one, the refused ones first.

    ``request`` and ``reply`` are the fields of both, those that differ first. ``verdict`` says in a sentence what the
    comparison shows.
    """
    exchanges = list(run.of(Exchange))
    good = [op for op in exchanges if op.outcome == "ok"]
    seen: set[tuple[str, ...]] = set()
    found: list[Pair] = []
    for op in sorted((op for op in exchanges if op.outcome != "ok"), key=lambda op: (op.outcome != "fail", op.index)):
        event = op.event
        fault = event.fault if op.outcome == "info" else ""
        kind = (op.process, event.operation, str(event.status), event.error, fault)
        if kind not in seen and len(found) < PAIRS:
            seen.add(kind)
            pair = _pair(run, op, _good_of(op, good))
            if pair["refused"] or pair["differs"] or not _is_shown(pair, found):
                found.append(pair)
    return found


def _is_shown(pair: Pair, found: Iterable[Pair]) -> bool:
    """Whether the page has a pair of this operation already."""
    return any((each["system"], each["operation"]) == (pair["system"], pair["operation"]) for each in found)


def _good_of(op: Operation[Exchange], good: Iterable[Operation[Exchange]]) -> Operation[Exchange] | None:
    """The last good exchange of the kind before this one, else the first after it."""
    kind = _kind(op)
    alike = [other for other in good if _kind(other) == kind]
    before = [other for other in alike if other.index < op.index]
    return before[-1] if before else next(iter(alike), None)


def _kind(op: Operation[Exchange]) -> tuple[str, str]:
    return op.process, kind_of(op.event.operation, op.event.method, op.event.path)


def kind_of(operation: str, method: str, path: str) -> str:
    """What two requests have in common that can be compared: all but the ids in the path, and the query.

    >>> kind_of("deal.read", "GET", "/sobjects/Opportunity/006A1?fields=Id")
    'deal.read GET sobjects/Opportunity'
    """
    names = (part for part in path.partition("?")[0].split("/") if part.isalpha())
    return f"{operation} {method} {'/'.join(names)}"


def _pair(run: RecordedRun, op: Operation[Exchange], good: Operation[Exchange] | None) -> Pair:
    event, other = op.event, None if good is None else good.event
    request = compared(None if other is None else other.request_fields, event.request_fields)
    changed = op.outcome == "info"
    reply = compared(None if other is None else other.reply_fields, event.reply_fields) if changed else []
    pair: Pair = {
        "system": op.process,
        "operation": event.operation,
        "refused": not changed,
        "fault": event.fault,
        "deal": event.deal or "",
        "time_s": event.at_s,
        "status": event.status or "no reply",
        "replied": event.status != 0,
        "error": run.shown(event.error),
        "said": run.shown(said(event)) if not changed else "",
        "call": run.shown(f"{event.method} {event.path}"),
        "index": op.index,
        "good_index": None if good is None else good.index,
        "good_status": None if other is None else other.status,
        "request": _shown(run, request),
        "request_left_out": max(0, len(request) - FIELDS),
        "reply": _shown(run, reply),
        "reply_left_out": max(0, len(reply) - FIELDS),
        "missing": [row["field"] for row in (*request, *reply) if row["mark"] == "missing"],
        "added": [row["field"] for row in (*request, *reply) if row["mark"] == "added"],
    }
    pair["differs"] = bool(pair["missing"] or pair["added"])
    return pair | {"verdict": _verdict(pair, good is not None, bool(request))}


def said(event: Exchange) -> str:
    """What the reply says about the error, in the vendor's words; empty if it says nothing that is kept."""
    for name in _SAID:
        for path, text in event.reply_fields.items():
            if path.rpartition(".")[2].removesuffix("[]") == name:
                return text
    return "" if event.reply.startswith("(") else event.reply


def compared(good: Mapping[str, str] | None, other: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every field of both, with its values; ``mark``: missing, added, other value, or empty. Marked ones come first.

    Without a good one nothing is marked.
    """
    if good is None:
        return [{"field": field, "good": None, "now": now, "mark": ""} for field, now in other.items()]
    rows = []
    for field in dict.fromkeys((*good, *other)):
        before, now = good.get(field), other.get(field)
        mark = "missing" if now is None else "added" if before is None else "other value" if before != now else ""
        rows.append({"field": field, "good": before, "now": now, "mark": mark})
    order = ("missing", "added", "other value", "")
    return sorted(rows, key=lambda row: order.index(str(row["mark"])))


def _shown(run: RecordedRun, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    texts = ("field", "good", "now")
    return [
        row | {name: None if row[name] is None else run.shown(row[name]) for name in texts} for row in rows[:FIELDS]
    ]


def _verdict(pair: Pair, has_good: bool, has_fields: bool) -> str:
    if not has_good:
        return "No request of this kind went well, so there is nothing to compare it with."
    parts = []
    if missing := pair["missing"]:
        parts.append(f"{_names(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    if added := pair["added"]:
        parts.append(f"{_names(added)} {'is' if len(added) == 1 else 'are'} new")
    if parts:
        return f"Compared with the last good one: {' and '.join(parts)}."
    if not pair["refused"]:
        return "It has the same fields as the last good one, so the fault changed values, the order or the time."
    same = "fields" if has_fields else "form"
    if not pair["replied"]:
        return f"The request has the same {same} as the last good one; what was missing is the reply."
    return f"The request has the same {same} as the last good one, so it is not its form that was refused."


def _names(fields: list[str], most: int = 3) -> str:
    """The first of these fields, and how many there are besides."""
    more = f" and {len(fields) - most:,} more fields" if len(fields) > most else ""
    return ", ".join(fields[:most]) + more
