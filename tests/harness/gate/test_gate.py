"""`gameday gate` from end to end: what passes, what stops and where, and that it leaves nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import gameday_scenarios
from gameday.base.process import processes_of
from gameday.contracts.compatibility import compare, read_flow
from gameday.run.rollback import read
from support.commands import Gameday
from support.processes import end_groups

pytestmark = pytest.mark.slow

CONTRACT = "closed-won-to-sales-order"
BUNDLED = Path(gameday_scenarios.__path__[0]) / "contracts"
LIMIT_S = 600.0
STAGES = ["contract diff", "records", "replay", "ledgers", "smoke deal", "game day"]

#: The address that the spy sends something to.
TRIED = "192.0.2.1:9/udp (by its address)"
#: A stack that processes nothing, and writes down its environment and what its proxy answers for another machine.
SPY = """
import http.client, http.server, json, os, pathlib, socket, sys, urllib.parse
proxy = urllib.parse.urlsplit(os.environ["HTTPS_PROXY"])
asked = http.client.HTTPConnection(proxy.hostname, proxy.port)
asked.set_tunnel("elsewhere.example", 443)
try:
    asked.request("GET", "/")
    answer = "a tunnel"
except OSError as problem:
    answer = str(problem)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    try:
        # Documentation address (RFC 5737); nothing is sent but to loopback, the kernel only looks for a route.
        sock.connect(("192.0.2.1", 9))
        route = "a route"
        if sock.getsockname()[0] == "127.0.0.1":
            sock.send(b"x")
            sock.settimeout(20)
            sock.recv(1)
    except OSError as problem:
        route = problem.strerror
pathlib.Path(sys.argv[2]).write_text(json.dumps({"environment": dict(os.environ), "answer": answer, "route": route}))

class Taker(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    do_POST = do_GET

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Taker).serve_forever()
"""
CONFIGURATION = """
[contracts]
folders = ["contracts"]

[stack.absent]
command = ["./no-such-command"]

[stack.elsewhere]
url = "https://sync.example"

[stack.here]
url = "http://127.0.0.1:9"

[stack.daemon]
command = ["/usr/bin/docker", "run", "sync"]

[stack.spy]
command = ["{python}", "spy.py", "{port}", "{run_dir}/../spied.json"]
"""


def record(number: int, quantity: int = 2, price: str = "19.99", price_field: str = "UnitPrice") -> str:
    """A record as text, so that no number is changed."""
    total = f"{quantity * int(price.replace('.', '')) / 100:.2f}"
    deal = (
        f'{{"Id": "006{number:015}", "Name": "Deal {number}", "AccountId": "001000000000000001", "IsWon": true,'
        f' "StageName": "Closed Won", "Amount": {total}, "CurrencyIsoCode": "EUR", "CloseDate": "2026-06-30",'
        ' "SystemModstamp": "2026-06-30T10:00:00.000+0000"}'
    )
    line = (
        f'{{"Id": "00k{number:015}", "OpportunityId": "006{number:015}", "PricebookEntry": {{"ProductCode": "SKU-1"}},'
        f' "Quantity": {quantity}, "{price_field}": {price}, "TotalPrice": {total}}}'
    )
    return f'{{"Opportunity": {deal}, "OpportunityLineItem": [{line}]}}\n'


class GateFolder:
    """A folder with a contract that may be changed, records, and `gameday gate`."""

    def __init__(self, folder: Path, contract: str = CONTRACT) -> None:
        self.folder = folder
        self.contract = contract
        self.started: list[Gameday] = []
        shutil.copytree(BUNDLED, folder / "contracts")
        (folder / "gameday.toml").write_text(CONFIGURATION)
        (folder / "spy.py").write_text(SPY)
        self.records(record(number) for number in range(5))

    def records(self, lines: Any) -> None:
        (self.folder / "records.jsonl").write_text("".join(lines))

    def change(self, old: str, new: str, *, side: str = "crm", version: str = "2.0.0") -> None:
        for each in ("crm", "erp"):
            path = self.folder / "contracts" / f"{self.contract}.{each}.yaml"
            text = path.read_text()
            if each == side:
                assert old in text
                # The order comes first; other documents of the contract may use the same name.
                text = text.replace(old, new, 1)
            path.write_text(text.replace("\nversion: 1.0.0", f"\nversion: {version}"))

    def sign(self, base: Path = BUNDLED) -> None:
        """Sign the change off for every owner who must agree."""
        ours = self.folder / "contracts" / self.contract
        compared = compare(read_flow(str(base / self.contract)), read_flow(str(ours)))
        entries = [
            {"change": compared.digest, "role": role, "username": name, "signed": "2026-01-01", "expires": "2099-01-01"}
            for role in compared.signers
            for name in compared.owners[role]
        ]
        # JSON is YAML too.
        (self.folder / "contracts" / "sign-offs.yaml").write_text(json.dumps({"signOffs": entries}))

    def start(self, *arguments: str, environment: dict[str, str] | None = None) -> Gameday:
        command = ["gate", "--contract", self.contract, "--records", "records.jsonl", *arguments]
        process = Gameday(*command, cwd=self.folder, env={**os.environ, **(environment or {})})
        self.started.append(process)
        return process

    def gate(self, *arguments: str, **more: Any) -> tuple[int, str]:
        """The exit code and the whole output."""
        process = self.start(*arguments, "--features", "none", **more)
        out, err = process.communicate(timeout=LIMIT_S)
        assert "Traceback" not in out + err
        return process.returncode, out + err

    def verdict(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.gate_folder() / "gate.json").read_bytes())
        return found

    def gate_folder(self) -> Path:
        return sorted(path.parent for path in (self.folder / "runs" / "gates").glob("*/gate.json"))[-1]

    def states(self) -> list[str]:
        stages = self.verdict()["stages"]
        assert [stage["name"] for stage in stages] == STAGES
        return [stage["state"] for stage in stages]

    def rules(self, level: str = "error") -> set[str]:
        stages = self.verdict()["stages"]
        return {v["rule"] for stage in stages for v in stage.get("violations", ()) if v["level"] == level}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[GateFolder]:
    gate = GateFolder(tmp_path)
    yield gate
    end_groups(gate.started)


def leaves_nothing(place: GateFolder) -> None:
    for path in place.folder.glob("runs/**/rollback.jsonl"):
        assert read(path.parent).left == {}
        assert processes_of(str(path.parent.resolve())) == []


def test_an_equal_candidate_passes_and_every_output_says_so(place: GateFolder) -> None:
    code, output = place.gate("--stack", "durable", "--current", "durable", "--base", str(BUNDLED))
    assert code == 0, output
    assert place.states() == ["passed"] * 5 + ["skipped"]
    folder = place.gate_folder()
    assert "✅ durable under closed-won-to-sales-order 1.0.0 can be deployed" in (folder / "gate.md").read_text()
    assert json.loads((folder / "gate.sarif").read_bytes())["runs"][0]["results"] == []
    suite = ET.fromstring((folder / "junit.xml").read_text())[0]  # noqa: S314 - our own
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("0", "0", "1")
    leaves_nothing(place)


def test_a_renamed_field_that_the_stack_does_not_know_is_found_at_its_line(place: GateFolder) -> None:
    place.change("physicalName: UnitPrice", "physicalName: Unit_Price_Net__c")
    place.sign()
    place.records(record(number, price_field="Unit_Price_Net__c") for number in range(5))
    code, output = place.gate("--stack", "durable", "--base", str(BUNDLED))
    assert code == 1, output
    assert place.states() == ["passed", "passed", "passed", "failed", "not run", "not run"]
    [violation] = [v for v in place.verdict()["stages"][3]["violations"] if v["rule"] == "replay.order-missing"]
    assert len(violation["orders"]) == 5
    assert "renames OpportunityLineItem.UnitPrice to Unit_Price_Net__c" in violation["message"]
    path = f"contracts/{CONTRACT}.crm.yaml"
    line = (place.folder / path).read_text().splitlines().index("        physicalName: Unit_Price_Net__c") + 1
    assert (violation["path"], violation["line"]) == (path, line)
    leaves_nothing(place)


def test_a_field_that_the_erp_has_renamed_is_found_at_its_line(place: GateFolder) -> None:
    place.change("physicalName: tranDate", "physicalName: custbody_close_date", side="erp")
    place.sign()
    code, output = place.gate("--stack", "durable", "--base", str(BUNDLED))
    assert code == 1, output
    assert place.states()[:2] == ["passed", "passed"]
    assert "renames salesOrder.tranDate to custbody_close_date" in output
    leaves_nothing(place)


def test_a_field_of_the_erps_lines_that_is_renamed_is_found_at_its_line(place: GateFolder) -> None:
    place.change("physicalName: rate", "physicalName: custcol_rate", side="erp")
    place.sign()
    code, output = place.gate("--stack", "durable", "--base", str(BUNDLED))
    assert code == 1, output
    [violation] = [v for v in place.verdict()["stages"][3]["violations"] if v["rule"] == "replay.order-missing"]
    assert "renames salesOrder.item.rate to custcol_rate" in violation["message"]
    leaves_nothing(place)


def test_an_erp_that_demands_more_than_the_stack_writes_refuses_its_orders(place: GateFolder) -> None:
    customer = "      - name: customer\n        physicalName: entity\n"
    subsidiary = customer.replace("customer", "subsidiary").replace("entity", "subsidiary")
    terms = "        logicalType: object\n        required: true\n        classification: internal\n"
    place.change(customer, subsidiary + terms + customer, side="erp")
    place.change("{minLength: 15, maxLength: 45}", "{minLength: 15, maxLength: 16}", side="erp")
    place.sign()
    code, output = place.gate("--stack", "durable", "--base", str(BUNDLED))
    assert code == 1, output
    assert place.states() == ["passed", "passed", "passed", "failed", "not run", "not run"]
    found = {v["rule"]: v for v in place.verdict()["stages"][3]["violations"]}
    assert set(found) == {"replay.order-missing", "write.missing-field", "write.wrong-length"}
    assert "salesOrder.subsidiary is missing" in found["write.missing-field"]["message"]
    assert {len(violation["orders"]) for violation in found.values()} == {5}
    lines = (place.folder / "contracts" / f"{CONTRACT}.erp.yaml").read_text().splitlines()
    assert "name: subsidiary" in lines[found["write.missing-field"]["line"] - 1]
    leaves_nothing(place)


def test_a_text_that_the_crm_allows_and_the_erp_does_not_is_found_without_a_record_of_it(place: GateFolder) -> None:
    place.change("{minLength: 1, maxLength: 120}", "{minLength: 1, maxLength: 240}")
    memo = "      - name: memo\n        physicalName: memo\n        logicalType: string\n"
    date = "      - name: date\n        physicalName: tranDate\n"
    place.change(date, memo + "        logicalTypeOptions: {maxLength: 200}\n" + date, side="erp")
    code, output = place.gate("--stack", "brittle")
    assert code == 1, output
    assert place.states() == ["skipped", "passed", "passed", "failed", "not run", "not run"]
    assert place.rules() == {"boundary.order-missing", "write.wrong-length"}
    assert "Opportunity.Name with a text of 240 characters, which the contract allows: order missing" in output
    leaves_nothing(place)


def test_a_change_that_the_fakes_cannot_play_is_reported(place: GateFolder) -> None:
    base = place.folder / "base"
    shutil.copytree(BUNDLED, base)
    erp = base / f"{CONTRACT}.erp.yaml"
    erp.write_text(erp.read_text().replace("physicalName: tranDate", "physicalName: custbody_horn", 1))
    place.change("physicalName: tranDate", "physicalName: custbody_bell", side="erp")
    place.sign(base)
    _, output = place.gate("--stack", "durable", "--base", str(base))
    [violation] = [v for v in place.verdict()["stages"][2]["violations"] if v["rule"] == "replay.not-played"]
    assert "renames salesOrder.custbody_horn to custbody_bell, which the fake ERP cannot play" in violation["message"]
    assert "unknown field 'custbody_horn' of salesOrder" in violation["message"], output


def test_records_with_the_former_field_name_are_migrated_and_test_the_stack(place: GateFolder) -> None:
    place.change("physicalName: UnitPrice", "physicalName: Unit_Price_Net__c")
    place.sign()
    code, output = place.gate("--stack", "durable", "--base", str(BUNDLED))
    assert code == 1, output
    assert place.states()[:2] == ["passed", "passed"]
    assert "5 were migrated by the signed change" in output
    # The stack still reads the former name.
    assert "renames OpportunityLineItem.UnitPrice to Unit_Price_Net__c" in output


def test_a_rename_without_a_version_step_stops_at_the_diff(place: GateFolder) -> None:
    place.change("physicalName: UnitPrice", "physicalName: Unit_Price_Net__c", version="1.0.1")
    assert place.gate("--stack", "durable", "--base", str(BUNDLED))[0] == 1
    assert place.states() == ["failed", *["not run"] * 5]
    assert {"contract.field-renamed", "contract.version-step"} <= place.rules()


def test_a_change_that_the_owners_have_not_signed_off_stops_at_the_diff(place: GateFolder) -> None:
    place.change("physicalName: UnitPrice", "physicalName: Unit_Price_Net__c")
    code, output = place.gate("--stack", "durable", "--base", str(BUNDLED))
    assert code == 1
    assert place.states() == ["failed", *["not run"] * 5]
    assert place.rules() == {"sign-off.missing"}
    assert "1 change demands a major step, major is declared; 3 stop the deploy\n" in output
    # A file that is not there has no line.
    assert "error sign-off.missing: contracts/sign-offs.yaml: source (" in output


def test_a_base_may_be_a_git_revision(place: GateFolder) -> None:
    for command in (
        ("init", "-q"),
        ("add", "contracts"),
        ("-c", "user.name=x", "-c", "user.email=x@example", "commit", "-qm", "x"),
    ):
        subprocess.run(["git", *command], cwd=place.folder, check=True)
    place.change("physicalName: UnitPrice", "physicalName: Unit_Price_Net__c", version="1.0.1")
    assert place.gate("--stack", "durable", "--base", "HEAD")[0] == 1
    assert {"contract.field-renamed", "contract.version-step"} <= place.rules()


def removed(place: GateFolder) -> None:
    text = (place.folder / "contracts" / f"{CONTRACT}.crm.yaml").read_text()
    begin = text.index("      - name: currency\n")
    place.change(text[begin : text.index("      - name: closeDate\n")], "")
    place.sign()


def test_a_removed_field_that_the_stack_guesses_is_found_in_its_orders(place: GateFolder) -> None:
    removed(place)
    code, output = place.gate("--stack", "brittle", "--base", str(BUNDLED))
    assert code == 1, output
    assert "replay.order-currency-differs" in place.rules()
    assert "removes Opportunity.CurrencyIsoCode" in output
    leaves_nothing(place)


def test_the_same_inputs_and_seed_give_the_same_verdict(place: GateFolder) -> None:
    removed(place)
    verdicts = []
    for _ in range(2):
        place.gate("--stack", "brittle", "--base", str(BUNDLED), "--today", "2026-11-24")
        verdict = place.verdict()
        for part in (verdict, *verdict["stages"]):
            part.pop("took_s")
            part.get("figures", {}).pop("candidate_s", None)
        del verdict["started"]
        verdicts.append(verdict)
    assert verdicts[0] == verdicts[1]


def test_a_tightened_limit_stops_at_the_records_and_names_the_field(place: GateFolder) -> None:
    place.change("logicalTypeOptions: {exclusiveMinimum: 0}", "logicalTypeOptions: {exclusiveMinimum: 2}")
    place.sign()
    code, output = place.gate("--stack", "durable", "--base", str(BUNDLED))
    assert code == 1
    assert place.states() == ["passed", "failed", *["not run"] * 4]
    assert "5 of 5 records break the candidate contract" in output
    assert f"contracts/{CONTRACT}.crm.yaml" in output
    assert not (place.gate_folder() / "candidate").exists()


def test_money_that_is_rounded_in_floats_is_found_against_the_current_stack(place: GateFolder) -> None:
    # The deals come again, changed: what is written a second time is what the bug is about.
    place.records([*(record(n, 2) for n in range(5)), *(record(n, 1) for n in range(2))])
    code, output = place.gate("--stack", "durable+rounds-money-in-floats", "--current", "durable")
    assert code == 1, output
    assert place.states() == ["skipped", "passed", "passed", "failed", "not run", "not run"]
    assert "replay.line-amount-differs" in place.rules()
    found = {v["rule"]: v for v in place.verdict()["stages"][3]["violations"]}
    assert found["replay.order-total-differs"]["orders"] == ["006000000000000000", "006000000000000001"]
    assert "19.98" not in output, "what the contract calls confidential is not shown"
    leaves_nothing(place)


def test_a_command_that_does_not_exist_makes_the_gate_inconclusive(place: GateFolder) -> None:
    code, output = place.gate("--stack", "absent")
    assert code == 3
    assert "cannot start stack 'absent': './no-such-command'" in output
    assert place.states() == ["skipped", "passed", "inconclusive", *["not run"] * 3]


def test_without_records_the_gate_is_inconclusive(place: GateFolder) -> None:
    place.records([])
    assert place.gate("--stack", "durable")[0] == 3
    assert place.states() == ["skipped", "inconclusive", *["not run"] * 4]


def test_a_missing_file_of_records_is_a_mistake(place: GateFolder) -> None:
    (place.folder / "records.jsonl").unlink()
    code, output = place.gate("--stack", "durable")
    assert code == 2
    assert "records.jsonl" in output
    assert not (place.folder / "runs" / "gates").exists()


@pytest.mark.parametrize("option", ["--base", "--current"])
def test_an_empty_option_is_a_mistake_and_starts_no_gate(place: GateFolder, option: str) -> None:
    code, output = place.gate("--stack", "durable", option, "")
    assert (code, output.count("\n")) == (2, 1)
    assert f"{option} is empty" in output
    assert not (place.folder / "runs" / "gates").exists()


def test_a_mistake_that_only_a_stage_finds_leaves_no_folder(place: GateFolder) -> None:
    place.records(["[]\n"])
    code, output = place.gate("--stack", "durable")
    assert code == 2
    assert "is one JSON document" in output
    assert not any((place.folder / "runs" / "gates").iterdir())


@pytest.mark.parametrize("option", ["--stack", "--current"])
def test_a_stack_on_another_machine_is_refused_before_anything_starts(place: GateFolder, option: str) -> None:
    stacks = {"--stack": "durable", option: "elsewhere"}
    code, output = place.gate(*(part for pair in stacks.items() for part in pair))
    assert code == 2
    assert "'sync.example', which is not this machine" in output
    assert not (place.folder / "runs").exists()


@pytest.mark.needs("namespace")
def test_a_client_that_ignores_the_proxy_reaches_no_other_machine_and_its_attempt_is_shown(place: GateFolder) -> None:
    _, printed = place.gate("--stack", "spy", "--network", "none")
    assert json.loads((place.gate_folder() / "spied.json").read_bytes())["route"] == "Network is unreachable"
    assert place.verdict()["network"] == "none but loopback"
    assert place.verdict()["tried"] == [TRIED]
    assert f"outside  it tried to reach a host that is no fake: {TRIED}" in printed


@pytest.mark.parametrize(("stack", "reason"), [("here", "'here' runs already"), ("daemon", "started by a daemon")])
def test_going_offline_is_refused_for_a_stack_that_could_not_be_reached(
    place: GateFolder, stack: str, reason: str
) -> None:
    code, printed = place.gate("--stack", stack, "--network", "none")
    assert code == 2
    assert "--network none is not possible" in printed
    assert reason in printed


def test_nothing_leads_the_stack_to_another_machine(place: GateFolder) -> None:
    leads = {
        "https_proxy": "http://proxy.example:3128",
        "SALESFORCE_TOKEN": "a-token",
        "ERP": "https://1234567.suitetalk.api.netsuite.com",
    }
    place.gate("--stack", "spy", "--network", "proxy", environment=leads)
    spied = json.loads((place.gate_folder() / "spied.json").read_bytes())
    assert "403" in spied["answer"]
    assert not {"SALESFORCE_TOKEN", "ERP"} & spied["environment"].keys()
    assert spied["environment"]["https_proxy"].startswith("http://127.0.0.1:")


def test_annotations_point_to_the_contract_s_line(place: GateFolder) -> None:
    place.change("logicalTypeOptions: {exclusiveMinimum: 0}", "logicalTypeOptions: {exclusiveMinimum: 2}")
    code, output = place.gate("--stack", "durable", "--format", "github")
    assert code == 1
    path = f"contracts/{CONTRACT}.crm.yaml"
    lines = (place.folder / path).read_text().splitlines()
    line = next(n for n, text in enumerate(lines, 1) if "- name: quantity" in text)
    assert f"::error file={path},line={line},title=gameday record.field::OpportunityLineItem.Quantity breaks" in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_gate_leaves_no_process_and_no_fault(place: GateFolder, number: signal.Signals) -> None:
    removed(place)
    process = place.start("--stack", "durable", "--base", str(BUNDLED), "--features", "none")
    wait_until(lambda: any(place.folder.glob("runs/gates/*/candidate/stack.log")), process)
    process.send_signal(number)
    out, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 130
    assert "Traceback" not in out + err
    leaves_nothing(place)


def wait_until(holds: Callable[[], bool], process: Gameday) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while not holds():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def test_a_tagged_scenario_that_fails_stops_the_deploy(place: GateFolder) -> None:
    feature = place.folder / "gate.feature"
    feature.write_text(
        f"""\
        Feature: Of the two
          Background:
            Given deals flow from "salesforce" to "netsuite" under the contract "{CONTRACT}"
            And 40 deals are closed won at 20 per minute

          @gate
          Scenario: Replies are lost
            When after 1 minute the ERP suffers "reply lost after commit" for 1 minute
              | operation   | share | times |
              | order.write | 0.9   | 1     |
            Then every deal is in the ERP exactly once within 2 minutes of the fix

          Scenario: One that is not for the gate
            Then every deal is in the ERP exactly once within 2 minutes of closing
        """
    )
    process = place.start("--stack", "durable+no-idempotency-key", "--features", "gate.feature")
    out, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1, out + err
    assert place.states() == ["skipped", *["passed"] * 4, "failed"]
    assert place.verdict()["stages"][-1]["figures"] == {"scenarios": {"Replies are lost": "failed"}}
    leaves_nothing(place)
