"""The replay stage: the sampled records, as deals, go through the candidate and through the current stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from gameday.base.counts import out_of, plural
from gameday.base.violation import Violation
from gameday.config.stack_address import one_at_a_time
from gameday.gate.boundary_run import BoundaryRun
from gameday.gate.contracts import LocatedContract, SchemaChange
from gameday.gate.current_runs import FIRST, SECOND, CurrentRun, CurrentStack
from gameday.gate.erp_schema import unenforced
from gameday.gate.findings import reasons_of
from gameday.gate.replay import Replayed, replay, run_all
from gameday.gate.request import AMENDED, Request
from gameday.gate.schema import candidate_faults, fault_key
from gameday.gate.written import Judged, judge_writes, not_enforced
from gameday.model.gate_verdict import Stage
from gameday.model.scenario import WorkloadSpec
from gameday.records.deal_roles import fields_of
from gameday.workloads.arrivals import ArrivalParams
from gameday.workloads.recorded_deals import RecordedDeals, deals_of_records, further_fields_of

#: How many of the records that are not deals are listed.
LISTED = 20


class Replays(msgspec.Struct, frozen=True):
    """The same deals through the candidate and, if there is one, the current stack.

    ``again`` has them replayed once more through the current stack, which shows in what it differs from itself; it
    returns None if the stack does not take them, and raises RunError where it cannot be judged. ``written``: what the
    candidate wrote to the ERP, against the candidate contract. ``at_boundaries``: the violations by boundary records,
    which only the candidate takes.
    """

    deals: RecordedDeals
    candidate: Replayed
    current: CurrentRun | None = None
    again: Callable[[], CurrentRun | None] = lambda: None
    written: Judged = Judged()
    at_boundaries: tuple[Violation, ...] = ()


def make_deals(
    request: Request, records: Sequence[tuple[int, bytes]], moved: Mapping[str, str] | None = None
) -> RecordedDeals:
    """The sample as business operations; a tenth of the deals is amended once it has arrived.

    ``moved``: where the records have fields of the base contract.
    """
    places = moved or {}
    located = [request.candidate_contract, *([request.base] if request.base else [])]
    fields: dict[str, tuple[str, ...]] = {}
    for number, each in enumerate(located):
        for role, found in fields_of(each.contract.crm_fields).items():
            now = tuple(places.get(name, name) for name in found) if number else found
            fields[role] = tuple(dict.fromkeys((*fields.get(role, ()), *now)))
    # By the names that the organisation has: what a candidate renames has its new one only at the fakes.
    names = {field.physical_name for field in (request.base or request.candidate_contract).contract.crm_fields}
    for each in reversed(located):
        further = further_fields_of(each.contract)
        fields |= {
            role: tuple(places.get(name, name) for name in found)
            for role, found in further.items()
            if names.issuperset(found)
        }
    spec = WorkloadSpec("recorded deals", max(1, len(records)), 60.0)
    params = ArrivalParams(amended=AMENDED)
    return deals_of_records(records, fields, spec, params, request.seed, where=request.records.name)


def run_replays(
    request: Request, deals: RecordedDeals, changes: Sequence[SchemaChange]
) -> tuple[Stage, Replays | None]:
    """Replay the deals through the candidate and, beside it, through the current stack under the base contract."""
    workload, contract = deals.workload, request.contract()
    faults = candidate_faults(contract, changes, report=True)
    boundaries = BoundaryRun(request, deals, faults)
    tables = [request.candidate, *([request.current] if request.current else [])]
    current = CurrentStack(request, workload, request.current) if request.current else None
    # Side by side, for one alone leaves a core idle.
    [candidate] = run_all(
        [replay(request, workload, contract, request.candidate, "candidate", schema_faults=faults)],
        also=[boundaries.carry_out(), *([current.carry_out(FIRST)] if current else [])],
        apart=any(map(one_at_a_time, tables)),
    )
    skipped = _skipped(request, deals)
    figures: dict[str, Any] = {
        "deals": candidate.deals,
        "tried": candidate.tried,
        "candidate_s": round(candidate.took_s, 1),
    }
    written = judge_writes(candidate.history, candidate.ledgers.crm, request.candidate_contract, contract)
    figures["writes"] = written.writes
    failed = _failed(candidate, request.candidate.name, request.candidate_contract, changes)
    if failed and candidate.overloaded and not written.violations:
        return Stage(
            "replay", "inconclusive", f"{failed[0].message}, but {candidate.overloaded}", figures=figures
        ), None
    if failed:
        return Stage("replay", "failed", failed[0].message, (*failed, *written.violations, *skipped), figures), None
    figures |= boundaries.figures
    replays = Replays(deals, candidate, None, written=written, at_boundaries=boundaries.violations())
    if current is not None:
        run = current.replayed(FIRST)
        if run is None:
            return Stage("replay", "inconclusive", current.takes_none, skipped, figures), None
        replays = msgspec.structs.replace(replays, current=run, again=lambda: current.replayed(SECOND))
    through = f"{plural(candidate.tried, 'deal')} went through {request.candidate.name!r}"
    through += f", and {plural(boundaries.replayed, 'boundary record')}" if boundaries.replayed else ""
    if current is not None:
        through += f", and through {current.table.name!r}{', in an earlier gate' if current.was_kept else ''}"
    refused = unenforced(candidate.refused_schema_faults)
    not_played = (*_not_played(candidate, changes), *boundaries.not_played())
    notes = (*skipped, *not_played, *not_enforced(refused, request.candidate_contract))
    return Stage("replay", "passed", through, notes, figures), replays


def _failed(
    replayed: Replayed, stack: str, contract: LocatedContract, changes: Sequence[SchemaChange]
) -> tuple[Violation, ...]:
    """Why a stack fails the replay, whatever its ledgers hold."""
    place = changes[0].place if changes else contract.place("crm")
    why = f"; the contract {' and '.join(change.words for change in changes)}" if changes else ""
    reasons = "".join(f"; the stack's reason: {reason}" for reason in reasons_of(replayed.ledgers.dead_letters)[:1])
    owners = (contract.contract.owner,)
    if replayed.ended:
        progress = f"after {out_of(replayed.tried, replayed.deals, 'deal')}"
        message = f"stack {stack!r} ended by itself {progress}, with {replayed.ended}"
        return (Violation("replay.stack-ended", "error", message + why, place.path, place.line, owners=owners),)
    if replayed.stalled:
        others = {order.id for order in replayed.ledgers.erp.others}
        taken = sum(1 for each in replayed.ledgers.erp.entries if each.state == "open" and each.id not in others)
        message = f"stack {stack!r} stalled: {plural(taken, 'order')} for the first {plural(replayed.tried, 'deal')}"
        return (Violation("replay.stalled", "error", message + why + reasons, place.path, place.line, owners=owners),)
    return ()


def _skipped(request: Request, deals: RecordedDeals) -> tuple[Violation, ...]:
    return tuple(
        Violation("replay.record-skipped", "warning", f"not replayed: {why}", request.records.name, line)
        for line, why in deals.skipped[:LISTED]
    )


def _not_played(replayed: Replayed, changes: Sequence[SchemaChange]) -> tuple[Violation, ...]:
    """Changes of the contract that a fake cannot play, so that the replay does not test them."""
    refused = replayed.refused_schema_faults
    return tuple(
        Violation(
            "replay.not-played",
            "warning",
            f"the contract {change.words}, which the fake {change.side.upper()} cannot play: {refused[key]}",
            change.place.path,
            change.place.line,
        )
        for key, change in ((fault_key(number), change) for number, change in enumerate(changes))
        if key in refused
    )
