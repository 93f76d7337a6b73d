"""What a contract keeps in the clear is listed by its forms, and refused if it looks personal."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from gameday.capture.capture import CaptureSettings, capture
from gameday.capture.raw_record import RawRecord, encode_record
from gameday.cli import main
from gameday.contracts.odcs import load_contract
from gameday.model.contract import Contract

New = Callable[..., dict[str, Any]]
NAMES = ("Anna Schmidt", "Bob Miller")


class Held:
    """A source of records that are held in memory."""

    def __init__(self, records: list[dict[str, Any]], name: str = "file") -> None:
        self.name = name
        self._records = records

    def read(self) -> Any:
        for line, record in enumerate(self._records, start=1):
            yield RawRecord(record, line)

    def passed_over(self) -> dict[str, int]:
        return {}


@pytest.fixture
def contract(tmp_path: Path) -> Callable[..., Contract]:
    """The bundled contract with one more internal field, Rep__c, and a reason to keep it if one is given."""

    def make(**custom: Any) -> Contract:
        crm = resources.files("gameday_scenarios").joinpath("contracts/closed-won-to-sales-order.crm.yaml")
        document = yaml.safe_load(crm.read_text())
        field = {"name": "rep", "physicalName": "Rep__c", "logicalType": "string", "classification": "internal"}
        field |= {"customProperties": [{"property": name, "value": value} for name, value in custom.items()]}
        document["schema"][0]["properties"].append(field)
        folder = tmp_path / "contracts"
        folder.mkdir(exist_ok=True)
        (folder / "flow.crm.yaml").write_text(yaml.safe_dump(document))
        erp = crm.with_name("closed-won-to-sales-order.erp.yaml").read_text()  # type: ignore[attr-defined]
        (folder / "flow.erp.yaml").write_text(erp)
        return load_contract("flow", [folder])

    return make


def settings() -> CaptureSettings:
    return CaptureSettings(key=b"k" * 32)


def test_a_kept_field_that_looks_personal_is_refused_without_a_value(
    contract: Callable[..., Contract], new_record: New, tmp_path: Path
) -> None:
    records = [new_record(number, Rep__c=NAMES[number % 2]) for number in range(6)]
    with pytest.raises(Exception, match=r"Opportunity\.Rep__c: 6 of 6 values look like names of people") as problem:
        capture(Held(records), contract(), tmp_path / "out", settings())
    assert not [name for name in NAMES if name in str(problem.value)]
    assert not (tmp_path / "out").exists()


def test_a_reason_in_the_contract_keeps_it(contract: Callable[..., Contract], new_record: New, tmp_path: Path) -> None:
    kept = contract(keptRaw="These are the brands of the shops, which are called like people.")
    captured = capture(Held([new_record(1, Rep__c=NAMES[0])]), kept, tmp_path / "out", settings())
    assert NAMES[0] in captured.recording.records_path.read_text()


@pytest.mark.parametrize("reason", ["", "  ", True, 3])
def test_an_entry_without_a_reason_is_a_mistake(contract: Callable[..., Contract], reason: Any) -> None:
    with pytest.raises(Exception, match=r"Opportunity\.Rep__c: keptRaw: .* is not a reason"):
        contract(keptRaw=reason)


def test_traffic_that_passes_once_is_redacted_instead(
    contract: Callable[..., Contract], new_record: New, tmp_path: Path
) -> None:
    records = [new_record(number, Rep__c=NAMES[number % 2]) for number in range(6)]
    captured = capture(Held(records, "proxy"), contract(), tmp_path / "out", settings())
    assert not [name for name in NAMES if name in captured.recording.records_path.read_text()]
    assert captured.recording.about.redaction.fields["Opportunity.Rep__c"] == (
        "pseudonym (6 of 6 values look like names of people)"
    )


def test_a_value_that_breaks_its_field_is_redacted_and_not_refused(
    contract: Callable[..., Contract], new_record: New, tmp_path: Path
) -> None:
    record = new_record(1, CurrencyIsoCode="anna@example.com")
    captured = capture(Held([record]), contract(), tmp_path / "out", settings())
    assert "anna@" not in captured.recording.records_path.read_text()


def audited(tmp_path: Path, records: list[dict[str, Any]], *more: str) -> int:
    (tmp_path / "records.jsonl").write_bytes(b"".join(encode_record(each) + b"\n" for each in records))
    (tmp_path / "gameday.toml").write_text(f'[contracts]\nfolders = ["{tmp_path}/contracts"]\n')
    arguments = ["--from", str(tmp_path / "records.jsonl"), "--contract", "flow", "--audit"]
    with pytest.raises(SystemExit) as ended:
        main(["record", *arguments, "--config", str(tmp_path / "gameday.toml"), *more])
    return int(ended.value.code or 0)


def test_an_audit_lists_counts_and_forms_and_writes_nothing(
    contract: Callable[..., Contract],
    new_record: New,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    contract()
    monkeypatch.chdir(tmp_path)
    assert audited(tmp_path, [new_record(1, Rep__c="low"), new_record(2, Rep__c="high")], "--format", "json") == 0
    kept = {each["field"]: each for each in json.loads(capsys.readouterr().out)["kept"]}
    assert kept["Opportunity.Rep__c"]["values"] == 2
    assert kept["Opportunity.Rep__c"]["shapes"] == {"aaa": 1, "aaaa": 1}
    assert "Opportunity.Name" not in kept
    assert not (tmp_path / "recordings").exists()


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_audit_exits_with_1_if_a_field_is_refused_and_quotes_nothing(
    contract: Callable[..., Contract],
    new_record: New,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    form: str,
) -> None:
    contract()
    assert audited(tmp_path, [new_record(1, Rep__c=NAMES[0])], "--format", form) == 1
    output = capsys.readouterr().out
    assert "Opportunity.Rep__c" in output
    assert NAMES[0] not in output


def test_an_audit_takes_no_folder_to_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["record", "--from", "x.jsonl", "--audit", "--out", str(tmp_path / "out")])
    assert ended.value.code == 2
    assert "--audit writes nothing" in capsys.readouterr().err
