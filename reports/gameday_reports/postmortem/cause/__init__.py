"""The cause: from the fault to what became of the deals, with the requests, errors and log lines that show it."""

from __future__ import annotations

from typing import Any

from gameday_reports.postmortem.cause.chain import sentences
from gameday_reports.postmortem.cause.errors import errors
from gameday_reports.postmortem.cause.log_lines import log_lines
from gameday_reports.postmortem.cause.pairs import pairs
from gameday_reports.postmortem.cause.traces import groups_of
from gameday_reports.recorded import RecordedRun

__all__ = ["cause"]


def cause(run: RecordedRun) -> dict[str, Any]:
    """``groups`` of affected deals in sentences, ``errors`` by operation, ``pairs`` of requests, lines of the ``log``.

    ``indexes`` are the operations that these cite.
    """
    compared = pairs(run)
    groups = groups_of(run)
    chains = sentences(run, groups, compared)
    rows = errors(run)
    cited = [part["index"] for group in chains for part in group["parts"]]
    cited += [index for pair in compared for index in (pair["index"], pair["good_index"])]
    cited += [row["index"] for row in rows]
    return {
        "groups": chains,
        "errors": rows,
        "pairs": compared,
        "log": log_lines(run, [group.first for group in groups]),
        "indexes": list(dict.fromkeys(index for index in cited if index is not None)),
    }
