"""The smoke stage: one known deal goes through the candidate, within the contract's SLA."""

from __future__ import annotations

from collections.abc import Sequence

from gameday.analysis.reconcile import reconcile
from gameday.base.violation import Violation
from gameday.gate.contracts import SchemaChange
from gameday.gate.findings import reasons_of
from gameday.gate.replay import replay, run_all
from gameday.gate.request import SMOKE_PACE, Request
from gameday.gate.schema import candidate_faults
from gameday.gate.written import judge_writes
from gameday.model.gate_verdict import Stage
from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import workloads
from gameday.workloads.closed_won import PLAIN


def smoke_deal(request: Request, changes: Sequence[SchemaChange]) -> Stage:
    """One known deal has to arrive within the contract's SLA."""
    workload = workloads["closed won"](WorkloadSpec("closed won", 1, 60.0, PLAIN), 1)
    contract = request.contract()
    faults = candidate_faults(contract, changes, report=True)
    [replayed] = run_all(
        [replay(request, workload, contract, request.candidate, "smoke", schema_faults=faults, pace=SMOKE_PACE)]
    )
    outcome = reconcile(replayed.case(contract)).outcomes[0]
    # What was refused says why the deal did not arrive.
    broken = judge_writes(replayed.history, replayed.ledgers.crm, request.candidate_contract, contract).violations
    limit = f"{contract.sla.latency_s:g} s"
    if outcome.state == "ok" and outcome.ordered_s is not None:
        took_s = outcome.ordered_s - outcome.closed_s
        figures = {"took_s": round(took_s, 1), "limit_s": contract.sla.latency_s}
        return Stage("smoke deal", "passed", f"one right order after {took_s:.1f} s, of {limit}", figures=figures)
    rule = "smoke.late" if outcome.state == "late" else "smoke.not-arrived"
    summary = f"the smoke deal is {outcome.state} in the ERP after {limit}"
    if replayed.overloaded and not broken:
        return Stage("smoke deal", "inconclusive", f"{summary}, but {replayed.overloaded}")
    place = request.candidate_contract.place("crm")
    owner = request.candidate_contract.contract.owner
    reasons = "".join(f"; the stack's reason: {reason}" for reason in reasons_of(replayed.ledgers.dead_letters)[:1])
    violation = Violation(rule, "error", summary + reasons, place.path, place.line, (outcome.key,), (owner,))
    return Stage("smoke deal", "failed", summary, (violation, *broken))
