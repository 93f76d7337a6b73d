"""What the payloads of several outlets have in common: the title, texts as a tool shows them, JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from gameday_reports.brief.lengths import shorten
from gameday_reports.postmortem.header import header
from gameday_reports.recorded import RecordedRun
from gameday_reports.wire import visible


def title(run: RecordedRun, longest: int) -> str:
    """One line that no other run has: what ran, its result, the stack, the seed and the time."""
    head = header(run)
    after = f": {head['result']} ({head['stack']}, seed {head['seed']}, {head['started']})"
    name = plain(run, head["scenario"])
    # However long the name of the scenario is, the rest of the line is there.
    return shorten(f"{shorten(name, max(1, longest - len(after)))}{plain(run, after)}", longest)


def identity(run: RecordedRun) -> list[str | int]:
    """What no other run has, and this one keeps wherever its folder is moved: keys in other tools are made from it."""
    info = run.info
    return [info.started, info.stack, info.stack_version, info.seed, run.scenario.name]


def plain(run: RecordedRun, text: object) -> str:
    """A text masked, with what cannot be seen written out, for a place where the tool knows no markup."""
    return visible(run.shown(text))


def as_json(value: Any) -> str:
    """A body of a request, indented."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode() + "\n"
