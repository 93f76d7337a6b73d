"""The baseline of the gate: warnings and notes that were there when it was introduced, and are to be no news.

An error is never in it: what would break the sync is accepted by a sign-off or in the ignore list, with a reason, an
owner and an expiry.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.base.whole_file import write_whole
from gameday.model.gate_verdict import GateVerdict, Stage
from gameday_reports.gate import fingerprint

KNOWN = "known before: "


class Known(msgspec.Struct, frozen=True):
    """One finding of a baseline: its fingerprint, and for people its rule and message."""

    fingerprint: str
    rule: str
    message: str


def read_baseline(path: Path | None) -> frozenset[str]:
    """The fingerprints of a baseline; none without a file. Raises GamedayError for one that cannot be read."""
    if path is None:
        return frozenset()
    try:
        return frozenset(each.fingerprint for each in json_text.decode(path.read_bytes(), list[Known]))
    except OSError as problem:
        raise GamedayError(
            f"cannot read the baseline {path}: {problem.strerror}", hint="write one with --write-baseline"
        ) from None
    except json_text.Unreadable as problem:
        raise GamedayError(f"{path} is not a baseline: {problem}", hint="write one with --write-baseline") from None


def without_known(stage: Stage, known: frozenset[str]) -> Stage:
    """The stage, with what is known before as notes; errors stay errors."""
    violations = tuple(
        msgspec.structs.replace(each, level="note", message=f"{KNOWN}{each.message}")
        if each.level != "error" and fingerprint(each) in known
        else each
        for each in stage.violations
    )
    return msgspec.structs.replace(stage, violations=violations)


def write_baseline(path: Path, verdicts: list[GateVerdict]) -> None:
    """Write every warning and note of some gates. Raises GamedayError."""
    found = {}
    for violation in (each for verdict in verdicts for each in verdict.violations if each.level != "error"):
        bare = msgspec.structs.replace(violation, message=violation.message.removeprefix(KNOWN))
        found[fingerprint(bare)] = Known(fingerprint(bare), bare.rule, bare.message)
    listed = [found[mark] for mark in sorted(found)]
    write_whole(path, msgspec.json.format(msgspec.json.encode(listed), indent=1) + b"\n")
