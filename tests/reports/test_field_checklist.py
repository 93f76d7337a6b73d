"""The field's checklist and the ownership matrix: measured from the registry and the runs, or asked for."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from gameday.contracts.exceptions import ExceptionPath, Rung
from gameday.contracts.flows import DUTY_COLUMNS, OWNER_COLUMNS, FlowRegistry, RegisteredFlow
from gameday.model.contract import Contract
from gameday_reports.dashboard import build
from gameday_reports.dashboard.field_checklist import field_checklist
from support import example_runs as examples

pytestmark = pytest.mark.usefixtures("judged_as_written")

ROLES = tuple(OWNER_COLUMNS.values())
WHOLE = RegisteredFlow(
    "f",
    owners=dict.fromkeys(ROLES, "us"),
    revenue_exposure_per_day=Decimal(9),
    currency="EUR",
    frequency="event",
    impact_class="critical",
    contract="c",
    contract_version="1.0.0",
    fallbacks=dict.fromkeys(ROLES, "them"),
    duties=dict.fromkeys(DUTY_COLUMNS, "as agreed"),
    exceptions=(
        ExceptionPath("other", "escalate", "sync", 600.0),
        ExceptionPath("price", "approve", "finance", 3600.0),
    ),
    ladder=(Rung("first", 0.0), Rung("<second>", 900.0)),
)
HANDLED = "Each kind of error has a path, and an escalation ladder says who is called next"
CONTRACTS = {"c": Contract("c", idempotency_key="externalId")}


def words(runs: Path, *flows: RegisteredFlow) -> dict[str, str]:
    items = field_checklist(examples.grouped(runs), FlowRegistry("", flows, ()), CONTRACTS, examples.NOW)
    return {item.text: item.word for item in items}


def test_a_registry_that_says_everything_meets_its_items(runs: Path) -> None:
    found = list(words(runs, WHOLE).values())
    assert found[:7] == ["met"] * 7


@pytest.mark.parametrize(
    ("lacking", "item"),
    [
        ({"owners": {"sync": "us"}}, "The inventory names the owner of sync, source, sink and platform"),
        ({"duties": {}}, "Each owner has a fallback; on-call, trigger, exception route and QA are named"),
        ({"fallbacks": {}}, "Each owner has a fallback; on-call, trigger, exception route and QA are named"),
        ({"exceptions": WHOLE.exceptions[1:]}, HANDLED),
        ({"ladder": WHOLE.ladder[:1]}, HANDLED),
        ({"frequency": ""}, "Flows are classified by revenue, frequency and impact"),
        ({"contract": "d"}, "The 10 flows with most revenue have contracts"),
        ({"contract_version": "0.9.0"}, "The registry names the contract's present version"),
    ],
)
def test_what_the_registry_lacks_is_not_met(runs: Path, lacking: dict[str, object], item: str) -> None:
    assert words(runs, msgspec.structs.replace(WHOLE, **lacking))[item] == "not met"


def test_without_a_registry_and_runs_everything_is_unknown(runs: Path) -> None:
    assert set(words(runs).values()) == {"unknown"}


def test_a_game_day_with_a_schema_change_is_measured_and_one_with_a_latency_spike_too(runs: Path) -> None:
    examples.record(runs)
    found = words(runs)
    assert found["A game day with a schema change took place in the last three months"] == "met"
    assert found["A game day with a latency spike took place in the last three months"] == "not met"


def test_repeated_events_have_to_have_passed(runs: Path) -> None:
    examples.record(runs, faults=["duplicate delivery"], word="failed")
    item = "Retries, dead letters and idempotent writes hold: locks, errors and repeated events passed"
    assert words(runs)[item] == "not met"


def test_the_ownership_page_names_fallbacks_and_what_is_missing(runs: Path) -> None:
    flow = msgspec.structs.replace(WHOLE, duties={"trigger": "<late>"}, fallbacks={"sync": "standby"})
    build(runs, runs.parent / "site", now=examples.NOW, registry=FlowRegistry("", (flow,), ()))
    page = (runs.parent / "site" / "ownership.html").read_text(encoding="utf-8")
    assert "fallback: <bdi>standby</bdi>" in page
    assert "&lt;late&gt;" in page
    assert "no fallback" in page
    assert "not named" in page


def test_the_ownership_page_says_what_becomes_of_errors_and_who_is_called_next(runs: Path) -> None:
    contracts = {"c": Contract("c", owners={"finance": "<money>"})}
    bare = msgspec.structs.replace(WHOLE, flow="g", exceptions=(), ladder=())
    registry = FlowRegistry("", (WHOLE, bare), ())
    build(runs, runs.parent / "site", now=examples.NOW, registry=registry, contracts=contracts)
    page = (runs.parent / "site" / "ownership.html").read_text(encoding="utf-8")
    assert ">Held until approved</td>" in page
    assert "Finance: <bdi>&lt;money&gt;</bdi></td>" in page
    assert "<bdi>&lt;second&gt;</bdi>, after 15 min without an answer" in page
    assert "no exception paths" in page
    assert "no escalation ladder" in page
