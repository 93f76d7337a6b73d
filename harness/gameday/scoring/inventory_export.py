"""Writes the inventory as CSV, JSON or YAML: first the registry's own columns, so that it can be read again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

import msgspec
import yaml

from gameday.contracts.exceptions import KEYS
from gameday.contracts.flows import (
    COLUMNS,
    DUTY_COLUMNS,
    FALLBACK_COLUMNS,
    OWNER_COLUMNS,
    PREPARED_COLUMNS,
    RegisteredFlow,
)
from gameday.contracts.flows_file import escaped
from gameday.scoring.inventory import FlowRecord


def export_inventory(entries: Iterable[FlowRecord], form: str) -> str:
    """The inventory as ``csv``, ``json`` or ``yaml``; money as exact text.

    CSV and YAML have exactly the registry's columns and can be used as a registry; the scores are the lowest of all
    stacks. YAML also has what becomes of errors, and who is called next; JSON has these and each stack's scores. In CSV
    no cell can be a formula.
    """
    entries = list(entries)
    if form == "json":
        return msgspec.json.format(msgspec.json.encode([_full(entry) for entry in entries])).decode() + "\n"
    rows = [_row(entry) for entry in entries]
    if form == "yaml":
        more = {key: each for key in KEYS if (each := [row for entry in entries for row in _handled(entry.flow)[key]])}
        written: str = yaml.safe_dump({"flows": rows, **more}, sort_keys=False, allow_unicode=True)
        return written
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({column: escaped(str(value)) for column, value in row.items()} for row in rows)
    return text.getvalue()


def _row(entry: FlowRecord) -> dict[str, Any]:
    flow = entry.flow
    plain = msgspec.to_builtins(flow)
    row = {column: plain.get(column) for column in COLUMNS}
    row |= {column: flow.owners.get(role, "") for column, role in OWNER_COLUMNS.items()}
    row |= {column: flow.fallbacks.get(role, "") for column, role in FALLBACK_COLUMNS.items()}
    row |= {column: flow.duties.get(column, "") for column in DUTY_COLUMNS}
    row |= {column: flow.prepared.get(column, "") for column in PREPARED_COLUMNS}
    row |= {"last_game_day": str(entry.last_game_day or "")}
    for score in ("detection", "recovery"):
        points = [getattr(each, score) for each in entry.scores if getattr(each, score) is not None]
        row[score] = min(points) if points else getattr(flow, score)
    return {column: "" if value is None else value for column, value in row.items()}


def _handled(flow: RegisteredFlow) -> dict[str, list[dict[str, str]]]:
    """The rows of a flow by the registry's keys, as it can be read again."""
    exceptions = [
        {"flow": flow.flow, "error": each.error, "path": each.path, "to": each.to, "within": _seconds(each.within_s)}
        for each in flow.exceptions
    ]
    ladder = [{"flow": flow.flow, "after": _seconds(rung.after_s), "who": rung.who} for rung in flow.ladder]
    return {"exceptions": exceptions, "escalation": ladder}


def _seconds(seconds: float) -> str:
    return f"{seconds:.12g} s"


def _full(entry: FlowRecord) -> dict[str, Any]:
    return {
        **_row(entry),
        **_handled(entry.flow),
        "days_since": entry.days_since,
        "stale": entry.stale,
        "stacks": [msgspec.to_builtins(each) for each in entry.scores],
    }
