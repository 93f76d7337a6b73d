"""The records stage: checks every record against the candidate contract, and draws the sample for the replay."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.base.violation import Violation
from gameday.capture.raw_record import RawRecord, read_raw_record
from gameday.capture.recording import load_recording
from gameday.capture.sampling import sample
from gameday.capture.traits import read_traits
from gameday.gate.contracts import LocatedContract
from gameday.gate.request import Request
from gameday.model.contract import Contract
from gameday.model.gate_verdict import Stage, state_of
from gameday.records.check import RecordCheck, check_records
from gameday.records.read import read_records
from gameday.records.record import Progress, Record
from gameday.records.validator import Validator

#: How many violations by single records are listed.
LISTED = 200


class Sampled(msgspec.Struct, frozen=True):
    """The records to replay, each with its line; ``account`` is what the verdict lists of the file."""

    records: tuple[tuple[int, bytes], ...]
    account: dict[str, Any]


def check_sample(request: Request, progress: Progress | None = None) -> tuple[Stage, Sampled]:
    """Validate all records. Without any record the stage is inconclusive. Raises GamedayError if there is no file."""
    contract = request.candidate_contract.contract
    path, notes = _file_of(request.records, contract)
    validator = Validator(contract.crm_fields, tolerance=contract.tolerance)
    check = check_records(path, validator, progress=progress, limit_violations=LISTED, unique=False)
    violations = (*notes, *_by_field(check, request.candidate_contract), *check.violations)
    figures = {"seen": check.seen, "valid": check.valid, "invalid": check.invalid, "rejected": check.rejected}
    account = {"sha256": _digest(path), "seen": check.seen, "sampled": 0}
    if not check.seen and not check.rejected:
        return Stage("records", "inconclusive", f"{request.records.name} has no records", violations, figures), Sampled(
            (), account
        )
    bad = check.invalid + check.rejected
    state = state_of(violations)
    if bad or state != "passed":
        summary = f"{bad:,} of {check.seen + check.rejected:,} records break the candidate contract"
        return Stage("records", "failed", summary, violations, figures), Sampled((), account)
    chosen = _draw(_raw_records(path, contract, progress), contract, request.sample, request.seed, check.seen)
    summary = f"{check.seen:,} records keep the candidate contract; {len(chosen):,} of them are replayed"
    stage = Stage("records", "passed", summary, violations, {**figures, "sampled": len(chosen)})
    return stage, Sampled(chosen, {**account, "sampled": len(chosen)})


def _by_field(check: RecordCheck, contract: LocatedContract) -> Iterator[Violation]:
    """The broken fields, at their places in the contract, where they can be compared with it."""
    total = check.seen + check.rejected
    for field, count in sorted(check.by_field.items(), key=lambda item: (-item[1], item[0])):
        place = contract.place("crm", field)
        message = f"{field} breaks the contract {count:,} times in {total:,} records"
        owners = tuple(o for role in ("source", "sync") if (o := contract.contract.owners.get(role)))
        yield Violation("record.field", "error", message, place.path, place.line, owners=owners)


def _file_of(records: Path, contract: Contract) -> tuple[Path, tuple[Violation, ...]]:
    """The file of records; of a recording, which must be of this flow, its records.jsonl."""
    if not records.is_dir():
        return records, ()
    loaded = load_recording(records)
    if loaded.about.flow != contract.name:
        raise GamedayError(f"recording {records.name!r} is of the flow {loaded.about.flow!r}, not {contract.name!r}")
    if loaded.about.effect > _EFFECT:
        message = f"the recording shows only what breaks at least {loaded.about.effect:.1%} of all records"
        return loaded.records_path, (Violation("gate.small-sample", "note", message, str(records)),)
    return loaded.records_path, ()


#: A sample from which this share of broken records cannot hide is large enough.
_EFFECT = 0.011


def _draw(
    raw_records: Iterator[RawRecord], contract: Contract, size: int, seed: int, seen: int
) -> tuple[tuple[int, bytes], ...]:
    """All records if they are few, otherwise so many at random and some of every kind."""
    if seen > size:
        traits = read_traits(contract.crm_fields, contract.ordering)
        raw_records = iter(sample(raw_records, traits, size=size, seed=seed).kept)
    return tuple(sorted((each.line, each.content) for each in raw_records))


def _raw_records(path: Path, contract: Contract, progress: Progress | None) -> Iterator[RawRecord]:
    for each in read_records(path, contract.crm_fields, progress=progress):
        record = read_raw_record(each.data, each.line) if isinstance(each, Record) else None
        if isinstance(record, RawRecord):
            yield record


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as problem:
        raise GamedayError(f"cannot read the records {path}: {problem.strerror}") from None
