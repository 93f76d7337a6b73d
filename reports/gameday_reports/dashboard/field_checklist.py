"""The field's checklist of a sync that is ready for incidents: each item is measured, with evidence, or asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from gameday.base.counts import plural
from gameday.contracts.flows import OWNER_COLUMNS, FlowRegistry, RegisteredFlow
from gameday.model.contract import Contract
from gameday.scoring.exception_paths import lacking_exceptions
from gameday_reports.dashboard.comparison import ScenarioRuns, last_day
from gameday_reports.dashboard.portfolio import QUARTER
from gameday_reports.dashboard.prepared import Prepared, prepared
from gameday_reports.dashboard.readiness import AFFECTED, FRESH, Evidence, Item, counted
from gameday_reports.dashboard.runs import SCHEMA_FAULTS
from gameday_reports.dashboard.summaries import RunSummary

#: How many flows, by revenue, need a contract first.
TOP_FLOWS = 10
#: How many runs a line links.
LINKED = 3
#: Faults that a sync survives only with retries, dead letters and idempotent writes.
_REPEATED = frozenset({"duplicate delivery", "reply lost after commit", "server errors", "record lock", "rate limit"})
_LATENCY = frozenset({"slow replies", "slow connection", "narrow bandwidth"})
#: What no run and no registry shows.
ASKED = (
    "Somebody can name the deal, the event and the write that any order came from.",
    "Smoke tests run after each deploy, and what they find stops it.",
    "A canary carries a share of the deals for as long as its late failures take to show.",
    "The runbook of each flow was followed in a game day.",
    "The last real incident has a postmortem that was written from the template.",
)
_MATRIX = (Evidence("ownership matrix", "ownership.html#matrix"),)
_DUTIES = (Evidence("on-call, trigger, routes", "ownership.html#escalation"),)
_CLASSES = (Evidence("classification and contracts", "ownership.html#classification"),)
_PREPARED = (Evidence("what is prepared", "ownership.html#prepared"),)


def field_checklist(
    scenarios: Sequence[ScenarioRuns],
    registry: FlowRegistry,
    contracts: Mapping[str, Contract],
    now: datetime,
    site: Path = Path(),
) -> list[Item]:
    """The items that can be measured; those of ``ASKED`` cannot. Links lead from pages in ``site``."""
    latest = [run for each in scenarios for stack in each.stacks if (runs := each.of(stack)) for run in last_day(runs)]
    everything = [run for each in scenarios for run in each.all]
    recent = [run for run in everything if now - run.started <= QUARTER and run.effective]
    fresh = [run for run in everything if now - run.started <= FRESH]
    return [
        *_registry(registry.flows, contracts),
        *_prepared([prepared(flow, registry, site) for flow in registry.flows]),
        *_runs(latest, recent),
        _smoke(sorted({run.stack for run in everything}), fresh),
    ]


def _registry(flows: Sequence[RegisteredFlow], contracts: Mapping[str, Contract]) -> Iterator[Item]:
    of, noun = len(flows), "flow"
    owned = sum(set(OWNER_COLUMNS.values()) <= set(flow.owners) for flow in flows)
    yield counted("The inventory names the owner of sync, source, sink and platform", owned, of, noun, evidence=_MATRIX)
    whole = sum(not flow.undefined for flow in flows)
    text = "Each owner has a fallback; on-call, trigger, exception route and QA are named"
    yield counted(text, whole, of, noun, evidence=(*_MATRIX, *_DUTIES))
    lacking = [number for number, flow in enumerate(flows, start=1) if lacking_exceptions(flow)]
    shown = (lacking or range(1, of + 1))[:LINKED]
    paths = tuple(Evidence(f"errors of {flows[n - 1].flow}", f"ownership.html#errors-{n}") for n in shown)
    text = "Each kind of error has a path, and an escalation ladder says who is called next"
    yield counted(text, of - len(lacking), of, noun, evidence=paths)
    rated = sum(bool(flow.revenue_exposure_per_day and flow.frequency and flow.impact_class) for flow in flows)
    yield counted("Flows are classified by revenue, frequency and impact", rated, of, noun, evidence=_CLASSES)
    top = sorted(flows, key=lambda flow: flow.revenue_exposure_per_day or Decimal(0), reverse=True)[:TOP_FLOWS]
    agreed = [contracts[flow.contract] for flow in top if flow.contract in contracts]
    yield counted(
        f"The {TOP_FLOWS} flows with most revenue have contracts", len(agreed), len(top), noun, evidence=_CLASSES
    )
    typed = sum(_validates(contract) for contract in agreed)
    text = "The contract types the fields of both sides, and says which are required"
    yield counted(text, typed, len(agreed), "contract", evidence=_CLASSES)
    versions = {name: contract.version for name, contract in contracts.items()}
    current = sum(versions.get(flow.contract) == flow.contract_version for flow in top)
    yield counted("The registry names the contract's present version", current, len(top), noun, evidence=_CLASSES)
    safe = sum(bool(contract.idempotency_key) for contract in agreed)
    yield counted("The contract names an idempotency key", safe, len(agreed), "contract", evidence=_CLASSES)


def _validates(contract: Contract) -> bool:
    return all(any(field.required for field in fields) for fields in (contract.crm_fields, contract.erp_fields))


def _prepared(flows: Sequence[Mapping[str, Prepared]]) -> Iterator[Item]:
    """What the registry says is prepared. A file is looked for; what an address leads to is not known."""
    yield _named("Each flow has a runbook, which is there", "runbook", flows)
    yield _named("Each flow has a template for postmortems, which is there", "postmortem_template", flows)
    stated = sum("canary" in flow for flow in flows)
    text = "It is stated how a change is tried with a share of the deals first (canary)"
    yield counted(text, stated, len(flows), "flow", evidence=_PREPARED)


def _named(text: str, column: str, flows: Sequence[Mapping[str, Prepared]]) -> Item:
    states = [flow[column].state if column in flow else "missing" for flow in flows]
    links = tuple(Evidence(each.text, each.link) for flow in flows if (each := flow.get(column)) and each.link)
    item = counted(text, states.count("there"), len(flows), "flow", evidence=(*_PREPARED, *links[:LINKED]))
    addresses = states.count("an address")
    if not addresses:
        return item
    figure = f"{item.figure}; {plural(addresses, 'address', 'addresses')} not looked at"
    return item._replace(word="not met" if "missing" in states else "unknown", figure=figure)


def _runs(latest: Sequence[RunSummary], recent: Sequence[RunSummary]) -> Iterator[Item]:
    yield _held(
        "Retries, dead letters and idempotent writes hold: locks, errors and repeated events passed",
        [run for run in latest if _has(run, _REPEATED)],
        lambda run: run.word == "passed",
    )
    yield _held(
        "The ledgers were reconciled at the end of each latest run",
        latest,
        lambda run: run.decided and not run.unreconciled,
    )
    yield _held(
        "Order and invoice of each deal can be traced by one id (the expectation “lineage”)",
        [run for run in latest if "lineage" in run.verdicts],
        lambda run: run.verdicts["lineage"] == "passed",
        "run that expects it",
        "runs that expect it",
    )
    yield _held(
        "Somebody was alerted within the contract's limit",
        [run for run in latest if run.decided and run.affected and run.times is not None],
        _alerted,
        *AFFECTED,
    )
    for name, faults in (("schema change", SCHEMA_FAULTS), ("latency spike", _LATENCY)):
        ran = [run for run in recent if _has(run, faults)]
        text = f"A game day with a {name} took place in the last three months"
        yield Item(text, ("met" if ran else "not met") if recent else "unknown", plural(len(ran), "run"), _linked(ran))


def _smoke(stacks: Sequence[str], fresh: Sequence[RunSummary]) -> Item:
    """Whether each stack passed a scenario without any fault: without one, a fault shows nothing."""
    passed = [run for run in fresh if not run.faults and run.word == "passed"]
    text = f"A scenario without any fault passed in the last {FRESH.days} days (smoke test)"
    return counted(text, len({run.stack for run in passed}), len(stacks), "stack", evidence=_linked(passed))


def _held(
    text: str,
    runs: Sequence[RunSummary],
    holds: Callable[[RunSummary], bool],
    noun: str = "run",
    several: str = "",
) -> Item:
    """A line that is met if it holds in all of these runs."""
    without = [run for run in runs if not holds(run)]
    return counted(text, len(runs) - len(without), len(runs), noun, several, _linked(without or runs))


def _alerted(run: RunSummary) -> bool:
    detect_s = run.times.detect_s if run.times else None
    return detect_s is not None and detect_s <= run.sla.detect_limit_s


def _linked(runs: Iterable[RunSummary]) -> tuple[Evidence, ...]:
    """The newest of these runs, each with its postmortem."""
    newest = sorted(runs, key=lambda run: run.order, reverse=True)[:LINKED]
    return tuple(Evidence(f"{run.scenario}, {run.stack}", run.link) for run in newest)


def _has(run: RunSummary, faults: frozenset[str]) -> bool:
    return any(fault.rpartition(" (")[0] in faults for fault in run.faults)
