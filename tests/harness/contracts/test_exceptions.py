"""What becomes of each kind of error, by the registry of flows: read with its lines, checked against the contract."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from gameday.base.errors import GamedayError
from gameday.commands.inventory import inventory
from gameday.contracts.flows import RegisteredFlow, bundled_flows, read_flows
from gameday.model.contract import Contract, RetryPolicy, Sla
from gameday.model.handling import ExceptionPath, Rung
from gameday.scoring.exception_paths import KINDS, check_exceptions, path_of
from gameday.scoring.inventory import FlowRecord, check_inventory
from gameday.scoring.inventory_export import export_inventory
from support.commands import AS_BELOW_GAMEDAY
from support.rows import rows

ROW = {"flow": "f", "error": "price", "path": "approve", "to": "finance", "within": "4 h"}
RUNG = {"flow": "f", "after": "15 min", "who": "operations"}
LADDER = (Rung("first", 0.0), Rung("second", 60.0))


def registry(folder: Path, **keys: object) -> Path:
    path = folder / "flows.yaml"
    path.write_text(yaml.safe_dump({"flows": [{"flow": "f"}], **keys}, sort_keys=False))
    return path


def said(flow: RegisteredFlow, contract: Contract | None = None) -> list[str]:
    return [f"{each.level} {each.rule}: {each.message}" for each in check_exceptions(flow, contract, "p")]


def test_a_path_and_a_ladder_are_read_with_their_lines(tmp_path: Path) -> None:
    (flow,) = read_flows(registry(tmp_path, exceptions=[ROW], escalation=[{**RUNG, "after": "0 min"}, RUNG])).flows
    assert flow.exceptions == (ExceptionPath("price", "approve", "finance", 14400.0, 4),)
    assert [(rung.who, rung.after_s) for rung in flow.ladder] == [("operations", 0.0), ("operations", 900.0)]


@rows(
    ("key", "row", "message"),
    [
        ("exceptions", {**ROW, "flow": "g"}, "unknown flow 'g'; known: f"),
        ("exceptions", {**ROW, "path": "retri"}, "unknown path 'retri'; known: approve, escalate, retry"),
        ("exceptions", {**ROW, "to": "nobody"}, "unknown role 'nobody'"),
        ("exceptions", {**ROW, "within": "soon"}, "not a duration: 'soon'"),
        ("exceptions", {**ROW, "within": "0 s"}, "within: '0 s' must be greater than 0"),
        ("exceptions", {**ROW, "within": "-5 min"}, "not a duration"),
        ("exceptions", {**ROW, "within": "9999 days"}, "is too long"),
        ("escalation", {**RUNG, "flow": "g"}, "unknown flow 'g'; known: f"),
        ("escalation", {**RUNG, "after": "later"}, "not a duration: 'later'"),
    ],
)
def test_a_bad_value_is_a_problem_with_its_line(tmp_path: Path, key: str, row: dict[str, str], message: str) -> None:
    (found,) = [each for each in read_flows(registry(tmp_path, **{key: [row]})).violations if each.line == 4]
    assert message in found.message
    assert found.level == "error"


def test_a_second_path_of_one_error_is_a_problem_that_names_the_first(tmp_path: Path) -> None:
    violations = read_flows(registry(tmp_path, exceptions=[ROW, ROW])).violations
    assert ["'price' has a path already, on line 4" in each.message for each in violations][-1]


def test_a_rung_is_later_than_the_one_before(tmp_path: Path) -> None:
    violations = read_flows(registry(tmp_path, escalation=[RUNG, RUNG])).violations
    assert "after: '15 min' is not later than the rung on line 4" in violations[-1].message


@rows(
    ("keys", "message"),
    [
        ({"exceptions": {"price": "approve"}}, ":4: exceptions is not a list"),
        ({"exceptions": ["price"]}, ":4: exceptions: 'price' is not a row"),
        ({"exceptions": [{**ROW, "owner": "x"}]}, "unknown column 'owner'"),
        ({"exceptions": [{**ROW, "to": ["sync"]}]}, "to is not a text"),
        ({"exceptions": [{**ROW, "to": ""}]}, "a row without to"),
        ({"escalation": [{"flow": "f", "who": "x"}]}, "a row without after"),
        ({"escalation": "later"}, "escalation is not a list"),
        ({"exception": [ROW]}, "unknown key 'exception'"),
    ],
)
def test_what_is_no_row_is_refused(tmp_path: Path, keys: dict[str, object], message: str) -> None:
    with pytest.raises(GamedayError) as refused:
        read_flows(registry(tmp_path, **keys))
    assert message in str(refused.value)


def test_a_kind_of_error_that_gameday_does_not_know_is_refused_with_the_known() -> None:
    flow = RegisteredFlow("f", exceptions=(ExceptionPath("rate limits", "retry", "sync", 60.0),), ladder=LADDER)
    assert "error inventory.unknown-error: flow 'f': unknown kind of error 'rate limits'" in said(flow)[0]
    assert "did you mean 'rate limit'?" in said(flow)[0]


def test_kinds_without_a_path_are_named() -> None:
    flow = RegisteredFlow(
        "f", exceptions=tuple(ExceptionPath(kind, "escalate", "sync", 60.0) for kind in KINDS[2:]), ladder=LADDER
    )
    (found,) = said(flow)
    assert found.endswith(f"flow 'f' lacks exception paths for {KINDS[0]}, {KINDS[1]}")


def test_a_flow_that_says_nothing_is_one_warning() -> None:
    (found,) = said(RegisteredFlow("f"))
    expected = "flow 'f' lacks exception paths; an escalation ladder of at least 2 rungs"
    assert found == f"warning inventory.exceptions-incomplete: {expected}"


def test_the_path_of_all_others_is_that_of_a_kind_without_one() -> None:
    other = ExceptionPath("other", "escalate", "sync", 60.0)
    price = ExceptionPath("price", "approve", "finance", 60.0)
    flow = RegisteredFlow("f", exceptions=(other, price), ladder=LADDER)
    assert (path_of(flow, "price"), path_of(flow, "lock")) == (price, other)
    assert said(flow) == []


@rows("kind", ["price", "period", "credit", "legal hold"])
def test_what_only_finance_can_remove_is_not_retried(kind: str) -> None:
    own = RegisteredFlow("f", exceptions=(ExceptionPath(kind, "retry", "sync", 60.0),), ladder=LADDER)
    assert f"{kind!r} is retried, but only finance can remove it" in said(own)[0]
    hidden = RegisteredFlow("f", exceptions=(ExceptionPath("other", "retry", "sync", 60.0),), ladder=LADDER)
    assert said(hidden)[-1].endswith(
        "lacks paths to finance for period, price, credit, legal hold, which no retry removes"
    )


@rows(
    ("contract", "message"),
    [
        (Contract("c", retry=RetryPolicy(max_attempts=1)), "but the contract allows no second attempt"),
        (Contract("c", sla=Sla(detect_limit_s=600)), "15 min before anybody is called, but the contract asks for an "
         "alert within 10 min"),
    ],
)  # fmt: skip
def test_a_retry_that_the_contract_does_not_allow_is_named(contract: Contract, message: str) -> None:
    path = ExceptionPath("lock", "retry", "sync", 900.0)
    escalated = ExceptionPath("other", "escalate", "sync", 900.0)
    flow = RegisteredFlow("f", exceptions=(path, escalated), ladder=LADDER)
    assert message in said(flow, contract)[0]
    assert said(flow, Contract("c")) == []
    assert said(RegisteredFlow("f", exceptions=(escalated,), ladder=LADDER), contract) == []


def test_the_bundled_flow_says_what_becomes_of_every_error() -> None:
    (flow,) = read_flows(bundled_flows()).flows
    assert said(flow) == []


def test_the_check_shows_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry(tmp_path, exceptions=[ROW])
    (tmp_path / "gameday.toml").write_text('[flows]\nfile = "flows.yaml"\n')
    monkeypatch.chdir(tmp_path)
    lines = CliRunner().invoke(inventory, ["--check"], **AS_BELOW_GAMEDAY).output.splitlines()
    assert any("lacks exception paths for lock, permission" in line for line in lines)


def test_an_exported_registry_is_read_again_with_its_paths(tmp_path: Path) -> None:
    flows = read_flows(bundled_flows())
    path = tmp_path / "flows.yaml"
    path.write_text(export_inventory([FlowRecord(flow) for flow in flows.flows], "yaml"))
    (first,), (again,) = flows.flows, read_flows(path).flows
    assert [(each.error, each.within_s) for each in again.exceptions] == [
        (each.error, each.within_s) for each in first.exceptions
    ]
    assert [rung.after_s for rung in again.ladder] == [0.0, 900.0, 1800.0]


def test_the_check_of_an_inventory_has_the_problems_of_exceptions(tmp_path: Path) -> None:
    flows = read_flows(registry(tmp_path, exceptions=[{**ROW, "error": "prize"}]))
    found = check_inventory(flows, [FlowRecord(flow) for flow in flows.flows], {})
    assert ("inventory.unknown-error", 4) in [(each.rule, each.line) for each in found]
