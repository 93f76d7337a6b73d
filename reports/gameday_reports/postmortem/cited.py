"""The operations that the report cites as evidence, so that they can be read in the report itself."""

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
    """The first ROWS of these operations, each on one line, in the order of the history."""
    unique = list(dict.fromkeys(index for index in indexes if index is not None))
    shown = set(unique[:ROWS])
    rows = [_row(run, op) for op in run.history.at(shown)]
    return {"rows": rows, "indexes": shown, "left_out": len(unique) - len(shown)}


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
    """A value without the vendor's raw event, which repeats the signal at length, and without payloads."""
    short = {name: part for name, part in value.items() if name != "raw"}
    signal = short.get("signal")
    if isinstance(signal, dict) and isinstance(signal.get("context"), dict):
        short["signal"] = {**signal, "context": list(signal["context"])[:DEALS]}
    return short


def _masked(run: RecordedRun, value: Any) -> Any:
    """The value with names masked in every text; must come before encoding, which may change how a name is written."""
    if isinstance(value, str):
        return run.shown(value)
    if isinstance(value, dict):
        return {name: _masked(run, part) for name, part in value.items()}
    return [_masked(run, part) for part in value] if isinstance(value, list) else value


def indexes_of(sections: Mapping[str, Any]) -> Iterable[int | None]:
    """The indexes of the timeline, the moments, the signals, the cause and the actions, then those of single deals."""
    rows = (*sections["timeline"]["rows"], *sections["moments"], *sections["detection"]["signals"])
    deals = (operation["index"] for row in sections["evidence"]["rows"] for operation in row["operations"])
    actions = (index for action in sections["actions"] for index in action["evidence"])
    return (*(row["index"] for row in rows), *sections["cause"]["indexes"], *actions, *deals)
