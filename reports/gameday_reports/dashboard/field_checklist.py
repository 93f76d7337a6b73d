"""The field's checklist of a sync that is ready for incidents: each item is measured, or asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from gameday.contracts.flows import OWNER_COLUMNS, FlowRegistry, RegisteredFlow
from gameday.model.contract import Contract
from gameday.scoring.exception_paths import lacking_exceptions
from gameday_reports.dashboard.comparison import ScenarioRuns, last_day
from gameday_reports.dashboard.portfolio import QUARTER
from gameday_reports.dashboard.readiness import Item, counted
from gameday_reports.dashboard.runs import SCHEMA_FAULTS
from gameday_reports.dashboard.summaries import RunSummary
from gameday_reports.formats import plural

#: How many flows, by revenue, need a contract first.
TOP_FLOWS = 10
#: Faults that a sync survives only with retries, dead letters and idempotent writes.
_REPEATED = frozenset({"duplicate delivery", "reply lost after commit", "server errors", "record lock", "rate limit"})
_LATENCY = frozenset({"slow replies", "slow connection", "narrow bandwidth"})
#: What no run and no registry shows.
ASKED = (
    "Lineage: for any order, somebody can name the deal, the event and the write that it came from.",
    "Smoke tests run after each deploy, and a canary carries a share of the deals first.",
    "Each flow has a runbook, and it was followed in a game day.",
)


def field_checklist(
    scenarios: Sequence[ScenarioRuns], registry: FlowRegistry, contracts: Mapping[str, Contract], now: datetime
) -> list[Item]:
    """The items that can be measured; those of ``ASKED`` cannot."""
    flows = registry.flows
    latest = [run for each in scenarios for stack in each.stacks if (runs := each.of(stack)) for run in last_day(runs)]
    recent = [run for each in scenarios for run in each.all if now - run.started <= QUARTER and run.effective]
    return [*_registry(flows, contracts), *_runs(latest, recent)]


def _registry(flows: Sequence[RegisteredFlow], contracts: Mapping[str, Contract]) -> Iterator[Item]:
    of, noun = len(flows), "flows"
    owned = sum(set(OWNER_COLUMNS.values()) <= set(flow.owners) for flow in flows)
    yield counted("The inventory names the owner of sync, source, sink and platform", owned, of, noun)
    whole = sum(not flow.undefined for flow in flows)
    yield counted("Each owner has a fallback; on-call, trigger, exception route and QA are named", whole, of, noun)
    handled = sum(not lacking_exceptions(flow) for flow in flows)
    yield counted("Each kind of error has a path, and an escalation ladder says who is called next", handled, of, noun)
    rated = sum(bool(flow.revenue_exposure_per_day and flow.frequency and flow.impact_class) for flow in flows)
    yield counted("Flows are classified by revenue, frequency and impact", rated, of, noun)
    top = sorted(flows, key=lambda flow: flow.revenue_exposure_per_day or Decimal(0), reverse=True)[:TOP_FLOWS]
    agreed = [contracts[flow.contract] for flow in top if flow.contract in contracts]
    text = f"The {TOP_FLOWS} flows with most revenue have contracts"
    yield counted(text, len(agreed), len(top), noun)
    versions = {name: contract.version for name, contract in contracts.items()}
    current = sum(versions.get(flow.contract) == flow.contract_version for flow in top)
    yield counted("The registry names the contract's present version", current, len(top), noun)
    safe = sum(bool(contract.idempotency_key) for contract in agreed)
    yield counted("The contract names an idempotency key", safe, len(agreed), "contracts")


def _runs(latest: Sequence[RunSummary], recent: Sequence[RunSummary]) -> Iterator[Item]:
    repeated = [run for run in latest if _has(run, _REPEATED)]
    yield counted(
        "Retries, dead letters and idempotent writes hold: locks, errors and repeated events passed",
        sum(run.word == "passed" for run in repeated),
        len(repeated),
        "runs",
    )
    agree = sum(run.decided and not run.unreconciled for run in latest)
    yield counted("The ledgers were reconciled at the end of each latest run", agree, len(latest), "runs")
    affected = [run for run in latest if run.decided and run.affected and run.times is not None]
    in_time = sum(
        run.times.detect_s is not None and run.times.detect_s <= run.sla.detect_limit_s for run in affected if run.times
    )
    noun = "runs with affected orders"
    yield counted("Somebody was alerted within the contract's limit", in_time, len(affected), noun)
    for name, faults in (("schema change", SCHEMA_FAULTS), ("latency spike", _LATENCY)):
        ran = sum(_has(run, faults) for run in recent)
        text = f"A game day with a {name} took place in the last three months"
        yield Item(text, ("met" if ran else "not met") if recent else "unknown", plural(ran, "run"))


def _has(run: RunSummary, faults: frozenset[str]) -> bool:
    return any(fault.rpartition(" (")[0] in faults for fault in run.faults)
