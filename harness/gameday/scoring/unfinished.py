"""Why a run has no result, as far as its history says."""

from __future__ import annotations

from pathlib import Path

from gameday.analysis.aborted import aborted
from gameday.base.errors import GamedayError, RunAborted
from gameday.model.events import ServerExited
from gameday.model.history import History


def unfinished(run: str, missing: str, history_file: Path) -> GamedayError:
    """The error for a run that lacks a file: what aborted or ended it, else only that the file is missing."""
    try:
        history = History.read(history_file)
    except GamedayError:
        history = History()
    if why := aborted(history):
        return RunAborted(f"run {run!r} was aborted: {why}", hint="it has no result; its history is in history.jsonl")
    ended = list(history.of(ServerExited))
    hint = (
        f"it has no result: {ended[0].event.sentence}"
        if ended
        else "it ended before that; its history is in history.jsonl"
    )
    return GamedayError(f"run {run!r} has no {missing}", hint=hint)
