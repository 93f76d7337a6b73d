"""What an action needs beside its sentence: fault, cause, field, evidence, when it is done, runbook, a ticket."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gameday.contracts.flows import owner_of
from gameday.model.checker import Result
from gameday_reports.formats import capital
from gameday_reports.postmortem.action import INCONCLUSIVE
from gameday_reports.postmortem.cures.asked import Known, known_groups
from gameday_reports.postmortem.cures.catalogue import BY_CAUSE, OF_ACTION, cure_of
from gameday_reports.recorded import RecordedRun

#: How many deals, operations and expectations an action names.
NAMED = 3

#: The end states that an action is about; those of the others are all.
_STATES: Mapping[str, tuple[str, ...]] = {
    "lost": ("lost",),
    "duplicated": ("duplicated",),
    "mismatched": ("mismatched",),
    "late": ("late",),
    "unreported": ("lost", "duplicated", "mismatched"),
    "repair": ("lost", "duplicated", "mismatched", "parked"),
    "dead-letters": ("parked",),
}
#: The checkers that pass once an action is done.
_CHECKERS: Mapping[str, tuple[str, ...]] = {
    "retries": ("bounded requests",),
    "collateral": ("kept flowing",),
    "unreported": ("nothing unreported",),
    "no-alert": ("owner alerted",),
    "late-alert": ("owner alerted",),
    "closed-early": ("incident stays closed",),
    "never-closed": ("incident closed",),
    "storm": ("bounded pages",),
    "unnamed": ("alert names orders",),
    "owner": ("right owner",),
    "context": ("alert gives reason", "parked with context"),
    "false-alarms": ("no false alarm",),
    "dead-letters": ("no intervention",),
    "by-hand": ("no intervention",),
}
_CORRECT = ("exactly once", "invoiced once", "conserved totals")


def described(run: RecordedRun, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The actions with ``cure``, ``fault``, ``cause``, ``field``, ``involve``, ``done``, ``runbook``, ``evidence`` (the
    operations that show it), ``deals`` and ``draft``, the text of a ticket.
    """
    groups = known_groups(run)
    return [{**row, **_details(run, row, groups)} for row in rows]


def _details(run: RecordedRun, row: Mapping[str, Any], groups: Sequence[Known]) -> dict[str, Any]:
    id_ = str(row["id"])
    concerned = _concerned(id_, groups)
    cure = cure_of(id_)
    names = dict.fromkeys(fault for known in concerned for fault in known.faults)
    targets = dict.fromkeys(target for known in concerned for target in known.targets)
    owners = {"sync": run.contract.owner, **run.contract.owners}
    involved = (owner_of(owners, target) for target in targets if target in ("crm", "erp"))
    details = {
        "cure": cure.name if cure else "",
        "steps": list(cure.steps) if cure else [],
        "fault": ", ".join(names),
        "cause": ", ".join(dict.fromkeys(cause for known in concerned for cause in known.causes)),
        "field": ", ".join(dict.fromkeys(field for known in concerned for field in known.fields)),
        "involve": ", ".join(dict.fromkeys(who for who in involved if who and who != row["routed_to"])),
        "done": _done(run, id_),
        "runbook": _runbook(cure.runbook, list(names)) if cure else "",
        "evidence": _evidence(concerned),
        "deals": [o.deal for known in concerned for o in known.group.outcomes][:NAMED],
    }
    return details | {"draft": _draft(run, {**row, **details})}


def _concerned(id_: str, groups: Sequence[Known]) -> list[Known]:
    """The groups of deals that an action is about."""
    if id_ == INCONCLUSIVE or not id_:
        return []
    states = _STATES.get(id_)
    if states is not None:
        return [known for known in groups if known.group.state in states]
    if id_ in OF_ACTION:
        return list(groups)
    return [known for known in groups if id_ in {BY_CAUSE.get(cause) for cause in known.causes}]


def _evidence(concerned: Sequence[Known]) -> list[int]:
    """The first operations that show it: a refusal, else a hit, of each group."""
    found = []
    for known in concerned:
        firsts = [index for trace in known.group.traces for index, _ in trace.refusals.values()]
        firsts = firsts or [index for trace in known.group.traces for index in trace.faults.values()]
        found += [min(firsts)] if firsts else []
    return found[:NAMED]


def _done(run: RecordedRun, id_: str) -> str:
    """When the action is done: this scenario passes, and which expectations hold then that do not now."""
    wanted = _CHECKERS.get(id_, _CORRECT)
    texts = [
        expectation.text
        for expectation, verdict in run.expected
        if expectation.checker in wanted and verdict.result is not Result.PASSED and expectation.text
    ]
    holds = "; ".join(dict.fromkeys(texts[:NAMED]))
    scenario = f"\u201c{run.scenario.name}\u201d passes with {run.info.stack}"
    return f"{scenario}: {holds}." if holds else f"{scenario}."


def _runbook(gains: str, names: Sequence[str]) -> str:
    books = ", ".join(f"runbook-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}" for name in names[:NAMED])
    return f"{books or 'The runbook of the flow'}: add {gains}."


def _draft(run: RecordedRun, row: Mapping[str, Any]) -> str:
    """The text of a ticket, in Markdown's plainest form."""
    about = [
        ("Found by", f"the game day \u201c{run.scenario.name}\u201d, {run.info.stack}, seed {run.info.seed}"),
        ("Why", row["why"]),
        ("Fault", row["fault"]),
        ("Cause", row["cause"]),
        ("Contract field", row["field"]),
        ("Deals", ", ".join(row["deals"])),
        ("Evidence", ", ".join(f"history.jsonl #{index}" for index in row["evidence"])),
        ("Owner", row["owner"] or f"{row['routed_to']} (suggested)"),
        ("Involve", row["involve"]),
        ("Done when", row["done"]),
        ("Check with", run.info.replay),
        ("Runbook", row["runbook"]),
    ]
    lines = [str(row["what"]), "", *(f"{name}: {text}" for name, text in about if text)]
    if row["steps"]:
        lines += ["", "Steps:", *(f"{number}. {step}" for number, step in enumerate(row["steps"], start=1))]
    return run.shown(capital("\n".join(lines)))
