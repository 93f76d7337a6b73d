"""The inputs of a gate: the records that are drawn, the scenarios that are chosen, and their hashes."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.base.errors import GamedayError
from gameday.capture.recording import About, write_recording
from gameday.commands.gate_request import make_request
from gameday.config.gameday_toml import Config, StackTable, load_config
from gameday.gate import features
from gameday.gate.account import gate_folder, inputs_of
from gameday.gate.contracts import FieldPlace, SchemaChange, read_candidate
from gameday.gate.features import plan_features, run_features, settings_of, under_candidate
from gameday.gate.network import PROXY, keep_in
from gameday.gate.records import check_sample
from gameday.gate.request import Request
from gameday.model.contract import Field
from gameday.model.scenario import Flow, Scenario
from gameday.model.settings import Settings
from gameday.run.plan import look_up
from gameday.steps.outcome import Outcome
from support.personal_columns import PERSONAL

CONTRACT = "closed-won-to-sales-order"
NOW = datetime.datetime(2026, 11, 24, 13, 0, 0, tzinfo=datetime.UTC)


def record(number: int, currency: str = "EUR", amount: float = 10.0) -> bytes:
    deal = f"006{number:015}"
    opportunity = {
        "Id": deal,
        "Name": "Deal",
        "AccountId": "001000000000000001",
        "StageName": "Closed Won",
        "IsWon": True,
        "Amount": amount,
        "CurrencyIsoCode": currency,
        "CloseDate": "2026-06-30",
        "SystemModstamp": "2026-06-30T10:00:00.000+0000",
    }
    line = {
        "Id": f"00k{number:015}",
        "OpportunityId": deal,
        "PricebookEntry": {"ProductCode": "SKU-1"},
        "Quantity": 1.0,
        "UnitPrice": amount,
        "TotalPrice": amount,
    }
    return json.dumps({"Opportunity": opportunity, "OpportunityLineItem": [line]}).encode()


def request(folder: Path, *records: bytes, **more: Any) -> Request:
    path = folder / "records.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in records))
    known: dict[str, Any] = {
        "name": CONTRACT,
        "candidate_contract": read_candidate(CONTRACT, ()),
        "candidate": StackTable("durable", command=("x",), env={"KEY": "a-secret"}, version="1.4.2"),
        "records": path,
        "folder": folder,
        "config": Config(),
        "today": NOW.date(),
    }
    return Request(**{**known, **more})


def test_the_pair_is_what_is_asked_for_else_what_the_contract_names(tmp_path: Path) -> None:
    located = read_candidate(CONTRACT, ())
    other = msgspec.structs.replace(located, contract=msgspec.structs.replace(located.contract, crm="blue", erp="red"))
    assert request(tmp_path).flow == Flow("salesforce", "netsuite", CONTRACT)
    assert request(tmp_path, candidate_contract=other).flow == Flow("blue", "red", CONTRACT)
    assert request(tmp_path, candidate_contract=other, erp="green").flow == Flow("blue", "green", CONTRACT)
    assert settings_of(request(tmp_path, erp="green")).erp == "green"


def test_between_another_pair_the_gate_is_under_the_contract_of_that_pair(tmp_path: Path) -> None:
    asked = dict.fromkeys(("base", "current", "sign_offs", "today", "ignore", "against", "results"))
    asked |= {"name": CONTRACT, "crm": "hubspot", "erp": "business-central", "stack": "durable", "stack_version": ""}
    path = tmp_path / "records.jsonl"
    path.touch()
    made = make_request({**asked, "sample": 1, "seed": 1, "records": path, "features": ("none",)}, load_config(), NOW)
    assert made.name == f"{CONTRACT}.hubspot.business-central"
    assert made.flow == Flow("hubspot", "business-central", made.name)
    assert made.candidate_contract.contract.match == "externalDocumentNumber"


def test_few_records_are_all_replayed_in_the_order_of_the_file(tmp_path: Path) -> None:
    stage, sampled = check_sample(request(tmp_path, *(record(number) for number in range(9))))
    assert stage.state == "passed"
    assert [line for line, _ in sampled.records] == list(range(1, 10))


def test_the_same_seed_draws_the_same_of_many_records(tmp_path: Path) -> None:
    records = [record(number, amount=float(number + 1)) for number in range(80)]
    drawn = [check_sample(request(tmp_path, *records, sample=20, seed=seed))[1].records for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert 20 <= len(drawn[0]) < 80


def test_records_of_every_currency_are_drawn(tmp_path: Path) -> None:
    records = [record(number) for number in range(200)]
    records[150] = record(150, "JPY")
    _, sampled = check_sample(request(tmp_path, *records, sample=10))
    assert any(b"JPY" in data for _, data in sampled.records)


def test_a_broken_line_is_named_with_its_line_and_the_rest_are_read(tmp_path: Path) -> None:
    stage, sampled = check_sample(request(tmp_path, record(1), b'{"Opportunity": ', record(3)))
    assert stage.state == "failed"
    assert stage.figures["valid"] == 2
    [rejected] = [v for v in stage.violations if v.rule == "record.rejected"]
    assert rejected.line == 2
    assert sampled.records == ()


def test_a_confidential_value_that_breaks_the_contract_is_not_shown(tmp_path: Path) -> None:
    stage, _ = check_sample(request(tmp_path, record(1).replace(b'"Amount": 10.0', b'"Amount": -4711.5')))
    assert stage.state == "failed"
    assert "4711" not in "".join(violation.message for violation in stage.violations)


def test_no_replayed_record_has_a_value_of_a_column_of_people_though_the_contract_keeps_it(tmp_path: Path) -> None:
    names = [f"Column_{number}__c" for number, _ in enumerate(PERSONAL)]
    fields = tuple(
        Field(name, "string", physical_name=f"Opportunity.{name}", classification="internal") for name in names
    )
    located = read_candidate(CONTRACT, ())
    contract = msgspec.structs.replace(located.contract, crm_fields=(*located.contract.crm_fields, *fields))
    lines = []
    for number in range(max(map(len, PERSONAL.values()))):
        plain = json.loads(record(number))
        plain["Opportunity"] |= {
            name: values[number % len(values)] for name, values in zip(names, PERSONAL.values(), strict=True)
        }
        lines.append(json.dumps(plain).encode())
    candidate = msgspec.structs.replace(located, contract=contract)
    stage, sampled = check_sample(request(tmp_path, *lines, candidate_contract=candidate))
    assert stage.state == "passed"
    assert sum(each.rule == "records.looks-personal" for each in stage.violations) == len(PERSONAL)
    text = "".join(line.decode() for _, line in sampled.records) + "".join(each.message for each in stage.violations)
    found = {kind: [each for each in values if json.dumps(each)[1:-1] in text] for kind, values in PERSONAL.items()}
    assert {kind: values for kind, values in found.items() if values} == {}


def test_a_broken_field_is_reported_once_at_its_place_in_the_contract(tmp_path: Path) -> None:
    stage, _ = check_sample(request(tmp_path, *(record(n, "eur") for n in range(7))))
    [of_field] = [v for v in stage.violations if v.rule == "record.field"]
    assert of_field.message == "Opportunity.CurrencyIsoCode breaks the contract 7 times in 7 records"
    assert of_field.path.endswith(".crm.yaml")
    assert "name: currency" in Path(of_field.path).read_text().splitlines()[of_field.line - 1]


def recording(folder: Path, flow: str) -> Path:
    about = About(
        flow=flow,
        contract_version="1.0.0",
        contract_digest="d",
        source="file",
        recorded_at="2026-11-24T12:00:00Z",
        seed=1,
        seen=5,
        kept=5,
        random=5,
        effect=0.45,
    )
    write_recording(folder / "recording", about, [record(number) for number in range(5)])
    return folder / "recording"


def test_a_small_recording_is_read_with_a_note_about_what_it_cannot_show(tmp_path: Path) -> None:
    stage, sampled = check_sample(request(tmp_path, records=recording(tmp_path, CONTRACT)))
    assert stage.state == "passed"
    assert len(sampled.records) == 5
    assert [(v.rule, v.level) for v in stage.violations] == [("gate.small-sample", "note")]


def test_a_recording_of_another_flow_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GamedayError, match="is of the flow 'refunds'"):
        check_sample(request(tmp_path, records=recording(tmp_path, "refunds")))


def test_the_inputs_have_hashes_and_no_value_of_the_environment(tmp_path: Path) -> None:
    asked = request(tmp_path, record(1))
    inputs = inputs_of(asked, check_sample(asked)[1].account, {})
    assert inputs.contracts["candidate"]["digest"] == asked.candidate_contract.contract.digest
    assert inputs.stacks["candidate"]["version"] == "1.4.2"
    assert len(inputs.records["sha256"]) == 64
    assert b"a-secret" not in msgspec.json.encode(inputs)


def test_a_secret_does_not_change_the_hash_of_a_stack_and_its_command_does(tmp_path: Path) -> None:
    stacks = [
        StackTable("x", command=("run",), env={"KEY": "one"}),
        StackTable("x", command=("run",), env={"KEY": "two"}),
        StackTable("x", command=("run", "-v"), env={"KEY": "one"}),
    ]
    accounts = [inputs_of(request(tmp_path, candidate=stack), {}, {}).stacks for stack in stacks]
    digests = [account["candidate"]["digest"] for account in accounts]
    assert digests[0] == digests[1] != digests[2]


def test_broken_records_are_counted_among_all_records_of_the_file(tmp_path: Path) -> None:
    stage, _ = check_sample(request(tmp_path, record(1), b'{"cut', record(2)))
    assert (stage.state, stage.summary) == ("failed", "1 of 3 records breaks the candidate contract")


def test_a_file_without_any_valid_record_fails_and_is_not_inconclusive(tmp_path: Path) -> None:
    stage, _ = check_sample(request(tmp_path, b'{"cut', b"{}"))
    assert (stage.state, stage.summary) == ("failed", "2 of 2 records break the candidate contract")


def test_the_progress_of_reading_is_reported(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    asked = request(tmp_path, record(1), record(2))
    check_sample(asked, lambda done, total: seen.append((done, total)))
    size = asked.records.stat().st_size
    # Once for the check, once for the sample.
    assert seen == [(size, size)] * 2


def test_a_file_in_place_of_the_gates_folder_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "gates").write_text("")
    with pytest.raises(GamedayError, match="cannot create the folder"):
        gate_folder(tmp_path, "deals", 1, NOW)


def test_two_gates_in_one_second_have_different_folders(tmp_path: Path) -> None:
    folders = [gate_folder(tmp_path, "Deals to orders", 7, NOW) for _ in range(2)]
    assert [folder.name for folder in folders] == [
        "20261124T130000Z-deals-to-orders-7",
        "20261124T130000Z-deals-to-orders-7-2",
    ]
    assert folders[0].stat().st_mode & 0o077 == 0


def test_only_scenarios_that_are_tagged_for_the_gate_are_chosen(tmp_path: Path) -> None:
    feature = tmp_path / "some.feature"
    steps = """
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 5 deals are closed won at 20 per minute
    Then every deal is in the ERP exactly once within 2 minutes of closing
"""
    feature.write_text(f"Feature: F\n  @gate\n  Scenario: one{steps}\n  @other\n  Scenario: two{steps}")
    asked = request(tmp_path, features=(feature,))
    assert [outcome.scenario for outcome in plan_features(asked)] == ["one"]


@pytest.mark.slow
def test_features_without_the_tag_are_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "some.feature").write_text("Feature: F\n  Scenario: one\n    Given nothing\n")
    with pytest.raises(GamedayError, match="no scenario tagged @gate"):
        plan_features(request(tmp_path, features=(tmp_path / "some.feature",)))


def test_a_file_that_is_no_feature_is_a_mistake(tmp_path: Path) -> None:
    asked = request(tmp_path, record(1))
    with pytest.raises(GamedayError, match=r"records.jsonl' is not a feature \(the file name must end in .feature\)"):
        plan_features(msgspec.structs.replace(asked, features=(asked.records,)))


def test_the_bundled_features_for_the_gate_are_few() -> None:
    text = [path.read_text() for path in (Path(__file__).parents[3] / "scenarios").rglob("*.feature")]
    assert 3 <= sum("@gate" in each for each in text) <= 6


def test_a_stack_that_runs_already_is_isolated_by_the_proxy(tmp_path: Path) -> None:
    asked = request(tmp_path, candidate=StackTable("x", url="http://127.0.0.1:9"))
    assert keep_in("auto", asked) == PROXY


@pytest.mark.parametrize(
    ("results", "state", "violations"),
    [
        (("passed", "not applicable"), "passed", 0),
        (("not applicable", "not applicable"), "skipped", 0),
        (("inconclusive", "not applicable"), "inconclusive", 1),
        (("failed", "not applicable"), "failed", 1),
    ],
)
def test_a_scenario_that_does_not_apply_neither_passes_nor_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, results: tuple[str, str], state: str, violations: int
) -> None:
    outcomes = [
        Outcome(f"Scenario {number}", str(tmp_path / "some.feature"), "durable", 1, result)
        for number, result in enumerate(results)
    ]
    monkeypatch.setattr(features, "run_session", lambda *_, **__: outcomes)
    stage = run_features(request(tmp_path, features=(tmp_path,)))
    assert (stage.state, len(stage.violations)) == (state, violations)
    assert "1 not applicable" in stage.summary or "2 not applicable" in stage.summary


STEPS = """
    Given deals flow from "salesforce" to "netsuite" under the contract "{contract}"
    And 5 deals are closed won at 20 per minute
    Then every deal is in the ERP exactly once within 2 minutes of closing
"""


def of_two_flows(tmp_path: Path) -> Request:
    """A request for the flow ``deals``, with features of that flow, of another one and of the library."""
    folder = tmp_path / "contracts"
    bundled = Path(__file__).parents[3] / "scenarios" / "gameday_scenarios" / "contracts"
    folder.mkdir()
    for side in ("crm", "erp"):
        (folder / f"deals.{side}.yaml").write_bytes((bundled / f"{CONTRACT}.{side}.yaml").read_bytes())
    (tmp_path / "gameday.toml").write_text('[contracts]\nfolders = ["contracts"]\n')
    for name, contract in (("ours", "deals"), ("theirs", CONTRACT)):
        text = f"@gate\nFeature: F\n  Scenario: {name}{STEPS.format(contract=contract)}"
        (tmp_path / f"{name}.feature").write_text(text)
    config = load_config(tmp_path / "gameday.toml")
    return request(
        tmp_path,
        name="deals",
        config=config,
        candidate=config.stack("durable"),
        candidate_contract=read_candidate("deals", config.contract_folders),
    )


def taking_settings(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings of each session that is run from now on, which has one scenario that passed."""
    taken: list[Settings] = []

    def run(_: Any, settings: Settings, **__: Any) -> list[Outcome]:
        taken.append(settings)
        return [Outcome("ours", "some.feature", "durable", 1, "passed")]

    monkeypatch.setattr(features, "run_session", run)
    return taken


def test_a_scenario_of_the_library_is_run_under_the_candidate_contract(tmp_path: Path) -> None:
    library = Path(__file__).parents[3] / "scenarios" / "gameday_scenarios" / "delivery" / "reply_lost.feature"
    asked = msgspec.structs.replace(of_two_flows(tmp_path), features=(library,))
    planned = plan_features(asked)
    assert {outcome.planned.flow.contract for outcome in planned if outcome.planned} == {"deals"}
    assert under_candidate(asked, planned) == asked


def test_a_scenario_under_another_contract_is_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = msgspec.structs.replace(
        of_two_flows(tmp_path), features=(tmp_path / "ours.feature", tmp_path / "theirs.feature")
    )
    divided = under_candidate(asked, plan_features(asked))
    assert divided.others == ("theirs",)
    taken = taking_settings(monkeypatch)
    stage = run_features(divided)
    [settings] = taken
    assert [node.rpartition("/")[2].partition(":")[0] for node in settings.nodes] == ["ours.feature"]
    assert stage.state == "passed"
    assert [(v.rule, v.level) for v in stage.violations] == [("game-day.other-contract", "note")]
    assert "'deals'" in stage.violations[0].message
    assert "theirs" in stage.violations[0].message


def test_a_gate_whose_scenarios_are_all_under_another_contract_says_that_none_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = msgspec.structs.replace(of_two_flows(tmp_path), features=(tmp_path / "theirs.feature",))
    taken = taking_settings(monkeypatch)
    stage = run_features(under_candidate(asked, plan_features(asked)))
    assert taken == []
    assert stage.state == "skipped"
    assert stage.summary == "none of 1 scenario tagged @gate is under 'deals'"
    assert [(v.rule, v.level) for v in stage.violations] == [("game-day.none-fits", "warning")]


def test_game_days_run_under_the_schema_of_the_candidate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = msgspec.structs.replace(of_two_flows(tmp_path), features=(tmp_path / "ours.feature",))
    taken = taking_settings(monkeypatch)
    run_features(asked, (SchemaChange("Opportunity.Amount", "Total__c", FieldPlace("c.crm.yaml", 51)),))
    [settings] = taken
    assert {rule["kind"] for rule in settings.schema_faults["crm"].values()} == {"rename_field"}
    assert {rule["kind"] for rule in settings.schema_faults["erp"].values()} == {"check_writes"}
    assert not any("report" in rule for rule in settings.schema_faults["erp"].values())
    scenario = Scenario("ours", Flow("salesforce", "netsuite", "deals"))
    assert look_up(scenario, "durable", settings).schema_faults == settings.schema_faults
