"""The field's checklist and the ownership matrix: measured from the registry and the runs, or asked for."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from gameday.contracts.flows import DUTY_COLUMNS, OWNER_COLUMNS, FlowRegistry, RegisteredFlow
from gameday.model.contract import Contract, Field
from gameday.model.handling import ExceptionPath, Rung
from gameday_reports.dashboard import build
from gameday_reports.dashboard.field_checklist import field_checklist
from gameday_reports.dashboard.readiness import Item
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
_FIELDS = (Field("id", "string", required=True),)
CONTRACTS = {"c": Contract("c", idempotency_key="externalId", crm_fields=_FIELDS, erp_fields=_FIELDS)}
RUNBOOK = "Each flow has a runbook, which is there"
TEMPLATE = "Each flow has a template for postmortems, which is there"
CANARY = "It is stated how a change is tried with a share of the deals first (canary)"
LINEAGE = "Order and invoice of each deal can be traced by one id (the expectation “lineage”)"
SMOKE = "A scenario without any fault passed in the last 30 days (smoke test)"


def words(runs: Path, *flows: RegisteredFlow) -> dict[str, str]:
    return {text: item.word for text, item in items(runs, *flows).items()}


def items(runs: Path, *flows: RegisteredFlow) -> dict[str, Item]:
    registry = FlowRegistry(str(runs.parent / "flows.yaml"), flows, ())
    return {item.text: item for item in field_checklist(examples.grouped(runs), registry, CONTRACTS, examples.NOW)}


def test_a_registry_that_says_everything_meets_its_items(runs: Path) -> None:
    found = list(words(runs, WHOLE).values())
    assert found[:8] == ["met"] * 8


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


def test_a_runbook_and_a_template_have_to_be_there_and_a_canary_has_to_be_stated(runs: Path) -> None:
    (runs.parent / "books").mkdir()
    (runs.parent / "books" / "deals.md").write_text("Stop the sync first.")
    (runs.parent / "empty.md").touch()
    ready = {"runbook": "books/deals.md", "postmortem_template": "books/deals.md", "canary": "5% for an hour"}
    flow = msgspec.structs.replace(WHOLE, prepared=ready)
    assert [words(runs, flow)[each] for each in (RUNBOOK, TEMPLATE, CANARY)] == ["met"] * 3
    assert [words(runs, WHOLE)[each] for each in (RUNBOOK, TEMPLATE, CANARY)] == ["not met"] * 3
    for named in ("books", "empty.md", "none.md", "n" * 300 + ".md", "a\0b", "/dev/null"):
        assert words(runs, msgspec.structs.replace(WHOLE, prepared={"runbook": named}))[RUNBOOK] == "not met", named


def test_an_address_of_a_runbook_is_linked_and_not_believed(runs: Path) -> None:
    flow = msgspec.structs.replace(WHOLE, prepared={"runbook": "https://wiki.example/deals"})
    found = items(runs, flow)[RUNBOOK]
    assert (found.word, found.figure) == ("unknown", "0 of 1 flow; 1 address not looked at")
    assert found.evidence[-1] == ("https://wiki.example/deals", "https://wiki.example/deals")
    assert items(runs, flow, WHOLE)[RUNBOOK].word == "not met"
    unsafe = msgspec.structs.replace(WHOLE, prepared={"runbook": "javascript:alert(1)"})
    assert all(not each.link.startswith("java") for each in items(runs, unsafe)[RUNBOOK].evidence)


def test_lineage_is_measured_where_a_run_expects_it(runs: Path) -> None:
    examples.record(runs)
    assert words(runs)[LINEAGE] == "unknown"
    traced = examples.record(
        runs, scenario="Traced", digests=("rubric00", "c", "traced"), verdicts={"lineage": "passed"}
    )
    found = items(runs)[LINEAGE]
    assert (found.word, found.figure) == ("met", "1 of 1 run that expects it")
    assert [(each.text, traced.name in each.link) for each in found.evidence] == [("Traced, durable", True)]
    examples.record(runs, scenario="Lost", digests=("rubric00", "c", "lost"), verdicts={"lineage": "failed"})
    found = items(runs)[LINEAGE]
    assert found.word == "not met"
    assert [each.text for each in found.evidence] == ["Lost, durable"]


def test_each_stack_needs_a_recent_scenario_without_fault_that_passed(runs: Path) -> None:
    examples.record(runs)
    fair = {"scenario": "Fair weather", "faults": (), "digests": ("rubric00", "c", "fair")}
    examples.record(runs, started="2026-01-09T08:00:00+00:00", **fair)  # type: ignore[arg-type]
    examples.record(runs, started="2026-03-08T08:00:00+00:00", word="inconclusive", **fair)  # type: ignore[arg-type]
    assert words(runs)[SMOKE] == "not met"
    examples.record(runs, **fair)  # type: ignore[arg-type]
    assert words(runs)[SMOKE] == "met"
    examples.record(runs, stack="brittle")
    assert items(runs)[SMOKE].figure == "1 of 2 stacks"


def test_every_measured_item_links_its_evidence_to_a_place_that_exists(runs: Path) -> None:
    examples.record_set(runs)
    site = runs.parent / "site"
    build(runs, site, now=examples.NOW, registry=FlowRegistry("", (WHOLE,), ()), contracts=CONTRACTS)
    page = (site / "readiness.html").read_text(encoding="utf-8")
    measured = re.findall(r"<li><span class=.state-(?:met|not-met).*?</li>", page[page.index('id="field"') :])
    assert len(measured) > 10
    for line in measured:
        links = re.findall(r'<a href="([^"]+)">', line)
        assert links or "0 of" in line or "0 runs" in line, line
        for link in links:
            name, _, anchor = link.partition("#")
            assert (site / name).is_file(), link
            assert not anchor or f'id="{anchor}"' in (site / name).read_text(encoding="utf-8"), link


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
