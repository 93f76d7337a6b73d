"""The lines of the stack's own log about affected deals: what it said, never what is believed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from gameday.analysis.reconcile import OrderOutcome
from gameday.base.secrets import secrets_of, without_secrets
from gameday_reports.recorded import RecordedRun

FILE = "stack.log"
#: How many deals, lines of each, characters of a line; and how much of a long log is read, from its beginning.
DEALS, LINES, LONGEST = 6, 5, 240
MOST_BYTES = 32 * 1024 * 1024
#: A shorter name would be found by chance.
SHORTEST = 3
#: How many deals before and after one bound its time in the log.
NEIGHBOURS = 3


def log_lines(run: RecordedRun, deals: Sequence[OrderOutcome]) -> list[dict[str, Any]]:
    """For each of these deals the first lines of the log that name it, by id or by key; ``number`` counts from 1.

    Of one that is not ``named``, the lines without a deal between those of the deals closed before it and after it: a
    log has any format, so its order is all that is known of its times. Empty if the run keeps no log. Names are masked
    and secrets are left out.
    """
    try:
        with (run.dir / FILE).open("rb") as file:
            lines = file.read(MOST_BYTES).decode(errors="replace").split("\n")
    except OSError:
        return []
    closed = sorted(run.reconciliation.outcomes, key=lambda outcome: outcome.closed_s)
    secrets = secrets_of(run.dir / "state" / "credentials.json", {})
    found = []
    for deal in deals[:DEALS]:
        numbers = _naming(lines, deal)
        named = bool(numbers)
        if not named:
            numbers = _between(lines, closed, closed.index(deal))
        shown = [
            {"number": number + 1, "text": run.shown(without_secrets(lines[number][: 4 * LONGEST], secrets))[:LONGEST]}
            for number in numbers[:LINES]
        ]
        found.append({"deal": deal.deal, "named": named, "lines": shown, "left_out": len(numbers) - len(shown)})
    return found


def _naming(lines: Sequence[str], deal: OrderOutcome) -> list[int]:
    names = [re.escape(name) for name in (deal.deal, deal.key) if len(name) >= SHORTEST]
    if not names:
        return []
    named = re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)").search
    return [number for number, line in enumerate(lines) if named(line)]


def _between(lines: Sequence[str], closed: Sequence[OrderOutcome], place: int) -> list[int]:
    """The lines after the last that names a deal closed just before, and before the first of one closed just after."""
    earlier = [_naming(lines, each)[:1] for each in closed[max(0, place - NEIGHBOURS) : place]]
    later = [_naming(lines, each)[:1] for each in closed[place + 1 : place + 1 + NEIGHBOURS]]
    begin = max((number for numbers in earlier for number in numbers), default=None)
    end = min((n for numbers in later for n in numbers if begin is not None and n > begin), default=None)
    if begin is None or end is None:
        return []
    return [number for number in range(begin + 1, end) if lines[number].strip()]
