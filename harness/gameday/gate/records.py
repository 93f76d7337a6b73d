"""The records stage: checks every record against the candidate contract, and draws the sample for the replay."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.counts import out_of, plural
from gameday.base.errors import GamedayError, RunError
from gameday.base.violation import Violation
from gameday.capture.raw_record import RawRecord, read_raw_record
from gameday.capture.recording import About, load_recording
from gameday.capture.redacting import redact_all
from gameday.capture.sampling import sample
from gameday.capture.source import RefusedLines
from gameday.capture.traits import read_traits
from gameday.gate.contracts import LocatedContract
from gameday.gate.migration import Migration, Unmovable, fields_to_redact
from gameday.gate.request import Request
from gameday.model.contract import Contract
from gameday.model.gate_verdict import Stage, state_of
from gameday.records.check import RecordCheck, check_records
from gameday.records.read import read_records
from gameday.records.record import Progress, Record, Rejected
from gameday.records.redaction import redaction_key
from gameday.records.validator import Examined, Validator

#: How many violations by single records are listed.
LISTED = 200


class Sampled(msgspec.Struct, frozen=True):
    """The records to replay, each with its line; ``account`` is what the verdict lists of the file.

    ``moved``: the physical names of fields in the base contract, and those in the records.
    """

    records: tuple[tuple[int, bytes], ...]
    account: dict[str, Any]
    moved: dict[str, str] = {}


def check_sample(request: Request, progress: Progress | None = None) -> tuple[Stage, Sampled]:
    """Validate all records. Without any record the stage is inconclusive. Raises GamedayError if there is no file.

    Records of the base contract are carried over to the candidate. What is not a recording is redacted in memory.
    """
    contract = request.candidate_contract.contract
    path, notes, about = _file_of(request.records, contract)
    reading = Reading(path, request, about.contract_digest if about else "")
    check = reading.check(progress)
    left_out = reading.migration.left_out if reading.migration else 0
    total = check.seen + check.rejected + left_out
    more = tuple(reading.migration.violations(total)) if reading.migration else ()
    violations = (*notes, *_by_field(check, request.candidate_contract), *check.violations, *more)
    figures = {
        "seen": check.seen + left_out,
        "valid": check.valid,
        "invalid": check.invalid,
        "rejected": check.rejected,
    }
    account = {"sha256": _digest(path), "seen": check.seen + left_out, "sampled": 0}
    if not check.seen and not check.rejected:
        none_left = f"the change leaves none of {plural(left_out, 'record')} to check by"
        what = none_left if left_out else "it has no records"
        summary = f"{request.records.name}: {what}"
        return Stage("records", "inconclusive", summary, violations, figures), Sampled((), account)
    bad = check.invalid + check.rejected
    state = state_of(violations)
    if bad or state != "passed":
        summary = f"{out_of(bad, total, 'record', verb='breaks')} the candidate contract"
        return Stage("records", "failed", summary, violations, figures), Sampled((), account)
    chosen = _draw(reading.raw_records(progress), contract, request.sample, request.seed, check.seen)
    moved = reading.migration.new_paths if reading.migration else {}
    if about is None:
        chosen, hidden = _redacted(chosen, request, path, moved)
        violations = (*violations, *hidden)
    kept = plural(check.seen, "record", verb="keeps")
    summary = f"{kept} the candidate contract; replayed: {len(chosen):,}"
    if reading.migration and reading.migration.carried:
        figures["migrated"] = reading.migration.carried
        summary += f"; {reading.migration.carried:,} were migrated by the signed change"
    summary += "; they were redacted in memory" if about is None else ""
    stage = Stage("records", "passed", summary, violations, {**figures, "sampled": len(chosen)})
    lines = tuple(sorted((each.line, each.content) for each in chosen))
    return stage, Sampled(lines, {**account, "sampled": len(chosen)}, moved)


class Reading:
    """Reads the records of a file as the candidate contract has them."""

    def __init__(self, path: Path, request: Request, recorded_under: str) -> None:
        """``recorded_under`` is the digest of the contract of a recording; empty if that is unknown."""
        contract = request.candidate_contract.contract
        self._path = path
        self._fields = contract.crm_fields
        self._columns = request.config.deal_columns
        migration = Migration(request.base, request.candidate_contract) if request.base else None
        if recorded_under == contract.digest or migration is None or not migration.matters:
            migration = None
        self.migration = migration
        checked = migration.fields_to_check() if migration else contract.crm_fields
        self._validator = Validator(checked, tolerance=contract.tolerance)

    def check(self, progress: Progress | None) -> RecordCheck:
        """Everything that is wrong with the records."""
        items = self._examined(progress) if self.migration and self.migration.changes_records else None
        return check_records(
            self._path,
            self._validator,
            progress=progress,
            limit_violations=LISTED,
            unique=False,
            items=items,
            columns=self._columns,
        )

    def _examined(self, progress: Progress | None) -> Iterator[tuple[int, Examined] | Rejected]:
        assert self.migration is not None  # noqa: S101 - the caller has looked
        for each in self._read(progress):
            if isinstance(each, Rejected):
                yield each
                continue
            try:
                examined = self._validator.examine(self.migration.carry(each.data, count=True))
            except Unmovable as problem:
                self.migration.leave_out(str(problem))
                continue
            if why := self.migration.explains([problem.field for problem in examined.problems]):
                self.migration.leave_out(why)
            else:
                yield each.line, examined

    def raw_records(self, progress: Progress | None) -> Iterator[RawRecord]:
        """The records that were checked, as they are replayed."""
        moves = self.migration if self.migration and self.migration.changes_records else None
        for each in self._read(progress):
            if isinstance(each, Rejected):
                continue
            data = each.data
            if moves:
                try:
                    data = moves.carry(data)
                except Unmovable:
                    continue
                if not self._validator.accepts(data):
                    continue
            record = read_raw_record(data, each.line)
            if isinstance(record, RawRecord):
                yield record

    def _read(self, progress: Progress | None) -> Iterator[Record | Rejected]:
        fields = self.migration.fields_to_read() if self.migration else self._fields
        return read_records(self._path, fields, progress=progress, columns=self._columns)


def _redacted(
    chosen: Sequence[RawRecord], request: Request, path: Path, moved: Mapping[str, str]
) -> tuple[list[RawRecord], tuple[Violation, ...]]:
    """The sample with pseudonyms, and a warning for each field that the contract keeps although it looks personal."""
    fields = fields_to_redact(request.base, request.candidate_contract, moved)
    key, given = redaction_key(os.environ)
    refused = RefusedLines()
    redacted = redact_all(chosen, fields, key if given else _key_of(path), refused)
    if refused.counts:
        raise RunError(f"{plural(sum(refused.counts.values()), 'record')} of {request.records.name} cannot be redacted")
    warnings = []
    for field in redacted.hidden:
        place = request.candidate_contract.place("crm", field.field)
        message = f"{field.field} was redacted although the contract keeps it: {field.words}"
        warnings.append(Violation("records.looks-personal", "warning", message, place.path, place.line))
    read = [read_raw_record(line, number) for number, line in redacted.lines]
    return [each for each in read if isinstance(each, RawRecord)], tuple(warnings)


def _key_of(path: Path) -> bytes:
    """A key that only the holder of the file can know, so that the same file gives the same gate."""
    return _hashed(path, lambda: hashlib.blake2b(person=b"gameday gate"))


def _by_field(check: RecordCheck, contract: LocatedContract) -> Iterator[Violation]:
    """The broken fields, at their places in the contract, where they can be compared with it."""
    total = check.seen + check.rejected
    for field, count in sorted(check.by_field.items(), key=lambda item: (-item[1], item[0])):
        place = contract.place("crm", field)
        message = f"{field} breaks the contract {plural(count, 'time')} in {plural(total, 'record')}"
        owners = tuple(o for role in ("source", "sync") if (o := contract.contract.owners.get(role)))
        yield Violation("record.field", "error", message, place.path, place.line, owners=owners)


def _file_of(records: Path, contract: Contract) -> tuple[Path, tuple[Violation, ...], About | None]:
    """The file of records; of a recording, which must be of this flow, its records.jsonl and its description."""
    if not records.is_dir():
        return records, (), None
    loaded = load_recording(records)
    if loaded.about.flow != contract.name:
        raise GamedayError(f"recording {records.name!r} is of the flow {loaded.about.flow!r}, not {contract.name!r}")
    if loaded.about.effect > _EFFECT:
        message = f"the recording shows only what breaks at least {loaded.about.effect:.1%} of all records"
        return loaded.records_path, (Violation("gate.small-sample", "note", message, str(records)),), loaded.about
    return loaded.records_path, (), loaded.about


#: A sample from which this share of broken records cannot hide is large enough.
_EFFECT = 0.011


def _draw(raw_records: Iterator[RawRecord], contract: Contract, size: int, seed: int, seen: int) -> Sequence[RawRecord]:
    """All records if they are few, otherwise so many at random and some of every kind."""
    if seen <= size:
        return list(raw_records)
    traits = read_traits(contract.crm_fields, contract.ordering)
    return sample(raw_records, traits, size=size, seed=seed).kept


def _digest(path: Path) -> str:
    return _hashed(path, hashlib.sha256).hex()


def _hashed(path: Path, function: Callable[[], Any]) -> bytes:
    try:
        with path.open("rb") as file:
            digest: bytes = hashlib.file_digest(file, function).digest()
    except OSError as problem:
        raise GamedayError(f"cannot read the records {path}: {problem.strerror}") from None
    return digest
