"""The registry of flows and the inventory: what a row says, what contradicts it, and what the runs add."""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from click.testing import CliRunner

from gameday.base.errors import GamedayError
from gameday.commands.inventory import inventory
from gameday.contracts.flows import (
    COLUMNS,
    FlowRegistry,
    RegisteredFlow,
    as_registered,
    bundled_flows,
    owner_of,
    read_flows,
)
from gameday.contracts.odcs import load_contract
from gameday.model.contract import Contract
from gameday.model.history import encode_line
from gameday.scoring.inventory import FlowRecord, check_inventory, load_contracts, take_inventory
from gameday.scoring.inventory_export import export_inventory
from gameday.scoring.judge import check_run
from gameday.scoring.run_folder import create
from gameday.scoring.seal import seal
from support.commands import AS_BELOW_GAMEDAY
from support.rows import rows

FLOW = "closed-won-to-sales-order"
TODAY = datetime.date(2026, 11, 24)

GOOD = {
    "flow": FLOW,
    "source": "salesforce",
    "sink": "netsuite",
    "owner_sync": "revenue-operations",
    "owner_source": "sales-systems",
    "owner_sink": "erp-platform",
    "owner_platform": "integration-platform",
    "revenue_exposure_per_day": "250000.00",
    "currency": "USD",
    "frequency": "event",
    "impact_class": "critical",
    "contract": FLOW,
    "contract_version": "1.0.0",
}


def as_yaml(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "flows.yaml"
    path.write_text(yaml.safe_dump({"flows": list(rows)}, sort_keys=False))
    return path


def as_csv(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "flows.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def check(path: Path, runs_dir: Path = Path("nowhere")) -> list[tuple[int, str]]:
    """Line and rule of everything that is wrong, but for the game days."""
    flows = read_flows(path)
    contracts = load_contracts(flows, ())
    entries = take_inventory(flows, runs_dir, today=TODAY, contracts=contracts)
    found = check_inventory(flows, entries, contracts)
    return [(each.line, each.rule.removeprefix("inventory.")) for each in found if each.level == "error"]


# -- the file ----------------------------------------------------------------------------------------


def test_the_bundled_registry_has_no_violations() -> None:
    assert check(bundled_flows()) == []


@rows("write", [as_yaml, as_csv])
def test_yaml_and_csv_say_the_same(tmp_path: Path, write: Callable[..., Path]) -> None:
    (flow,) = read_flows(write(tmp_path, GOOD)).flows
    assert (flow.flow, flow.owners["platform"]) == (FLOW, "integration-platform")
    assert flow.revenue_exposure_per_day == Decimal("250000.00")


def test_a_version_is_a_text_even_where_it_looks_like_a_number(tmp_path: Path) -> None:
    path = tmp_path / "flows.yaml"
    path.write_text("flows:\n  - flow: a\n    contract_version: 1.10\n    revenue_exposure_per_day: 100.10\n")
    (flow,) = read_flows(path).flows
    assert (flow.contract_version, flow.revenue_exposure_per_day) == ("1.10", Decimal("100.10"))


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"contract": "no-such-contract"}, "unknown-contract"),
        ({"contract_version": "2.0.0"}, "contract-version"),
        ({"source": "netsuite"}, "system-differs"),
        ({"sink": "salesforce"}, "system-differs"),
        ({"owner_sync": "somebody-else"}, "owner-differs"),
        ({"owner_sink": ""}, "owner-missing"),
        ({"owner_sink": "nobody-yet"}, "owner-missing"),
        ({"impact_class": ""}, "value-missing"),
        ({"impact_class": "severe"}, "unknown-value"),
        ({"frequency": "often"}, "unknown-value"),
        ({"revenue_exposure_per_day": "a lot"}, "bad-number"),
        ({"revenue_exposure_per_day": "-1"}, "bad-number"),
        ({"revenue_exposure_per_day": "NaN"}, "bad-number"),
        ({"currency": "EURO"}, "bad-currency"),
        ({"currency": "XXQ"}, "bad-currency"),
        ({"last_game_day": "24.11.2026"}, "bad-date"),
        ({"detection": "101"}, "bad-number"),
    ],
)
@pytest.mark.parametrize("write", [as_yaml, as_csv])
def test_a_mistake_in_a_row_is_reported(
    tmp_path: Path, write: Callable[..., Path], changed: dict[str, str], rule: str
) -> None:
    assert [rule for _, rule in check(write(tmp_path, GOOD | changed))] == [rule]


def test_a_system_may_have_a_name_of_ones_own(tmp_path: Path) -> None:
    assert check(as_yaml(tmp_path, GOOD | {"source": "our CRM", "sink": "the books"})) == []


def test_every_mistake_is_reported_with_its_line_in_yaml(tmp_path: Path) -> None:
    path = as_yaml(tmp_path, GOOD, GOOD | {"flow": "b", "currency": "??", "detection": "x"})
    lines = path.read_text().splitlines()
    expected = {(lines.index("  currency: ??") + 1, "bad-currency"), (lines.index("  detection: x") + 1, "bad-number")}
    assert set(check(path)) == expected


def test_every_mistake_is_reported_with_its_line_in_csv(tmp_path: Path) -> None:
    path = as_csv(tmp_path, GOOD | {"source": "sales\nforce"}, GOOD | {"flow": "b", "currency": "??"})
    assert check(path) == [(4, "bad-currency")]


def test_a_flow_that_is_defined_twice_is_reported(tmp_path: Path) -> None:
    assert check(as_csv(tmp_path, GOOD, GOOD)) == [(3, "duplicate")]


@rows(
    ("name", "content", "message"),
    [
        ("flows.txt", "", "flows.txt is not a registry of flows"),
        ("flows.yaml", "[]", "is not a registry of flows"),
        ("flows.yaml", "flows: {}", "is not a registry of flows"),
        ("flows.yaml", "flows: [3]", "flows.yaml:1: 3 is not a flow"),
        ("flows.yaml", "flows:\n- flow: a\n  owner: me", "unknown column 'owner' in .*flows.yaml:3"),
        ("flows.yaml", "flows:\n- flow: a\n  source: [x]", "flows.yaml:3: source: .* is neither a text nor a number"),
        ("flows.yaml", "flows: [", "not the YAML of a registry of flows"),
        ("flows.csv", "flow,owner\na,b\n", "unknown column 'owner' in .*flows.csv:1"),
        ("flows.csv", "flow,flow\na,b\n", "names the column 'flow' twice"),
        ("flows.csv", "", r"flows.csv has no header \(begin with flow,source,sink,"),
        ("flows.csv", "flow,source\na\n", "flows.csv:2: 1 cells under 2 columns"),
        ("flows.csv", 'flow,source\n"a,b\n', "not CSV"),
        ("nowhere.csv", None, "cannot read the registry of flows"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_a_registry_is_refused_in_one_line(
    tmp_path: Path, name: str, content: str | None, message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(GamedayError, match=message) as caught:
        read_flows(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_csv_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "flows.csv"
    path.write_bytes(b"flow\n\xff\n")
    with pytest.raises(GamedayError, match="not UTF-8"):
        read_flows(path)


# -- routing -----------------------------------------------------------------------------------------


@rows(
    ("what", "owner"),
    [
        ("sync", "revenue-operations"),
        ("prevent", "revenue-operations"),
        ("mitigate", "revenue-operations"),
        ("detect", "integration-platform"),
        ("crm", "sales-systems"),
        ("erp", "erp-platform"),
        ("finance", "erp-platform"),
        ("tickets", "integration-platform"),
    ],
)
def test_each_matter_goes_to_its_owner(what: str, owner: str) -> None:
    (flow,) = read_flows(bundled_flows()).flows
    assert owner_of(flow.owners, what) == owner


def test_the_owner_of_the_sync_replaces_a_missing_one() -> None:
    assert owner_of({"sync": "us"}, "platform") == "us"


def test_a_flow_that_nobody_owns_has_no_owner() -> None:
    assert owner_of({}, "sync") == ""


def test_an_unknown_matter_is_reported_with_the_known() -> None:
    with pytest.raises(GamedayError, match="did you mean 'prevent'"):
        owner_of({}, "prevnt")


def test_the_registry_adds_owners_that_the_contract_lacks_and_replaces_none() -> None:
    contract = Contract("c", owners={"sync": "us"})
    flow = RegisteredFlow("f", owners={"sync": "them", "platform": "p"}, contract="c")
    assert as_registered(contract, [flow]).owners == {"sync": "us", "platform": "p"}


def test_a_contract_of_another_pair_has_the_people_of_the_one_in_whose_place_it_stands() -> None:
    flow = RegisteredFlow("f", contract="c", owners={"platform": "p"})
    pair = {"crm": "hubspot", "erp": "s4hana"}
    assert as_registered(Contract("c.hubspot.s4hana", **pair), [flow]).owners == {"platform": "p"}
    own = RegisteredFlow("g", contract="c.hubspot.s4hana", owners={"platform": "q"})
    assert as_registered(Contract("c.hubspot.s4hana", **pair), [flow, own]).owners == {"platform": "q"}
    assert as_registered(Contract("c.hubspot.netsuite", **pair), [flow]).owners == {}


def test_the_registry_says_how_much_revenue_the_flow_carries_a_day() -> None:
    flow = RegisteredFlow("f", revenue_exposure_per_day=Decimal(9), currency="USD", contract="c")
    found = as_registered(Contract("c"), [flow, RegisteredFlow("g", contract="other")])
    assert (found.revenue_per_day, found.revenue_currency) == (9, "USD")


def test_a_flow_without_fallbacks_and_duties_is_named_by_the_check() -> None:
    flow = RegisteredFlow("f", fallbacks={"sync": "s"}, duties={"on_call": "o"}, line=3)
    violations = check_inventory(FlowRegistry("p", (flow,), ()), [FlowRecord(flow)], {})
    (found,) = [each for each in violations if "matrix" in each.message]
    assert (found.level, found.line) == ("warning", 3)
    assert found.message.endswith(
        "lacks fallback of the source, fallback of the sink, fallback of the platform, trigger, exception route, "
        "QA checkpoint"
    )


def test_a_file_that_a_flow_names_and_that_is_not_there_is_named_by_the_check(tmp_path: Path) -> None:
    (tmp_path / "deals.md").write_text("Stop the sync first.")
    row = GOOD | {"runbook": "deals.md", "postmortem_template": "gone.md", "canary": "5% for an hour"}
    path = as_yaml(tmp_path, row)
    (flow,) = read_flows(path).flows
    assert flow.prepared == {"runbook": "deals.md", "postmortem_template": "gone.md", "canary": "5% for an hour"}
    assert check(path) == [(flow.line, "file-missing")]
    again = tmp_path / "again.csv"
    again.write_text(export_inventory([FlowRecord(flow)], "csv"))
    assert read_flows(again).flows[0].prepared == flow.prepared


def test_of_two_flows_under_one_contract_none_gives_the_revenue() -> None:
    flows = [RegisteredFlow(name, revenue_exposure_per_day=Decimal(9), contract="c") for name in "fg"]
    assert as_registered(Contract("c"), flows).revenue_per_day is None


# -- what the runs say -------------------------------------------------------------------------------


@pytest.fixture
def recorded(new_story: Any, tmp_path: Path) -> Callable[..., Path]:
    """Records runs of the bundled contract in which one deal went well, or was lost."""

    def record(
        *, stack: str = "durable", day: str = "2026-11-20", lost: bool = False, contract: Contract | None = None
    ) -> Path:
        story = new_story()
        story.contract = contract or load_contract(FLOW)
        story.deal("006A")
        if not lost:
            story.order("006A")
        case = story.case()
        moment = datetime.datetime.fromisoformat(f"{day}T12:00:00+00:00")
        run = create(
            tmp_path / "runs", stack=stack, scenario=case.scenario, contract=case.contract, pace=60, now=moment
        )
        (run.dir / "history.jsonl").write_bytes(b"".join(map(encode_line, case.history)))
        run.write_ledgers(crm=case.crm, erp=case.erp, dead_letters=case.dead_letters)
        seal(run.dir, "run")
        check_run(run)
        return run.dir

    return record


def entry(runs_dir: Path, path: Path | None = None, **more: Any) -> FlowRecord:
    flows = read_flows(path or bundled_flows())
    (found,) = take_inventory(flows, runs_dir, today=TODAY, contracts=load_contracts(flows, ()), **more)
    return found


def rules(runs_dir: Path, **more: Any) -> list[str]:
    flows = read_flows(bundled_flows())
    contracts = load_contracts(flows, ())
    entries = take_inventory(flows, runs_dir, today=TODAY, contracts=contracts, **more)
    return [each.rule.removeprefix("inventory.") for each in check_inventory(flows, entries, contracts)]


def test_a_flow_without_a_run_was_never_exercised(tmp_path: Path) -> None:
    assert rules(tmp_path) == ["never-exercised"]


def test_a_recorded_run_is_the_last_game_day(recorded: Callable[..., Path]) -> None:
    runs_dir = recorded(day="2026-11-20").parent
    recorded(day="2026-11-02")
    assert entry(runs_dir).last_game_day == datetime.date(2026, 11, 20)
    assert rules(runs_dir) == []


def test_each_stack_has_the_scores_of_its_own_last_game_day(recorded: Callable[..., Path]) -> None:
    recorded(stack="durable", day="2026-11-01", lost=True)
    recorded(stack="durable", day="2026-11-20")
    runs_dir = recorded(stack="brittle", day="2026-11-10").parent
    found = {each.stack: (str(each.day), each.scenarios) for each in entry(runs_dir).scores}
    assert found == {"durable": ("2026-11-20", 1), "brittle": ("2026-11-10", 1)}


def test_a_game_day_goes_stale(recorded: Callable[..., Path]) -> None:
    runs_dir = recorded(day="2026-11-20").parent
    assert rules(runs_dir, stale_after_days=3) == ["stale"]
    assert not entry(runs_dir, stale_after_days=4).stale


def test_scores_of_another_state_of_the_contract_are_marked(recorded: Callable[..., Path]) -> None:
    other = msgspec.structs.replace(load_contract(FLOW), digest="another")
    runs_dir = recorded(contract=other).parent
    assert rules(runs_dir) == ["scores-outdated"]


def test_a_torn_run_does_not_count(recorded: Callable[..., Path]) -> None:
    run_dir = recorded()
    (run_dir / "scorecard.json").write_text("{")
    assert entry(run_dir.parent).last_game_day is None


@pytest.mark.parametrize("name", ["scorecard.json", "run.json"])
def test_a_run_that_was_edited_does_not_count(recorded: Callable[..., Path], name: str) -> None:
    run_dir = recorded()
    assert entry(run_dir.parent).last_game_day is not None
    (run_dir / name).write_bytes((run_dir / name).read_bytes().replace(b'"', b' "', 1))
    assert entry(run_dir.parent).last_game_day is None


def test_the_file_tells_of_a_game_day_that_the_runs_do_not_know(tmp_path: Path) -> None:
    path = as_yaml(tmp_path, GOOD | {"last_game_day": "2026-11-01"})
    assert entry(tmp_path, path).days_since == 23


# -- export ------------------------------------------------------------------------------------------


def test_no_cell_of_an_export_is_a_formula() -> None:
    flow = RegisteredFlow("=HYPERLINK(1)", source="+1", sink="-1", owners={"sync": "@x"}, contract="\tx")
    cells = [cell for row in csv.reader(io.StringIO(export_inventory([FlowRecord(flow)], "csv"))) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))] == []
    assert "'=HYPERLINK(1)" in cells


@rows("form", ["csv", "yaml"])
def test_an_export_is_a_registry_itself(tmp_path: Path, form: str) -> None:
    flow = RegisteredFlow(
        "=odd, 'name'",
        source="a",
        sink="b",
        owners={"sync": "s", "source": "o", "sink": "i", "platform": "p"},
        revenue_exposure_per_day=Decimal("0.10"),
        currency="KWD",
        frequency="daily",
        impact_class="low",
        contract="c",
        contract_version="1.10",
        last_game_day=TODAY,
        detection=87.5,
    )
    path = tmp_path / f"flows.{form}"
    path.write_text(export_inventory([FlowRecord(flow, flow.last_game_day)], form))
    read = read_flows(path)
    assert (read.violations, [msgspec.structs.replace(each, line=0) for each in read.flows]) == ((), [flow])


def test_json_has_the_scores_of_each_stack(recorded: Callable[..., Path]) -> None:
    (found,) = json.loads(export_inventory([entry(recorded().parent)], "json"))
    assert [each["stack"] for each in found["stacks"]] == ["durable"]
    assert set(COLUMNS) < set(found)


# -- the command -------------------------------------------------------------------------------------


def call(*arguments: str) -> Any:
    return CliRunner().invoke(inventory, arguments, catch_exceptions=False, standalone_mode=False, **AS_BELOW_GAMEDAY)


def configured(folder: Path, *rows: dict[str, Any]) -> str:
    as_yaml(folder, *rows)
    path = folder / "gameday.toml"
    path.write_text('[flows]\nfile = "flows.yaml"\n')
    return str(path)


def test_the_registry_of_the_configuration_is_shown(tmp_path: Path) -> None:
    result = call("--config", configured(tmp_path, GOOD | {"flow": "mine[red]"}))
    assert "mine[red]" in result.stdout
    assert result.return_value == 0


def test_an_error_fails_the_check_and_names_file_and_line(tmp_path: Path) -> None:
    result = call("--check", "--config", configured(tmp_path, GOOD | {"currency": "XXQ"}))
    assert result.return_value == 1
    assert "flows.yaml:10: error: currency: 'XXQ' is not a currency" in result.stdout


def test_a_flow_that_was_never_exercised_is_only_a_warning(tmp_path: Path) -> None:
    result = call("--check", "--config", configured(tmp_path, GOOD))
    assert result.return_value == 0
    assert "was never exercised" in result.stdout


def test_an_export_prints_only_the_export(tmp_path: Path) -> None:
    result = call("--export", "json", "--config", configured(tmp_path, GOOD))
    assert json.loads(result.stdout)[0]["flow"] == FLOW


def test_what_one_parser_of_yaml_accepts_all_do(tmp_path: Path) -> None:
    path = as_yaml(tmp_path, GOOD)
    path.write_text(path.read_text().replace("flow: ", "flow:\t", 1))
    assert read_flows(path).flows[0].flow == FLOW
