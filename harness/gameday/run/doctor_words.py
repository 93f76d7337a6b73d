"""What the doctor says about a stack, in sentences."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from gameday.analysis.reconcile import OrderOutcome
from gameday.base.durations import words
from gameday.base.texts import texts_in
from gameday.config.gameday_toml import StackTable
from gameday.model.events import Delivery
from gameday.model.history import History
from gameday.run.setup import LedgerSnapshot
from gameday.run.stack import Stack

#: How much of a refusal is shown.
_MOST = 400


def how_started(table: StackTable, stack: Stack) -> str:
    """The processes of a stack, and what starts them in a run; the doctor starts batches every second."""
    if table.url:
        return f"it runs already, at {table.url}"
    known = []
    for each, process in zip(table.parts, stack.processes, strict=True):
        name = f"{each.name}: " if each.name else ""
        if each.every_s:
            known.append(f"{name}a batch, which a run starts every {words(each.every_s)} and this check every second")
        elif process.child is not None:
            known.append(f"{name}process {process.child.identity.pid}")
    return "; ".join(known)


def how_it_learns(table: StackTable, stats: Mapping[str, Mapping[str, int]]) -> str:
    """That a stack without a webhook polls; empty for one that gets events."""
    if "webhook" not in table.absent:
        return ""
    asked = sum(sum(counts.values()) for counts in stats.values())
    number = f"{asked:,}" if asked else "no"
    return f"it polls: it made {number} request{'' if asked == 1 else 's'} to the CRM, which sends it nothing"


def how_delivery_ended(history: History, webhook: str) -> str:
    """What the stack did with the CRM's last event that it did not accept; empty without one."""
    failed = [op for op in history.of(Delivery) if op.outcome != "ok" and op.event.status != "given up"]
    if not failed:
        return ""
    status = failed[-1].event.status
    path = f"at {webhook}" if webhook else "at its address"
    if isinstance(status, str):
        return f"the CRM's event got no answer {path}: {status}"
    if 200 <= status < 300:
        return f"it answered the CRM's event {path} with {status}, without the acknowledgement that the vendor wants"
    missing = "; is `webhook` the path that takes it?" if status in (404, 405) else ""
    return f"it answered the CRM's event {path} with {status}{missing}"


def why_it_ended(problem: str, tried: Sequence[str], table: StackTable) -> str:
    """What a stack that did not start may lack, in one clause; empty if nothing shows it.

    ``problem`` is how its start ended, ``tried`` are the hosts that it tried and that are no vendor's.
    """
    if tried:
        host = tried[0].partition(" ")[0]
        return f"name in `reach` what it needs beside the fakes, such as {host if ':' in host else f'{host}:PORT'}"
    if problem.endswith("ended with exit code 0") and not table.longest_pause_s:
        return "a process runs until the end of a run; one that does its work and ends needs `every`"
    if "nothing listens there" in problem:
        return "it has to listen at {listen}, which is {host}:{port}"
    return ""


def refusals(refused: Sequence[Mapping[str, Any]], fake: str) -> str:
    """The last request that a fake refused, with the reason that it gave; empty without one."""
    # Messages to the stack are kept beside the requests from it.
    refused = [each for each in refused if each["operation"] != Delivery.f]
    if not refused:
        return ""
    last = refused[-1]
    text = str(last["text"])
    with contextlib.suppress(ValueError):
        # Codes and messages, not links.
        text = "; ".join(each for each in texts_in(json.loads(text)) if each and "://" not in each)
    text = re.sub(r"\s+", " ", text).strip()[:_MOST]
    return f"the last request that {fake} refused was {last['operation']}, with {last['status']}: {text}"


def arrived(outcome: OrderOutcome) -> bool:
    """Whether a deal is exactly one right order."""
    return outcome.state in ("ok", "late")


def why_not(outcome: OrderOutcome, snapshot: LedgerSnapshot, *, match: str, accepted: bool, polls: bool = False) -> str:
    """Why the only deal is not exactly one right order, in one clause.

    ``match`` is the ERP's field that holds the deal's id; ``accepted``: the stack has accepted the CRM's event;
    ``polls``: it takes none.
    """
    if len(outcome.orders) > 1:
        return f"the deal is {outcome.state}: its orders are {', '.join(outcome.orders)}"
    if outcome.orders:
        differences = "; ".join(
            f"{each.field} is {each.crm or 'missing'} in the CRM and {each.erp or 'missing'} in the ERP"
            for each in outcome.differences
        )
        return f"the ERP's order is {outcome.state}: {differences}"
    others = {entry.id for entry in snapshot.erp.others}
    own = [entry for entry in snapshot.erp.entries if entry.id not in others]
    if own:
        keys = ", ".join(f"{name} is {value}" for name, value in own[0].keys.items())
        return f"the ERP has an order, but its {match or 'keys'} does not name deal {outcome.deal}: {keys}"
    if accepted:
        return "the stack has accepted the CRM's event, but there is no order"
    if polls:
        return "there is no order"
    return "the stack has not accepted the CRM's event"
