"""No command writes or shows a value of people that is in the files that it reads.

The table has every command: a new one must say what it is given here, or why it can meet no record.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

import gameday_scenarios
from gameday.cli import cli, main
from gameday.contracts.odcs import load_contract
from gameday.model.history import HistoryWriter
from gameday.scoring.judge import check_run
from gameday.scoring.run_folder import Run, create
from support.leaks import SENTINELS, leaks

FLOW = "people"
BUNDLED = Path(gameday_scenarios.__path__[0]) / "contracts"
FEATURE = """\
Feature: A feature
  Scenario: A scenario
    Given deals flow from "salesforce" to "netsuite" under the contract "people"
    And 12 deals are closed won at 120 per minute
    When after 1 second the ERP suffers "record lock" for 20 seconds
    Then every deal is in the ERP exactly once within 2 minutes of the fix
"""
#: Whom a run is published to.
PUBLISHED = (
    *("markdown", "confluence", "jira", "slack", "csv", "openmetrics"),
    *("grafana", "otlp", "notion", "google-docs"),
)
#: What each command is given, once for each line.
COMMANDS: dict[str, tuple[str, ...]] = {
    "new": ("--changed amended --contract people",),
    "plan": ("own.feature", "own.feature --json"),
    "brief": ("own.feature",),
    "tabletop": ("RUN --out kit",),
    "check": ("RUN", "broken"),
    "report": ("RUN",),
    "export": ("RUN --out exported",),
    "publish": tuple(f"RUN --to {target}" for target in PUBLISHED),
    "dashboard": ("runs --out dashboard",),
    "compare": ("RUN RUN --runs runs", "durable durable --runs runs"),
    "list": ("", "runs --runs runs"),
    # By a proxy: the other way would take this process, and with it all later tests, off the network.
    "gate": (
        "--contract people --records records.jsonl --stack durable --features none --network proxy --sample 45",
        "--contract people --records broken.jsonl --stack durable --features none --network proxy",
        "--contract people --records broken.jsonl --stack durable --features none --network proxy --format json",
        "--contract people --records broken.jsonl --stack durable --features none --network proxy --format github",
        "--contract people --records broken.csv --stack durable --features none --network proxy",
        "--contract people --records not-a-file.jsonl --stack durable --features none --network proxy",
    ),
    "run": ("own.feature --deals broken.csv --stack durable", "own.feature --deals deals.csv --stack durable"),
    "contract check": ("people", "contracts"),
    "contract diff": ("people people",),
    "contract init": (
        "--from records records.jsonl --flow drafted --out drafts",
        "--from records broken.jsonl --flow drafted --out drafts",
        "--from salesforce describe.json --flow drafted --out drafts",
        "--from netsuite catalogue.json --flow drafted --out drafts",
        "--from netsuite records.jsonl --flow drafted --out drafts",
    ),
    "contract drift": (
        "people describe.json --from salesforce --snapshot last.json --save --out drifted",
        "people describe.json --from salesforce --snapshot last.json --audit records.jsonl",
        "people catalogue.json --from netsuite --out drifted",
        "people records.jsonl --from avro --side crm",
    ),
    "organisation import": ("records.jsonl --to imported",),
    "record": (
        "--from records.jsonl --contract people --audit",
        "--from records.jsonl --contract people --audit --format json",
        "--from records.jsonl --contract people --out recorded",
        "--from broken.jsonl --contract people --out recorded --format json",
        "--from broken.csv --contract people --out recorded",
        "--from people.jsonl --contract kept --out recorded",
        "--from people.jsonl --contract kept --audit",
        "--from records.jsonl --contract people --dead-letters records.jsonl",
    ),
    "reconcile": (
        "records.jsonl orders.jsonl --contract people --out reconciled",
        "records.jsonl orders.jsonl --contract people --format json",
        "broken.jsonl orders.jsonl --contract people",
    ),
    "can-deploy": (
        "own.feature --stack durable --stack-version 1 --runs runs",
        "own.feature --stack durable --stack-version 1 --runs runs --results results --to prod --require canary",
    ),
    "record-deployment": ("--to prod --stack durable --stack-version 1 --contract people --results results",),
    "record-result": (
        "canary --in staging --stack durable --stack-version 1 --result passed --evidence records.jsonl "
        "--contract people --results results",
    ),
    "record-incident": ("--flow people --began 2026-12-01T08:00 --failed 2 --of 40 --results results",),
    "inventory": ("--runs runs", "--check --runs runs"),
    "init": ("started",),
    "stop": ("--runs runs",),
    "confirm": ("RUN",),
    "heal": ("--runs runs",),
}
#: Commands that are not run here, and why.
ELSEWHERE = {
    "repair": "starts a stack with the fakes' records of a run, which tests/harness/repair does",
    "merge": "copies the folders of runs as they are, for their user, which tests/harness/commands/test_merge.py does",
    "explore": "runs generated deals only, which tests/harness/explore does, and reads no record",
    "doctor": "starts a stack with a deal of its own, and reads no record",
    "fakes serve": "serves until Ctrl-C, and reads no record",
    "sandbox check": "asks real tenants, and reads no record",
    "sandbox clean": "removes records of real tenants by their ids, which tests/fakes/sandbox does",
    "sandbox close": "ends a process, and reads no record",
    "fakes verify": "asks real tenants, and shows names of fields only, which tests/fakes/sandbox does",
    "fakes ca": "writes a certificate, and reads no record",
}


def leaves(command: click.Command, name: str = "") -> Iterator[str]:
    """Every command that does something, by the words that call it."""
    if not isinstance(command, click.Group):
        yield name
        return
    context = click.Context(command, info_name=name or "gameday")
    for inner in command.list_commands(context):
        found = command.get_command(context, inner)
        assert found is not None
        yield from leaves(found, f"{name} {inner}".strip())


def test_the_table_has_every_command() -> None:
    assert sorted([*COMMANDS, *ELSEWHERE]) == sorted(leaves(cli))


def test_there_are_forty_sentinels_that_the_search_finds() -> None:
    assert len(set(SENTINELS)) >= 40
    assert all(leaks(f"before {each} after".encode()) for each in SENTINELS)


def record(number: int, **fields: Any) -> dict[str, Any]:
    person = SENTINELS[number % len(SENTINELS)]
    deal = {
        "Id": f"006{number:015}",
        "Name": f"{person} {number}",
        "AccountId": "001000000000000001",
        "StageName": "Closed Won",
        "IsWon": True,
        "Amount": 20,
        "CurrencyIsoCode": "EUR",
        "CloseDate": "2026-06-30",
        "SystemModstamp": "2026-06-30T10:00:00.000+0000",
        "Remark__c": person,
        "Rep__c": person,
        **fields,
    }
    line = {
        "Id": f"00k{number:015}",
        "OpportunityId": deal["Id"],
        "PricebookEntry": {"ProductCode": "SKU-1"},
        "Quantity": 2,
        "UnitPrice": 10,
        "TotalPrice": 20,
        "Note__c": person,
    }
    return {"Opportunity": deal, "OpportunityLineItem": [line], "Contact": {"Email": person}}


def broken(number: int) -> str:
    """A record, or no record at all, with a value of people where none belongs."""
    person = SENTINELS[number % len(SENTINELS)]
    whole = record(number)
    names = ("CurrencyIsoCode", "IsWon", "StageName", "CloseDate", "Amount", "SystemModstamp", "Id", "AccountId")
    kinds = (
        *(json.dumps(record(number, **{name: person})) for name in names),
        json.dumps(whole, ensure_ascii=False)[: -number - 1],
        json.dumps({"Opportunity": {person: 1}, person: [2]}),
        json.dumps(person),
        json.dumps({**whole, "OpportunityLineItem": person}),
        json.dumps({**whole, "OpportunityLineItem": [{**whole["OpportunityLineItem"][0], "Quantity": person}]}),
    )
    return kinds[number % len(kinds)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, story: Any) -> Path:
    """A user's folder, whose every file of records has the values."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (tmp_path / "contracts").mkdir()
    for flow, custom in (("people", {}), ("kept", {"name": "rep", "physicalName": "Rep__c", "logicalType": "string"})):
        crm = yaml.safe_load((BUNDLED / "closed-won-to-sales-order.crm.yaml").read_text())
        crm["id"] = f"{flow}.crm"
        if custom:
            crm["schema"][0]["properties"].append({**custom, "classification": "internal"})
        (tmp_path / "contracts" / f"{flow}.crm.yaml").write_text(yaml.safe_dump(crm, sort_keys=False))
        shutil.copy(BUNDLED / "closed-won-to-sales-order.erp.yaml", tmp_path / "contracts" / f"{flow}.erp.yaml")
    (tmp_path / "gameday.toml").write_text('[contracts]\nfolders = ["contracts"]\n')
    (tmp_path / "own.feature").write_text(FEATURE)
    write_records(tmp_path)
    write_metadata(tmp_path)
    write_run(tmp_path, story)
    return tmp_path


def write_records(folder: Path) -> None:
    numbers = range(4 * len(SENTINELS))
    (folder / "records.jsonl").write_text("".join(f"{json.dumps(record(each))}\n" for each in numbers))
    (folder / "people.jsonl").write_text("".join(f"{json.dumps(record(each))}\n" for each in numbers))
    orders = [
        {
            "otherRefNum": f"006{n:015}",
            "total": 20 + n % 2,
            "memo": SENTINELS[n % len(SENTINELS)],
            "tranDate": "2026-06-30",
        }
        for n in numbers
    ]
    (folder / "orders.jsonl").write_text("".join(f"{json.dumps({'salesOrder': each})}\n" for each in orders))
    (folder / "broken.jsonl").write_text("".join(f"{broken(each)}\n" for each in numbers))
    rows = [f'"{person}",{person},SKU-1,{person},{person}\n' for person in SENTINELS]
    (folder / "broken.csv").write_text("Order ID,Customer ID,Product ID,Quantity,Amount\n" + "".join(rows))
    (folder / "deals.csv").write_text("".join(f'"{person}","{person}",{person}\n' for person in SENTINELS))
    (folder / "broken").mkdir()
    (folder / "broken" / "run.json").write_text(json.dumps(record(1)))


def write_metadata(folder: Path) -> None:
    values = [{"value": person, "active": True} for person in SENTINELS]
    listed = {"name": "Rep__c", "type": "picklist", "nillable": True, "picklistValues": values}
    fields = [{"name": "Id", "type": "id"}, {**listed, "restrictedPicklist": True}, {**listed, "name": "Other__c"}]
    (folder / "describe.json").write_text(json.dumps({"name": "Opportunity", "fields": fields}))
    properties = {"externalId": {"type": "string"}, "custbody_rep": {"type": "string", "enum": [*SENTINELS]}}
    (folder / "catalogue.json").write_text(json.dumps({"title": "salesOrder", "properties": properties}))


def write_run(folder: Path, story: Any) -> None:
    """A run whose deals have names that the contract calls confidential."""
    story.contract = load_contract("people", [folder / "contracts"])
    for number in range(len(SENTINELS)):
        story.deal(f"D{number}", 10 + number)
        if number % 2:
            story.order(f"D{number}")
    case = story.case()
    run = create(folder / "runs", stack="durable", scenario=case.scenario, contract=case.contract, pace=60)
    with HistoryWriter(run.dir / "history.jsonl") as writer:
        for op in case.history:
            value = op.value
            if op.f == "close_deal":
                value = {**value, "name": SENTINELS[int(value["deal"][1:])]}
            writer.append(op.process, op.f, op.outcome, op.time_s, value)
    run.write_ledgers(crm=case.crm, erp=case.erp, dead_letters=case.dead_letters)
    check_run(Run(run.dir))
    run.dir.rename(folder / "runs" / "RUN")


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize(("command", "arguments"), [(name, line) for name, lines in COMMANDS.items() for line in lines])
def test_no_output_of_a_command_has_a_value_of_people(
    folder: Path, capfd: pytest.CaptureFixture[str], command: str, arguments: str
) -> None:
    before = files(folder)
    words = ["runs/RUN" if word == "RUN" else word for word in arguments.split()]
    with pytest.raises(SystemExit):
        main([*command.split(), *words])
    shown = capfd.readouterr()
    assert leaks((shown.out + shown.err).encode()) == []
    assert "gameday itself" not in shown.err
    written = {path: data for path, data in files(folder).items() if before.get(path) != data}
    assert {str(path): found for path, data in written.items() if (found := leaks(data))} == {}
    assert leaks("\n".join(map(str, written)).encode()) == []
