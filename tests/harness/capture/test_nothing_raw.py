"""No confidential value leaves the process: not in a file, not on the screen, in no form, not even in part."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from gameday.capture.raw_record import RawRecord, encode_record
from gameday.capture.traits import Traits
from gameday.cli import main
from gameday.records.redaction import Redactor
from support.leaks import forms
from support.leaks import leaks as leaks_of

Record = dict[str, Any]
New = Callable[..., Record]

#: Confidential values by field, and pieces by which one would know them.
SECRETS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "Name": ("Zwölfkammer Quantenfabrik GmbH", ("Zwölfkammer", "Quantenfabrik")),
    "Email": ("quirin.zobelpelz@zwoelfkammer.de", ("quirin.zobelpelz", "zobelpelz", "zwoelfkammer")),
    "Iban": ("DE89370400440532013000", ("370400440532013000",)),
    "Phone": ("+49 228 98765432", ("98765432",)),
    "Birthday": ("1987-11-23", ("87-11-23",)),
    "Card": ("4929 1234 5678 9014", ("1234 5678",)),
    "Notes": ("Grüße aus Mörfelden \U0001f98a", ("Mörfelden",)),
    "Owner": ("0055g00000QuIrXYZ", ("QuIrXYZ",)),
}
#: The classes of all but the name, whose class is the bundled contract's.
CLASSES = ("pii", "secret", "restricted", "sensitive", "", "x", "PII")
AMOUNT = Decimal("483172.95")
#: Values that no field of the contract is for.
STRAY = ("Heimlichkeit", "stray.person@geheimhausen.de")
PIECES = (
    *(text for value, pieces in SECRETS.values() for text in (str(value), *pieces)),
    *STRAY,
    "geheimhausen",
    str(AMOUNT),
    "483172",
)


class Answer(NamedTuple):
    """The output and the exit code of a command."""

    code: Any
    text: str


def leaks(data: bytes) -> list[str]:
    """The parts of confidential values that appear in some form."""
    return leaks_of(data, PIECES)


@pytest.fixture
def record(new_record: New) -> Record:
    """A record full of confidential values, also in fields that the contract does not declare."""
    found = new_record(1, prices=(str(AMOUNT),), **{name: value for name, (value, _) in SECRETS.items()})
    found["Opportunity"] |= {"Remark": STRAY[0], "Contact": {"Email": STRAY[1]}, "attributes": {"url": STRAY[1]}}
    return found


@pytest.fixture
def gameday(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    """The command line, in a folder with a contract that has more confidential fields than the bundled one."""
    crm = resources.files("gameday_scenarios").joinpath("contracts/closed-won-to-sales-order.crm.yaml")
    contract = yaml.safe_load(crm.read_text())
    contract["schema"][0]["properties"] += [
        {"name": name.lower(), "physicalName": name, "logicalType": "string", "classification": word}
        for name, word in zip(
            list(SECRETS)[1:], ["pii", "secret", "restricted", "sensitive", "", "x", "PII"], strict=True
        )
    ]
    contracts = tmp_path / "contracts"
    contracts.mkdir()
    (contracts / "flow.crm.yaml").write_text(yaml.safe_dump(contract))
    (contracts / "flow.erp.yaml").write_text(crm.with_name("closed-won-to-sales-order.erp.yaml").read_text())  # type: ignore[attr-defined]
    (tmp_path / "gameday.toml").write_text('[contracts]\nfolders = ["contracts"]\n')
    for folder in ("out", "in", "tmp"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    # A key of its own would give other pseudonyms each time, and one of them might look like a piece.
    monkeypatch.setenv("GAMEDAY_REDACTION_KEY", "the key of these tests")

    def call(path: Path, *more: str) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main(["record", "--from", str(path), "--contract", "flow", "--out", str(tmp_path / "out" / "r"), *more])
        output = capfd.readouterr()
        return Answer(ended.value.code, output.out + output.err)

    return call


@pytest.fixture
def written(tmp_path: Path) -> Callable[[], bytes]:
    """Everything that was written, with the names of the files."""

    def read() -> bytes:
        found = [path for folder in ("out", "tmp", "recordings") for path in sorted((tmp_path / folder).rglob("*"))]
        names = "\n".join(str(path.relative_to(tmp_path)) for path in found)
        return b"\n".join([names.encode(), *(path.read_bytes() for path in found if path.is_file())])

    return read


def assert_nothing_raw(answer: Answer, data: bytes) -> None:
    assert not leaks(answer.text.encode())
    assert not leaks(data)


def row_of(record: Record) -> dict[str, str]:
    """A record with one line, as a row."""
    (line,) = record["OpportunityLineItem"]
    parts = {"Opportunity": record["Opportunity"], "OpportunityLineItem": line}
    row = {
        f"{part}.{name}": str(value)
        for part, fields in parts.items()
        for name, value in fields.items()
        if not isinstance(value, dict)
    }
    return row | {"OpportunityLineItem.PricebookEntry.ProductCode": "SKU-1"}


def csv_of(record: Record) -> str:
    row = row_of(record)
    return f"{','.join(row)}\n{','.join(row.values())}\n"


def test_the_search_itself_finds_every_form() -> None:
    for piece in PIECES:
        for form in forms(f"before {piece} after"):
            assert piece in leaks(form), (piece, form)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.slow
def test_from_json_lines(form: str, gameday: Any, written: Any, record: Record, tmp_path: Path) -> None:
    path = tmp_path / "in" / "records.jsonl"
    path.write_bytes(encode_record(record) + b"\n")
    answer = gameday(path, "--format", form)
    assert answer.code == 0, answer.text
    assert_nothing_raw(answer, written())


def test_from_csv(gameday: Any, written: Any, record: Record, tmp_path: Path) -> None:
    path = tmp_path / "in" / "records.csv"
    path.write_text(csv_of(record))
    answer = gameday(path)
    assert answer.code == 0, answer.text
    assert_nothing_raw(answer, written())


def test_from_parquet(gameday: Any, written: Any, record: Record, tmp_path: Path) -> None:
    import pyarrow as arrow
    from pyarrow import parquet

    numbers = ("Amount", "UnitPrice", "TotalPrice", "Quantity")
    row = row_of(record)
    columns = {name: [Decimal(value) if name.endswith(numbers) else value] for name, value in row.items()}
    path = tmp_path / "in" / "records.parquet"
    parquet.write_table(arrow.table(columns), path)
    answer = gameday(path)
    assert answer.code == 0, answer.text
    assert_nothing_raw(answer, written())


def broken_lines(record: Record) -> dict[str, bytes]:
    """Lines that are not records, full of confidential values."""
    whole = encode_record(record)
    return {
        "cut short": whole[: len(whole) // 2],
        "Latin-1": whole.decode().encode("latin-1", "replace"),
        "a list": b"[" + whole + b"]",
        "a text": json.dumps(STRAY[1]).encode(),
        "keys that are values": json.dumps({"Opportunity": {STRAY[1]: 1, STRAY[0]: 2}}).encode(),
        "deep": b'{"Opportunity":{"Name":' + b'["Heimlichkeit",' * 60 + b"1" + b"]" * 60 + b"}}",
        "long": b'{"Opportunity":{"Name":"' + b"Heimlichkeit " * 200_000 + b'"}}',
        "half a surrogate": b'{"Opportunity":{"Name":"Quantenfabrik \\ud83e"}}',
        "texts for numbers": encode_record({"Opportunity": dict.fromkeys(record["Opportunity"], STRAY[1])}),
        "objects for texts": encode_record(
            {"Opportunity": {name: {STRAY[0]: STRAY[1]} for name in record["Opportunity"]}}
        ),
        "a text for lines": encode_record({**record, "OpportunityLineItem": STRAY[1]}),
        "twice a key": b'{"Opportunity":{"Name":"Quantenfabrik","Name":"Heimlichkeit"}}',
        "a value and fields below it": b'{"Opportunity.Heimlichkeit":1,"Opportunity.Heimlichkeit.Id":2}',
        "a value and fields below a declared one": b'{"Opportunity":{"PricebookEntry":1,"Heimlichkeit.x":2}}',
        "rows of one record that differ": (
            b'{"Opportunity.Id":"1","Heimlichkeit":"a","OpportunityLineItem.Id":"1"}\n'
            b'{"Opportunity.Id":"1","Heimlichkeit":"b","OpportunityLineItem.Id":"2"}'
        ),
        "zero bytes": whole.replace(b"Northwind", b"\0"),
    }


def test_from_a_file_with_broken_lines(gameday: Any, written: Any, record: Record, tmp_path: Path) -> None:
    path = tmp_path / "in" / "records.jsonl"
    path.write_bytes(encode_record(record) + b"\n" + b"\n".join(broken_lines(record).values()) + b"\n")
    answer = gameday(path)
    assert answer.code == 0, answer.text
    assert "Rejected" in answer.text
    assert_nothing_raw(answer, written())


@pytest.mark.parametrize("what", ["cut short", "Latin-1", "a list", "a text", "deep", "long", "twice a key"])
def test_from_a_file_of_one_broken_line(what: str, gameday: Any, written: Any, record: Record, tmp_path: Path) -> None:
    path = tmp_path / "in" / "records.jsonl"
    path.write_bytes(broken_lines(record)[what])
    answer = gameday(path)
    assert answer.code == 2
    assert_nothing_raw(answer, written())


def test_from_csv_with_broken_rows(gameday: Any, written: Any, record: Record, tmp_path: Path) -> None:
    header, row = csv_of(record).splitlines()
    path = tmp_path / "in" / "records.csv"
    path.write_text("\n".join([header, row, row + ",Heimlichkeit", row[:60], f'"{row}', row]))
    answer = gameday(path)
    assert_nothing_raw(answer, written())


def test_from_csv_without_a_header(gameday: Any, written: Any, record: Record, tmp_path: Path) -> None:
    path = tmp_path / "in" / "records.csv"
    path.write_text(csv_of(record).splitlines()[1] + "\n")
    answer = gameday(path)
    assert answer.code == 2
    assert_nothing_raw(answer, written())


@pytest.mark.parametrize("name", ["records.parquet", "records.csv", "records.jsonl"])
def test_from_a_file_of_another_kind(name: str, gameday: Any, written: Any, tmp_path: Path) -> None:
    path = tmp_path / "in" / name
    path.write_bytes(b"\x89PNG" + b"Quantenfabrik" + bytes(range(256)))
    answer = gameday(path)
    assert answer.code == 2
    assert_nothing_raw(answer, written())


def test_when_redaction_fails_the_record_is_rejected_by_its_line(
    gameday: Any, written: Any, record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Redactor, record: Record) -> Record:
        raise RuntimeError(f"cannot do {record}")

    monkeypatch.setattr(Redactor, "redact", fail)
    path = tmp_path / "in" / "records.jsonl"
    path.write_bytes(encode_record(record) + b"\n")
    answer = gameday(path)
    assert "cannot be redacted (line 1)" in answer.text
    assert_nothing_raw(answer, written())


def test_when_the_folder_cannot_be_written(gameday: Any, written: Any, record: Record, tmp_path: Path) -> None:
    path = tmp_path / "in" / "records.jsonl"
    path.write_bytes(encode_record(record) + b"\n")
    (tmp_path / "out" / "r").write_text("in the way")
    answer = gameday(path)
    assert answer.code == 2
    assert_nothing_raw(answer, written())


def test_an_internal_error_is_reported_by_its_place_and_not_by_a_record(
    gameday: Any, written: Any, record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Traits, raw: RawRecord) -> Record:
        raise KeyError(str(raw.record))

    monkeypatch.setattr(Traits, "of", fail)
    path = tmp_path / "in" / "records.jsonl"
    path.write_bytes(encode_record(record) + b"\n")
    answer = gameday(path)
    assert answer.code == 3
    assert "recording failed: KeyError at test_nothing_raw.py:" in answer.text
    assert_nothing_raw(answer, written())
