"""Recordings on disk: complete or absent, readable by their owner only, and refused if they were changed."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.base.errors import GamedayError
from gameday.capture import About, load_recording
from gameday.capture.capture import Captured, CaptureSettings, capture
from gameday.capture.raw_record import RawRecord, Refused
from gameday.capture.recording import write_recording
from gameday.model.contract import Contract
from gameday.records.read import read_records
from gameday.records.record import Record
from gameday.records.validator import Validator
from support.rows import rows

KEY = b"a key of the tests"
New = Callable[..., dict[str, Any]]


class ListSource:
    """Records from a list."""

    name = "file"

    def __init__(self, found: list[RawRecord | Refused]) -> None:
        self._found = found

    def read(self) -> Iterator[RawRecord | Refused]:
        return (RawRecord(one.record, one.line) if isinstance(one, RawRecord) else one for one in self._found)

    def passed_over(self) -> dict[str, int]:
        return {}


def recorded(folder: Path, contract: Contract, records: list[dict[str, Any]], **settings: Any) -> Captured:
    source = ListSource([RawRecord(record, line) for line, record in enumerate(records, start=1)])
    return capture(source, contract, folder, CaptureSettings(key=KEY, **settings))


ABOUT = About(
    flow="f",
    contract_version="1.0.0",
    contract_digest="d",
    source="file",
    recorded_at="2024-03-31T10:00:00+00:00",
    seed=1,
    seen=2,
    kept=0,
    random=2,
    effect=0.8,
)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    written = write_recording(tmp_path / "r", ABOUT, [b'{"a":1}', b'{"a":2}'])
    assert load_recording(tmp_path / "r") == written
    assert written.about.kept == 2
    assert written.records_path.read_bytes() == b'{"a":1}\n{"a":2}\n'


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    write_recording(tmp_path / "r", ABOUT, [b"{}"])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "r").iterdir()}
    assert modes == {"records.jsonl": 0o600, "recording.json": 0o600}
    assert stat.S_IMODE((tmp_path / "r").stat().st_mode) == 0o700


def test_a_recording_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"{}"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_recording(tmp_path / "r", ABOUT, broken())
    assert not list((tmp_path / "r").iterdir())


def test_a_recording_is_never_overwritten(tmp_path: Path) -> None:
    write_recording(tmp_path / "r", ABOUT, [b"{}"])
    with pytest.raises(GamedayError, match="holds a recording already"):
        write_recording(tmp_path / "r", ABOUT, [b"{}"])


def test_the_missing_file_of_an_incomplete_recording_is_named(tmp_path: Path) -> None:
    written = write_recording(tmp_path / "r", ABOUT, [b"{}"])
    written.records_path.unlink()
    with pytest.raises(GamedayError, match=r"is not a recording: records\.jsonl: No such file"):
        load_recording(tmp_path / "r")


def test_changed_records_are_noticed(tmp_path: Path) -> None:
    written = write_recording(tmp_path / "r", ABOUT, [b"{}"])
    written.records_path.write_bytes(b'{"a":1}\n')
    with pytest.raises(GamedayError, match="has changed since it was recorded"):
        load_recording(tmp_path / "r")


def test_a_folder_without_a_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GamedayError, match=r"is not a recording: recording\.json: No such file"):
        load_recording(tmp_path)


@rows("data", [b"", b"{", b"[]", b'{"flow": 1}', b"\xff"])
def test_a_broken_description_is_refused(data: bytes, tmp_path: Path) -> None:
    (write_recording(tmp_path / "r", ABOUT, [b"{}"]).folder / "recording.json").write_bytes(data)
    with pytest.raises(GamedayError, match=r"recording\.json is not a recording"):
        load_recording(tmp_path / "r")


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    about = msgspec.structs.replace(ABOUT, format=9)
    write_recording(tmp_path / "r", about, [b"{}"])
    with pytest.raises(GamedayError, match="has format 9; known: 1"):
        load_recording(tmp_path / "r")


def test_it_names_flow_contract_and_seed(tmp_path: Path, contract: Contract, new_record: New) -> None:
    about = recorded(tmp_path / "r", contract, [new_record(1)], seed=7).recording.about
    assert (about.flow, about.contract_version, about.contract_digest, about.seed) == (
        "closed-won-to-sales-order",
        "1.0.0",
        contract.digest,
        7,
    )


def test_recorded_records_keep_the_contract(tmp_path: Path, contract: Contract, new_record: New) -> None:
    records = [new_record(n, prices=("10.50", "0.35")) for n in range(50)]
    found = list(read_records(recorded(tmp_path / "r", contract, records).recording.records_path, contract.crm_fields))
    validator = Validator(contract.crm_fields)
    assert len(found) == 50
    assert not [violation for one in found if isinstance(one, Record) for violation in validator.check(one.data)]


def test_two_recordings_with_one_key_join(tmp_path: Path, contract: Contract, new_record: New) -> None:
    one = recorded(tmp_path / "a", contract, [new_record(1), new_record(2)]).recording.records_path.read_bytes()
    other = recorded(tmp_path / "b", contract, [new_record(2), new_record(3)]).recording.records_path.read_bytes()
    assert len(set(one.splitlines()) & set(other.splitlines())) == 1


def test_the_key_is_nowhere(tmp_path: Path, contract: Contract, new_record: New) -> None:
    folder = recorded(tmp_path / "r", contract, [new_record(1)]).recording.folder
    assert not [
        path for path in folder.iterdir() if KEY in path.read_bytes() or KEY.hex().encode() in path.read_bytes()
    ]


def test_a_deal_with_two_versions_counts_as_amended(tmp_path: Path, contract: Contract, new_record: New) -> None:
    records = [new_record(1), new_record(1, prices=("20.00",)), new_record(2), new_record(2)]
    about = recorded(tmp_path / "r", contract, records).recording.about
    assert {s.value: s.seen for s in about.strata if s.dimension == "amended"} == {"no": 2, "yes": 2}


@pytest.mark.parametrize("key", ["006Gd0000000001", "006Gd0000000001IAA"])
def test_a_deal_that_was_a_dead_letter_counts_as_one(
    key: str, tmp_path: Path, contract: Contract, new_record: New
) -> None:
    about = recorded(tmp_path / "r", contract, [new_record(1), new_record(2)], dead_letters=(key,)).recording.about
    assert {s.value: s.seen for s in about.strata if s.dimension == "dead-lettered"} == {"no": 1, "yes": 1}


def test_a_stratum_of_a_redacted_field_is_named_by_its_pseudonym(
    tmp_path: Path, contract: Contract, new_record: New
) -> None:
    fields = tuple(
        msgspec.structs.replace(field, classification="restricted", constraints={})
        if field.physical_name == "Opportunity.StageName"
        else field
        for field in contract.crm_fields
    )
    private = msgspec.structs.replace(contract, crm_fields=fields)
    captured = recorded(tmp_path / "r", private, [new_record(1)])
    (stage,) = [s.value for s in captured.recording.about.strata if s.dimension == "stage"]
    assert stage.encode() in captured.recording.records_path.read_bytes()
    assert stage != "Closed Won"


def test_refused_lines_are_listed_by_reason(tmp_path: Path, contract: Contract, new_record: New) -> None:
    source = ListSource([Refused(1, "not JSON"), RawRecord(new_record(1), 2), Refused(3, "not JSON")])
    captured = capture(source, contract, tmp_path / "r", CaptureSettings(key=KEY))
    assert captured.refused_lines == {"not JSON": [1, 3]}
    assert captured.recording.about.rejected == {"not JSON": 2}


def test_without_a_record_there_is_no_recording(tmp_path: Path, contract: Contract) -> None:
    with pytest.raises(GamedayError, match=r"no record was seen; rejected: 1 not JSON \(line 4\)"):
        capture(ListSource([Refused(4, "not JSON")]), contract, tmp_path / "r", CaptureSettings(key=KEY))
    assert not (tmp_path / "r").exists()
