"""What became of the boundary records in a replay: each must be exactly one correct order, as every deal won."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gameday.base.violation import Level, Violation
from gameday.gate.boundaries import Boundaries, Boundary
from gameday.gate.contracts import LocatedContract
from gameday.gate.findings import deltas_to_crm, reasons_of, rule_of
from gameday.gate.ignore import IgnoreList
from gameday.gate.replay import Replayed
from gameday.gate.written import judge_writes
from gameday.model.contract import Contract

_MISSING = ("boundary.order-missing", "boundary.invoice-missing")


def judge_boundaries(
    boundaries: Boundaries, replayed: Replayed, located: LocatedContract, contract: Contract, ignore: IgnoreList
) -> tuple[Violation, ...]:
    """One violation for each boundary whose deal is not one correct order, at its field's line of the contract.

    What was written for them is judged as that of recorded deals is.
    What was missing on a machine that was too busy is a warning. What ``ignore`` covers is left out. Pure.
    """
    keys = {entry.id: entry.keys.get("key", entry.id) for entry in replayed.ledgers.crm.entries}
    rules: dict[str, list[str]] = {}
    for delta in deltas_to_crm(replayed.case(contract)):
        key = keys.get(delta.key, delta.key)
        if key in boundaries.by_key and ignore.find(delta.path) is None:
            rules.setdefault(key, []).append(rule_of(delta).replace("replay.", "boundary."))
    letters = replayed.ledgers.dead_letters
    reasons = {keys.get(letter.order, letter.order): reason for letter in letters for reason in reasons_of([letter])}
    found = [
        _violation(boundaries.by_key[key], broken, located, replayed, reasons.get(key, ""))
        for key, broken in rules.items()
    ]
    written = judge_writes(replayed.history, replayed.ledgers.crm, located, contract).violations
    if replayed.ended:
        place = located.place("crm")
        message = f"flow {located.contract.name}: the stack ended by itself with {replayed.ended} at boundary records"
        owners = (located.contract.owner,)
        found.append(Violation("boundary.stack-ended", "error", message, place.path, place.line, owners=owners))
    return (*found, *(_of_boundaries(each, boundaries) for each in written))


def _violation(
    boundary: Boundary, rules: Sequence[str], located: LocatedContract, replayed: Replayed, reason: str
) -> Violation:
    contract = located.contract
    place = located.place("crm", boundary.field)
    words = ", ".join(dict.fromkeys(rule.partition(".")[2].replace("-", " ") for rule in rules))
    message = f"flow {contract.name}: {boundary.field} with {boundary.what}, which the contract allows: {words}"
    message += f"; the stack's reason: {reason.removesuffix(' (1 parked)')}" if reason else ""
    late = bool(replayed.overloaded) and set(rules) <= set(_MISSING)
    message += f", but {replayed.overloaded}" if late else ""
    owners = tuple(dict.fromkeys(o for role in ("sync", "source") if (o := contract.owners.get(role))))
    level: Level = "warning" if late else "error"
    return Violation(rules[0], level, message, place.path, place.line, (boundary.key,), owners)


def _of_boundaries(violation: Violation, boundaries: Boundaries) -> Violation:
    """A finding in what was written for boundary records, which names them in place of their deals."""
    named = [boundaries.by_key[key] for key in violation.orders if key in boundaries.by_key]
    what = "; ".join(f"{each.field} with {each.what}" for each in named[:3])
    message = violation.message.partition("; deal ")[0]
    return msgspec.structs.replace(violation, message=f"{message}; boundary records: {what}" if what else message)
