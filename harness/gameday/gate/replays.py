"""The stages that need a stack: the replay, the comparison of the ledgers, the smoke deal."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any

import msgspec

from gameday.analysis.reconcile import reconcile
from gameday.base.violation import Violation
from gameday.config.gameday_toml import StackTable
from gameday.gate.contracts import Located, ShapeChange
from gameday.gate.findings import deltas_to_crm, reasons_of, violations_of
from gameday.gate.ledgers import Booked, Comparison, booked, compare
from gameday.gate.replay import Replayed, replay
from gameday.gate.request import AMENDED, SMOKE_PACE, Request, matched
from gameday.model.checker import Case
from gameday.model.contract import Contract
from gameday.model.gate_verdict import Stage, state_of
from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import Workload, workloads
from gameday.run.environment import Shape
from gameday.run.runner import first_error
from gameday.workloads.arrivals import ArrivalParams
from gameday.workloads.recorded_deals import RecordedDeals, deals_of_records, fields_of

#: How many of the records that are no deal are named.
NAMED = 20


class Replays(msgspec.Struct, frozen=True):
    """What the stacks made of the same deals: the candidate, and the current one twice, if there is one."""

    deals: RecordedDeals
    candidate: Replayed
    current: tuple[Replayed, ...] = ()


def make_deals(request: Request, records: Sequence[tuple[int, bytes]]) -> RecordedDeals:
    """The sample as business operations; a tenth of the deals is amended once it has arrived."""
    located = [request.candidate_contract, *([request.base] if request.base else [])]
    fields = fields_of(*(each.contract.crm_fields for each in located))
    spec = WorkloadSpec("recorded deals", max(1, len(records)), 60.0)
    params = ArrivalParams(amended=AMENDED)
    return deals_of_records(records, fields, spec, params, request.seed, where=request.records.name)


def run_replays(request: Request, deals: RecordedDeals, shape: Sequence[ShapeChange]) -> tuple[Stage, Replays | None]:
    """Replay the deals through the candidate, then through the current stack twice, under the base contract."""
    workload, contract = deals.workload, request.contract()
    [candidate] = _all([_replay(request, workload, contract, request.candidate, "candidate", shape=shape)])
    skipped = _skipped(request, deals)
    figures = {"deals": candidate.deals, "tried": candidate.tried, "candidate_s": round(candidate.took_s, 1)}
    failed = _failed(candidate, request.candidate.name, request.candidate_contract, shape)
    if failed and candidate.overloaded:
        return Stage(
            "replay", "inconclusive", f"{failed[0].message}, but {candidate.overloaded}", figures=figures
        ), None
    if failed:
        return Stage("replay", "failed", failed[0].message, (*failed, *skipped), figures), None
    runs: tuple[Replayed, ...] = ()
    if request.current is not None:
        base = matched((request.base or request.candidate_contract).contract, request.current)
        # Side by side: one replay alone leaves a core idle.
        runs = _all(_replay(request, workload, base, request.current, name) for name in ("current-1", "current-2"))
        if any(run.stall or run.ended for run in runs):
            why = f"the current stack {request.current.name!r} itself does not take these deals"
            return Stage("replay", "inconclusive", why, skipped, figures), None
    through = f"{candidate.tried:,} deals went through {request.candidate.name!r}"
    if runs and request.current is not None:
        through += f", and twice through {request.current.name!r}"
    notes = (*skipped, *_unshaped(candidate, shape))
    return Stage("replay", "passed", through, notes, figures), Replays(deals, candidate, runs)


def compare_ledgers(request: Request, replays: Replays, shape: Sequence[ShapeChange]) -> Stage:
    """The candidate's ERP ledger against the current one's, or without one against the CRM's own."""
    candidate, contract = replays.candidate, request.candidate_contract
    if request.current is None:
        found, sides = _against_crm(request, candidate), ("the CRM", "the ERP")
        neither: tuple[Violation, ...] = ()
    else:
        base = matched((request.base or contract).contract, request.current)
        ours, again = (_booked(base, each) for each in replays.current)
        theirs = _booked(request.contract(), candidate)
        found = compare(ours, theirs, contract.contract.tolerance, again=again, ignore=request.ignore)
        sides = (request.current.name, request.candidate.name)
        neither = _in_neither(ours, theirs)
    reasons = reasons_of(candidate.books.dead_letters)
    violations = violations_of(
        found.found, contract, compared=found.compared, sides=sides, shape=shape, reasons=reasons
    )
    violations = (*violations, *request.ignore.violations(), *neither, *_told(found, request))
    orders = len({delta.key for delta in found.found})
    summary = f"{found.compared:,} orders of {sides[0]} and {sides[1]} agree"
    if orders:
        summary = f"{orders:,} of {found.compared:,} orders differ between {sides[0]} and {sides[1]}"
    elif request.ignore.expired:
        summary += f", but {len(request.ignore.expired)} of the ignored paths have expired"
    figures = {"compared": found.compared, "differ": orders, "noise": found.noise, "ignored": found.ignored}
    state = state_of(violations)
    host_load = next((run.overloaded for run in (candidate, *replays.current) if run.overloaded), "")
    if host_load and {delta.path for delta in found.found} <= {"order", "invoice"} and orders:
        # Only what is missing may be late; no busy machine makes a wrong amount.
        return Stage("ledgers", "inconclusive", f"{summary}, but {host_load}", violations, figures)
    return Stage("ledgers", state, summary, violations, figures)


def smoke_deal(request: Request, shape: Sequence[ShapeChange]) -> Stage:
    """One known deal has to arrive within the contract's SLA."""
    workload = workloads["closed won"](WorkloadSpec("closed won", 1, 60.0), 1)
    contract = request.contract()
    [done] = _all([_replay(request, workload, contract, request.candidate, "smoke", shape=shape, pace=SMOKE_PACE)])
    outcome = reconcile(_case(done, contract)).outcomes[0]
    limit = f"{contract.sla.latency_s:g} s"
    if outcome.state == "ok" and outcome.ordered_s is not None:
        took_s = outcome.ordered_s - outcome.closed_s
        figures = {"took_s": round(took_s, 1), "limit_s": contract.sla.latency_s}
        return Stage("smoke deal", "passed", f"one right order after {took_s:.1f} s, of {limit}", figures=figures)
    rule = "smoke.late" if outcome.state == "late" else "smoke.not-arrived"
    summary = f"the smoke deal is {outcome.state} in the ERP after {limit}"
    if done.overloaded:
        return Stage("smoke deal", "inconclusive", f"{summary}, but {done.overloaded}")
    place = request.candidate_contract.place("crm")
    owner = request.candidate_contract.contract.owner
    violation = Violation(rule, "error", summary, place.path, place.line, (outcome.key,), (owner,))
    return Stage("smoke deal", "failed", summary, (violation,))


def _all(replays: Iterable[Coroutine[Any, Any, Replayed]]) -> tuple[Replayed, ...]:
    """Carry out replays side by side. Raises RunError where of one nothing can be known."""

    async def together() -> tuple[Replayed, ...]:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(each) for each in replays]
        return tuple(task.result() for task in running)

    try:
        return asyncio.run(together())
    except BaseExceptionGroup as several:
        raise first_error(several) from several


async def _replay(
    request: Request,
    workload: Workload,
    contract: Contract,
    table: StackTable,
    name: str,
    *,
    shape: Sequence[ShapeChange] = (),
    pace: float = 0.0,
) -> Replayed:
    """One replay in a folder of its own."""
    return await replay(
        workload,
        flow=request.flow,
        contract=contract,
        table=table,
        config=request.config,
        folder=request.folder / name,
        seed=request.seed,
        pace=pace or request.pace,
        shape=shape_rules(shape),
    )


def shape_rules(shape: Sequence[ShapeChange]) -> Shape:
    """The faults that make the fakes' schemas those of the candidate contract, by role and id."""
    rules: dict[str, dict[str, dict[str, str]]] = {}
    for number, change in enumerate(shape):
        if change.side == "crm":
            thing, _, field = change.field.rpartition(".")
            hit = {"object": thing.rpartition(".")[2], "field": field}
        else:
            thing, _, field = change.field.partition(".")
            hit = {"record": thing, "field": field}
        if change.new_name:
            hit = {"kind": "rename_field", **hit, "new_name": change.new_name}
        else:
            hit = {"kind": "hide_field", **hit}
        rules.setdefault(change.side, {})[_key(number)] = hit
    return rules


def _key(number: int) -> str:
    return f"shape-{number}"


def _failed(done: Replayed, stack: str, contract: Located, shape: Sequence[ShapeChange]) -> tuple[Violation, ...]:
    """Why a replay says nothing good of its stack, whatever the ledgers hold."""
    place = shape[0].place if shape else contract.place("crm")
    why = f"; the contract {' and '.join(change.words for change in shape)}" if shape else ""
    says = "".join(f"; the stack says: {reason}" for reason in reasons_of(done.books.dead_letters)[:1])
    owners = (contract.contract.owner,)
    if done.ended:
        message = f"stack {stack!r} ended by itself with {done.ended}, after {done.tried:,} of {done.deals:,} deals"
        return (Violation("replay.stack-ended", "error", message + why, place.path, place.line, owners=owners),)
    if done.stall:
        taken = sum(1 for entry in done.books.erp.entries if entry.state == "open")
        message = f"stack {stack!r} came to a standstill: {taken:,} orders of the first {done.tried:,} deals"
        return (Violation("replay.standstill", "error", message + why + says, place.path, place.line, owners=owners),)
    return ()


def _skipped(request: Request, deals: RecordedDeals) -> tuple[Violation, ...]:
    return tuple(
        Violation("replay.record-skipped", "warning", f"not replayed: {why}", request.records.name, line)
        for line, why in deals.skipped[:NAMED]
    )


def _unshaped(done: Replayed, shape: Sequence[ShapeChange]) -> tuple[Violation, ...]:
    """Changes of the contract that the fake cannot play: nothing is known of them."""
    return tuple(
        Violation(
            "replay.not-played",
            "warning",
            f"the contract {change.words}, which the fake {change.side.upper()} cannot play: {done.unshaped[key]}",
            change.place.path,
            change.place.line,
        )
        for key, change in ((_key(number), change) for number, change in enumerate(shape))
        if key in done.unshaped
    )


def _booked(contract: Contract, done: Replayed) -> Booked:
    names = {field.physical_name.rpartition(".")[2] for field in contract.erp_fields}
    return booked(done.books.crm, done.books.erp, contract.match, names)


def _case(done: Replayed, contract: Contract) -> Case:
    books = done.books
    return Case(done.scenario, contract, done.history, books.crm, books.erp, contract.match, books.dead_letters)


def _against_crm(request: Request, done: Replayed) -> Comparison:
    found, ignored = [], dict[str, int]()
    for delta in deltas_to_crm(_case(done, request.contract())):
        if request.ignore.find(delta.path) is None:
            found.append(delta)
        else:
            ignored[delta.path] = ignored.get(delta.path, 0) + 1
    return Comparison(tuple(found), {}, ignored, len(done.books.crm.entries))


def _in_neither(ours: Booked, theirs: Booked) -> tuple[Violation, ...]:
    """Deals that neither stack has booked: equal, and proof of nothing."""
    orders = tuple(key for key, found in ours.orders.items() if not found and not theirs.orders.get(key))
    if not orders:
        return ()
    message = f"{len(orders):,} of {len(ours.orders):,} deals are in neither ledger: of them nothing is known"
    return (Violation("replay.in-neither", "warning", message, orders=orders),)


def _told(found: Comparison, request: Request) -> tuple[Violation, ...]:
    """What did not count, and why: noise, and what the ignore list covers."""
    notes = [
        Violation("replay.noise", "note", f"{path} differs {count:,} times between two runs of the current stack")
        for path, count in found.noise.items()
    ]
    for path, count in found.ignored.items():
        entry = request.ignore.find(path)
        if entry is not None:
            message = f"{path} differs {count:,} times and is ignored until {entry.expires}: {entry.reason}"
            place = request.ignore.path, entry.line
            notes.append(Violation("gate.ignored", "note", message, *place, owners=(entry.owner,)))
    return tuple(notes)
