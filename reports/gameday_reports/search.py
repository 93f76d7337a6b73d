"""Finds what people wrote about runs: the postmortems of a folder, with their status and their open actions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gameday.base.counts import plural
from gameday.base.errors import GamedayError
from gameday.scoring.run_folder import list_runs
from gameday_reports.recorded import RecordedRun
from gameday_reports.sidecar import FILE, Sidecar

#: How much of a text that matches is shown, before and after the words.
AROUND = 40


def postmortems(runs_dir: Path, words: str = "") -> Iterator[tuple[str, str]]:
    """The name of each run that has a postmortem.yaml, with a line about it; only those with ``words`` in a text.

    Texts are looked at as reports show them, without regard to case. A file with a mistake has the mistake as its line.
    """
    for found in list_runs(runs_dir):
        if not (found.dir / FILE).is_file():
            continue
        try:
            sidecar = RecordedRun(found.dir).sidecar
        except GamedayError as problem:
            yield found.dir.name, str(problem)
            continue
        excerpts = [excerpt for text in _texts(sidecar) if (excerpt := _excerpt(text, words))]
        if not words or excerpts:
            yield found.dir.name, "; ".join([*_about(sidecar), *excerpts])


def _about(sidecar: Sidecar) -> list[str]:
    """The status, who set it, and how many actions are open."""
    last = f" ({sidecar.steps[-1].by}, {sidecar.steps[-1].on})" if sidecar.steps else ""
    to_do = sum(not entry.done and not entry.dropped for entry in sidecar.actions)
    return [f"{sidecar.status}{last}", f"{plural(to_do, 'open action')}"]


def _texts(sidecar: Sidecar) -> Iterator[str]:
    for answers in sidecar.answers.values():
        yield from (answer.text for answer in answers)
    for entry in sidecar.actions:
        yield from (entry.id, entry.what, entry.why, entry.owner, entry.dropped)
    yield from (comment.text for comment in sidecar.comments)
    yield from sidecar.participants


def _excerpt(text: str, words: str) -> str:
    """The words with what is around them; empty if the text does not have them."""
    plain = " ".join(text.split())
    at = plain.casefold().find(" ".join(words.split()).casefold()) if words else -1
    if at < 0:
        return ""
    start, end = max(0, at - AROUND), at + len(words) + AROUND
    before, after = "\N{HORIZONTAL ELLIPSIS}" * (start > 0), "\N{HORIZONTAL ELLIPSIS}" * (end < len(plain))
    return f"\u201c{before}{plain[start:end]}{after}\u201d"
