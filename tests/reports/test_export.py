"""A redacted copy of a run: judged as the run is, without names, secrets and logs, and never counted as a run."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.base.errors import GamedayError
from gameday.cli import main
from gameday.model.checker import DeadLetter
from gameday.model.contract import Field
from gameday.scoring.judge import judge_run
from gameday.scoring.run_folder import Run
from gameday.scoring.seal import SEAL_FILE, seal, until_of, verify
from gameday_reports.dashboard.runs import read_runs
from gameday_reports.export import export
from support.personal_columns import PERSONAL

NAME, OTHER = "Ada Lovelace Ltd", "Grace Hopper GmbH"
SECRET = "password=hunter22"


@pytest.fixture
def named(full_sketch: Any, tmp_path: Path) -> Path:
    """A run with two customers' names, a secret, a log, and a rollback log."""
    full_sketch.op(70, "workload", "close_deal", "ok", key="k", amount="1", deal="D-2", name=NAME)
    full_sketch.op(71, "workload", "close_deal", "ok", key="k2", amount="1", deal="D-3", name=OTHER)
    full_sketch.op(501, "harness", "note", "info", text=f"called {NAME.upper()}; {SECRET}; {Path.home()}/deals.csv")
    run_dir: Path = full_sketch.record(tmp_path / "runs")
    contract = Run(run_dir).contract()
    field = Field("Name", physical_name="Opportunity.Name", logical_type="string", classification="confidential")
    changed = msgspec.structs.replace(contract, crm_fields=(*contract.crm_fields, field))
    (run_dir / "contract.json").write_bytes(msgspec.json.encode(changed))
    for name in ("stack.log", "rollback.jsonl"):
        (run_dir / name).write_text(f"{NAME} {SECRET}")
    seal(run_dir, "run")
    return run_dir


def everything(folder: Path) -> str:
    return "\n".join(path.read_text() for path in folder.iterdir()).casefold()


def test_the_copy_has_neither_names_nor_secrets_nor_paths(named: Path, tmp_path: Path) -> None:
    text = everything(export(named, tmp_path / "copy"))
    for gone in (NAME, OTHER, SECRET, str(Path.home()) + "/deals.csv"):
        assert gone.casefold() not in text
    assert text.count("name-") >= 3


def test_the_copy_has_no_value_of_a_column_of_people(full_sketch: Any, tmp_path: Path) -> None:
    longest = max(map(len, PERSONAL.values()))
    for number in range(longest):
        columns = {f"Column_{at}__c": each[number % len(each)] for at, each in enumerate(PERSONAL.values())}
        value = {"key": f"k{number}", "amount": "1", "deal": f"D-{number + 2}", "fields": columns}
        full_sketch.op(70 + number, "workload", "close_deal", "ok", **value)
    full_sketch.op(501, "harness", "note", "info", text="ask Anna Schmidt, +49 228 98765432, new@example.com")
    run_dir = full_sketch.record(tmp_path / "runs")
    seal(run_dir, "run")
    text = everything(export(run_dir, tmp_path / "copy"))
    found = {kind: [each for each in values if each.casefold() in text] for kind, values in PERSONAL.items()}
    assert {kind: values for kind, values in found.items() if values} == {}
    assert "new@example.com" not in text


def test_the_copy_has_no_value_of_people_that_only_a_ledger_a_message_or_a_parked_record_has(
    full_sketch: Any, tmp_path: Path
) -> None:
    """The ERP has fields of its own, and a stack parks and reports what it likes."""
    columns = [*PERSONAL]
    rows = [
        {f"column_{at}": PERSONAL[kind][number % len(PERSONAL[kind])] for at, kind in enumerate(columns)}
        for number in range(max(map(len, PERSONAL.values())))
    ]
    for number, row in enumerate(rows):
        signal = {"source": "pagerduty", "kind": "alert", "text": "late", "context": {"alert": row}}
        full_sketch.op(480 + number, "pager", "signal", "ok", signal=signal)
    run_dir = full_sketch.record(tmp_path / "runs")
    run = Run(run_dir)
    case = run.case()
    entries = [msgspec.structs.replace(entry, fields=rows[at % len(rows)]) for at, entry in enumerate(case.erp.entries)]
    while len(entries) < len(rows):
        entries.append(msgspec.structs.replace(entries[-1], id=f"more-{len(entries)}", fields=rows[len(entries)]))
    customers = {f"c-{number}": row for number, row in enumerate(rows)}
    erp = msgspec.structs.replace(case.erp, entries=tuple(entries), customers={**case.erp.customers, **customers})
    letters = [DeadLetter(f"D-{number}", "refused", {"body": [row]}) for number, row in enumerate(rows)]
    (run_dir / "ledger.erp.json").write_bytes(msgspec.json.encode(erp))
    (run_dir / "dead_letters.json").write_bytes(msgspec.json.encode([*case.dead_letters, *letters]))
    seal(run_dir, "run")
    text = everything(export(run_dir, tmp_path / "copy"))
    found = {kind: [each for each in values if each.casefold() in text] for kind, values in PERSONAL.items()}
    assert {kind: values for kind, values in found.items() if values} == {}


def test_equal_names_stay_equal_and_different_ones_different(named: Path, tmp_path: Path) -> None:
    text = everything(export(named, tmp_path / "copy"))
    assert len({part[:12] for part in text.split("name-")[1:]}) == 2


def test_two_exports_share_no_pseudonym(named: Path, tmp_path: Path) -> None:
    first, second = (everything(export(named, tmp_path / name)) for name in ("one", "two"))
    assert not {part[:12] for part in first.split("name-")[1:]} & {part[:12] for part in second.split("name-")[1:]}


def test_only_records_are_copied(named: Path, tmp_path: Path) -> None:
    copy = export(named, tmp_path / "copy")
    assert {path.name for path in copy.iterdir()} <= {path.name for path in named.iterdir()}
    assert not (copy / "stack.log").exists()
    assert not (copy / "rollback.jsonl").exists()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700


def test_the_copy_is_judged_as_the_run_is(named: Path, tmp_path: Path) -> None:
    before, after = judge_run(Run(named)), judge_run(Run(export(named, tmp_path / "copy")))
    assert [v.result for v in after.verdicts] == [v.result for v in before.verdicts]
    assert after.scorecard == before.scorecard


def test_its_seal_says_that_it_is_an_export_and_it_never_counts(named: Path, tmp_path: Path) -> None:
    copy = export(named, tmp_path / "runs" / "20260309T080000Z-copy")
    assert (verify(copy).word, verify(copy).counts) == ("export", False)
    assert [run.run for run in read_runs(tmp_path / "runs", tmp_path).judged] == [named.name]


def test_an_edited_export_is_altered(named: Path, tmp_path: Path) -> None:
    copy = export(named, tmp_path / "copy")
    (copy / "run.json").write_bytes((copy / "run.json").read_bytes() + b" ")
    assert verify(copy).word == "altered"


def test_who_receives_it_sees_that_it_is_an_export(
    named: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = export(named, tmp_path / "copy")
    monkeypatch.setattr("gameday.scoring.seal.known_keys", lambda: iter([b"k" * 32]))
    assert verify(copy).sentence.startswith("foreign: an export, sealed by somebody else")


def test_an_altered_run_is_not_exported(named: Path, tmp_path: Path) -> None:
    (named / "ledger.erp.json").write_bytes((named / "ledger.erp.json").read_bytes() + b" ")
    with pytest.raises(GamedayError, match=r"is altered: something was added to ledger\.erp\.json"):
        export(named, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_folder_that_exists_is_left_alone(named: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    with pytest.raises(GamedayError, match="exists already"):
        export(named, tmp_path / "copy")
    assert list((tmp_path / "copy").iterdir()) == []


def test_a_copy_that_would_be_judged_otherwise_is_not_kept(
    named: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gameday_reports.export._redaction", lambda _: lambda text: text.replace("D-6", "D-1"))
    with pytest.raises(GamedayError, match="would be judged otherwise"):
        export(named, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_run_that_did_not_end_is_exported_until_then(named: Path, tmp_path: Path) -> None:
    from gameday.scoring.digests import digest_of
    from gameday.scoring.seal import Until

    case = Run(named).case()
    for name in ("ledger.crm.json", "ledger.erp.json", "dead_letters.json"):
        (named / name).unlink()
    history = digest_of(named / "history.jsonl")
    seal(named, "unfinished run", until=Until(history.lines, case.crm, case.erp))
    copy = export(named, tmp_path / "copy")
    assert until_of(copy) is not None
    assert NAME.casefold() not in (copy / SEAL_FILE).read_text().casefold()


def test_the_command_names_the_copy(
    named: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["export", str(named)])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"Export: {named.name}-export\n"
    assert verify(tmp_path / f"{named.name}-export").word == "export"
