"""The operations of the history that the report refers to, so that its evidence can be read where it is cited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from gameday.model.events import Event
from gameday.model.history import Operation
from gameday_reports.formats import moment
from gameday_reports.recorded import RecordedRun

#: How many operations the page quotes, how many characters of each, and how many deals of a signal's context.
ROWS = 400
LONGEST = 240
DEALS = 5

_encode = msgspec.json.Encoder(decimal_format="string", enc_hook=str).encode


def cited(run: RecordedRun, indexes: Iterable[int | None]) -> dict[str, Any]:
    """The first ROWS operations of these, each in one line, in the order of the history."""
    named = list(dict.fromkeys(index for index in indexes if index is not None))
    wanted = set(named[:ROWS])
    rows = [_row(run, op) for op in run.history if op.index in wanted]
    return {"rows": rows, "indexes": wanted, "left_out": len(named) - len(wanted)}


def _row(run: RecordedRun, op: Operation[Event]) -> dict[str, Any]:
    text = _encode(_masked(run, _short(op.value))).decode()
    return {
        "index": op.index,
        "time": moment(op.time_s),
        "process": op.process,
        "f": op.f,
        "outcome": op.outcome,
        "value": text if len(text) <= LONGEST else f"{text[:LONGEST]}\N{HORIZONTAL ELLIPSIS}",
    }


def _short(value: Mapping[str, Any]) -> dict[str, Any]:
    """A signal without the vendor's raw event, which says it again and at length, and without its payloads."""
    short = {name: part for name, part in value.items() if name != "raw"}
    signal = short.get("signal")
    if isinstance(signal, dict) and isinstance(signal.get("context"), dict):
        short["signal"] = {**signal, "context": list(signal["context"])[:DEALS]}
    return short


def _masked(run: RecordedRun, thing: Any) -> Any:
    """The same with the names masked in every text; before it is encoded, for then a name may be written otherwise."""
    if isinstance(thing, str):
        return run.shown(thing)
    if isinstance(thing, dict):
        return {name: _masked(run, part) for name, part in thing.items()}
    return [_masked(run, part) for part in thing] if isinstance(thing, list) else thing


def indexes_of(found: Mapping[str, Any]) -> Iterable[int | None]:
    """The indexes that the timeline, the moments and the signals name; those of single deals are too many to print."""
    return (row["index"] for row in (*found["timeline"]["rows"], *found["moments"], *found["detection"]["signals"]))
