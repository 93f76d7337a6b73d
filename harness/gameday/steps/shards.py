"""Splits a game day over several jobs: which scenarios each one runs, and the file that says so.

Each job plans all scenarios and takes its share of them, so the jobs need not talk to each other. ``gameday merge``
puts their runs together, and sees by the files which share is missing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.base.whole_file import write_whole
from gameday.config.features import portable
from gameday.steps.outcome import Outcome

SHARD_FILE = "shard.json"
_SHARD = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})")
_VERSION = 1


class Shard(NamedTuple):
    """One of several jobs, from 1."""

    number: int
    of: int

    @classmethod
    def read(cls, text: str) -> Shard:
        """From ``2/8``. Raises GamedayError."""
        found = _SHARD.fullmatch(text)
        if found is None or int(found[1]) > int(found[2]):
            raise GamedayError(f"bad --shard {text[:80]!r}", hint="such as 2/8: the second of eight jobs")
        return cls(int(found[1]), int(found[2]))


class Entry(msgspec.Struct, frozen=True):
    """What became of one scenario in a job; ``folder`` is the name of its run's folder, empty if it was not run."""

    feature: str
    scenario: str
    stack: str
    seed: int
    result: str
    folder: str = ""
    problem: str = ""
    not_applicable: str = ""


class ShardFile(msgspec.Struct, frozen=True):
    """What a job did. ``plan`` is a hash over the scenarios of all jobs, so that jobs of two plans are not mixed."""

    number: int
    of: int
    plan: str
    entries: tuple[Entry, ...]
    version: int = _VERSION


def share_of(planned: Sequence[Outcome], shard: Shard) -> list[Outcome]:
    """The planned scenarios of one job; all jobs together have each one once, and take about the same time."""
    taken = [0.0] * shard.of
    mine = []
    for outcome in sorted(planned, key=lambda each: (-_length_s(each), _key(each))):
        place = taken.index(min(taken))
        taken[place] += _length_s(outcome)
        if place == shard.number - 1:
            mine.append(outcome)
    return mine


def plan_digest(planned: Sequence[Outcome]) -> str:
    """A hash over all planned scenarios with their targets, in any order."""
    scenarios = sorted((*_key(each), each.planned.digest() if each.planned else "") for each in planned)
    return hashlib.sha256(msgspec.json.encode(scenarios)).hexdigest()[:16]


def write_shard(runs_dir: Path, shard: Shard, plan: str, outcomes: Sequence[Outcome]) -> None:
    """Write what a job did beside its runs. Raises GamedayError."""
    entries = tuple(
        Entry(
            portable(Path(each.feature)),
            each.scenario,
            each.stack,
            each.seed,
            each.result,
            Path(each.run_dir).name if each.run_dir else "",
            each.problem,
            each.not_applicable,
        )
        for each in outcomes
    )
    write_whole(runs_dir / SHARD_FILE, msgspec.json.encode(ShardFile(shard.number, shard.of, plan, entries)))


def read_shard(folder: Path) -> ShardFile:
    """What a job did. Raises GamedayError if the folder is none of a job."""
    path = folder / SHARD_FILE
    try:
        found = json_text.decode(path.read_bytes(), ShardFile)
    except FileNotFoundError:
        hint = "`gameday run --shard` writes it at the end of a job"
        raise GamedayError(f"no {SHARD_FILE} in {str(folder)!r}", hint=hint) from None
    except OSError as problem:
        raise GamedayError(f"cannot read {path}: {problem.strerror}") from None
    except json_text.Unreadable as problem:
        raise GamedayError(f"{path} cannot be read: {problem}") from None
    names = [entry.folder for entry in found.entries if entry.folder]
    if found.version > _VERSION or any(Path(name).name != name or name in (".", "..") for name in names):
        raise GamedayError(f"{path} is not that of a job")
    return found


def _key(outcome: Outcome) -> tuple[str, str, str, int]:
    return portable(Path(outcome.feature)), outcome.scenario, outcome.stack, outcome.seed


def _length_s(outcome: Outcome) -> float:
    return outcome.planned.horizon_s if outcome.planned is not None and not outcome.not_applicable else 0.0
