"""The ledger stage: the candidate's ERP ledger against the current stack's, or without one against the CRM's own."""

from __future__ import annotations

from collections.abc import Sequence

from gameday.base.counts import out_of, plural
from gameday.base.violation import Violation
from gameday.capture.recording import RECORDING_FILE
from gameday.config.stack_table import StackTable, contract_for
from gameday.gate.contracts import SchemaChange
from gameday.gate.current_runs import CurrentRun
from gameday.gate.findings import deltas_to_crm, reasons_of, violations_of
from gameday.gate.ledgers import LedgerComparison, OrdersByKey, compare, orders_by_key
from gameday.gate.replay import Replayed
from gameday.gate.replay_stage import Replays
from gameday.gate.request import Request
from gameday.model.contract import Contract
from gameday.model.gate_verdict import Stage, state_of


def compare_ledgers(request: Request, replays: Replays, changes: Sequence[SchemaChange]) -> Stage:
    """The candidate's ERP ledger against the current one's, or without one against the CRM's own."""
    candidate, contract = replays.candidate, request.candidate_contract
    runs: Sequence[CurrentRun] = ()
    neither: tuple[Violation, ...] = ()
    if request.current is None:
        comparison, sides = _against_crm(request, candidate), ("the CRM", "the ERP")
    else:
        sides = (request.current.name, request.candidate.name)
        against = _against_current(request, replays, request.current)
        if against is None:
            why = f"the current stack {request.current.name!r} does not take these deals a second time"
            return Stage("ledgers", "inconclusive", why)
        comparison, runs, neither = against
    reasons = reasons_of(candidate.ledgers.dead_letters)
    violations = violations_of(
        comparison.deltas,
        contract,
        compared=comparison.compared,
        sides=sides,
        changes=changes,
        reasons=reasons,
        exact=_has_pseudonyms(request),
    )
    broken = replays.written.violations
    # Where no recorded deal arrives as it should, those at a boundary say nothing more.
    affected = {delta.key for delta in comparison.deltas}
    bounds = replays.at_boundaries if len(affected) < comparison.compared else ()
    violations = (*violations, *broken, *bounds, *request.ignore.violations(), *neither, *_notes(comparison, request))
    orders = len(affected)
    summary = f"{plural(comparison.compared, 'order')} of {sides[0]} and {sides[1]} agree"
    if orders:
        summary = f"{out_of(orders, comparison.compared, 'order', verb='differs')} between {sides[0]} and {sides[1]}"
    elif request.ignore.expired:
        summary += f", but {len(request.ignore.expired)} of the ignored paths have expired"
    if broken:
        summary += f"; what was written breaks the candidate ERP contract in {len(broken):,} ways"
    errors = sum(1 for each in bounds if each.level == "error")
    if errors:
        summary += f"; {plural(errors, 'finding')} at boundary records"
    figures = {
        "writes": replays.written.writes,
        "compared": comparison.compared,
        "differ": orders,
        "noise": comparison.noise,
        "ignored": comparison.ignored,
    }
    state = state_of(violations)
    loads = (candidate.overloaded, *(run.overloaded for run in runs))
    host_load = next(filter(None, loads), "")
    if (
        host_load
        and {delta.path for delta in comparison.deltas} <= {"order", "invoice"}
        and orders
        and not broken
        and not errors
    ):
        # Only what is missing may be late; no busy machine makes a wrong amount.
        return Stage("ledgers", "inconclusive", f"{summary}, but {host_load}", violations, figures)
    return Stage("ledgers", state, summary, violations, figures)


def _against_current(
    request: Request, replays: Replays, current: StackTable
) -> tuple[LedgerComparison, Sequence[CurrentRun], tuple[Violation, ...]] | None:
    """The candidate's ledger against the current stack's, by which of its replays, and the deals that neither has.

    The second replay is made only if the ledgers differ: some of it may be no more than what the stack differs in from
    itself. None if it does not take the deals then.
    """
    assert replays.current is not None  # noqa: S101 - the stage before has set it, or stopped
    contract = request.candidate_contract.contract
    base = contract_for((request.base or request.candidate_contract).contract, current)
    ours, theirs = _orders(base, replays.current), _orders(request.contract(), replays.candidate)
    comparison = compare(ours, theirs, contract.tolerance, ignore=request.ignore)
    runs = [replays.current]
    if comparison.deltas:
        second = replays.again()
        if second is None:
            return None
        runs.append(second)
        again = _orders(base, second)
        comparison = compare(ours, theirs, contract.tolerance, again=again, ignore=request.ignore)
    return comparison, runs, _in_neither(ours, theirs)


def _has_pseudonyms(request: Request) -> bool:
    """Whether every amount of the records is a pseudonym: they are a recording, and the contract shows no money."""
    money = {
        element.wire_path
        for document in request.candidate_contract.flow.documents
        if document.source.side == "crm"
        for element in document.elements()
        if element.money and element.type in ("number", "integer")
    }
    places = request.candidate_contract.places["crm"]
    return (
        bool(money) and (request.records / RECORDING_FILE).is_file() and not any(places[wire].shown for wire in money)
    )


def _orders(contract: Contract, replayed: Replayed | CurrentRun) -> OrdersByKey:
    names = {field.physical_name.rpartition(".")[2] for field in contract.erp_fields}
    crm, erp = replayed.ledgers.crm, replayed.ledgers.erp
    return orders_by_key(crm, erp, contract.match, names, referred=contract.referred, pairs=contract.pairs)


def _against_crm(request: Request, replayed: Replayed) -> LedgerComparison:
    deltas, ignored = [], dict[str, int]()
    for delta in deltas_to_crm(replayed.case(request.contract())):
        if request.ignore.find(delta.path) is None:
            deltas.append(delta)
        else:
            ignored[delta.path] = ignored.get(delta.path, 0) + 1
    return LedgerComparison(tuple(deltas), {}, ignored, len(replayed.ledgers.crm.entries))


def _in_neither(ours: OrdersByKey, theirs: OrdersByKey) -> tuple[Violation, ...]:
    """Deals that neither ledger has: they agree, and prove nothing."""
    orders = tuple(key for key, entries in ours.orders.items() if not entries and not theirs.orders.get(key))
    if not orders:
        return ()
    deals = out_of(len(orders), len(ours.orders), "deal", verb="is")
    message = f"{deals} in neither ledger, and not tested by the replay"
    return (Violation("replay.in-neither", "warning", message, orders=orders),)


def _notes(comparison: LedgerComparison, request: Request) -> tuple[Violation, ...]:
    """The differences that do not count, and why: noise, and what the ignore list covers."""
    notes = [
        Violation("replay.noise", "note", f"{path} differs {plural(count, 'time')} in two runs of the current stack")
        for path, count in comparison.noise.items()
    ]
    for path, count in comparison.ignored.items():
        entry = request.ignore.find(path)
        if entry is not None:
            message = f"{path} differs {plural(count, 'time')} and is ignored until {entry.expires}: {entry.reason}"
            place = request.ignore.path, entry.line
            notes.append(Violation("gate.ignored", "note", message, *place, owners=(entry.owner,)))
    return tuple(notes)
