"""Whether each fault took effect, by the evidence in the history: hits, traffic of a link, a process that ended.

A fault without evidence proves nothing about the stack, whatever the ledgers say. Pure: case in, effects out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from gameday.analysis.effect import Effect
from gameday.analysis.observations import Window, observe
from gameday.analysis.once import once_for_each
from gameday.analysis.reconcile import reconcile
from gameday.base.counts import plural
from gameday.base.durations import words
from gameday.base.errors import GamedayError
from gameday.model.checker import Case
from gameday.model.events import (
    AlertRaised,
    DealEvent,
    Delivery,
    ErpWrite,
    FaultHit,
    HeldBack,
    LinkUsed,
    Login,
    StackEvent,
    TicketRaised,
)
from gameday.model.fault import RollOut, StackAct, Toxic, make_fault
from gameday.model.history import Operation
from gameday.model.scenario import Injection

_ALERTING = ("stack-pager", "stack-tickets")  # the links on which the stack only says what is wrong
#: A toxic may have met no connection if the chance of that is greater than this.
UNLIKELY = 0.05


@once_for_each
def effects(case: Case) -> tuple[Effect, ...]:
    """The effect of every injection of the scenario, in its order."""
    windows = {window.injection: window for window in observe(case.history).windows}
    return tuple(
        _effect(case, number, injection, windows.get(number))
        for number, injection in enumerate(case.scenario.injections)
    )


def _effect(case: Case, number: int, injection: Injection, window: Window | None) -> Effect:
    effect = Effect(number, injection.fault, injection.target)
    if window is None:
        return msgspec.structs.replace(effect, why_none="it was never injected")
    if why := _too_late(case, window):
        return msgspec.structs.replace(effect, why_none=why)
    try:
        actions = make_fault(injection.fault, injection.params).actions(injection.target)
    except GamedayError:
        # A fault of a plug-in that is not installed where the run is judged: its hits are evidence all the same.
        actions = ()
    if any(isinstance(action, RollOut) for action in actions):
        return _of_rollout(case, effect, window)
    if wanted := [action for action in actions if isinstance(action, StackAct)]:
        return _of_process(case, effect, window, wanted)
    toxics = [action for action in actions if isinstance(action, Toxic)]
    if not toxics:
        return _of_fake(case, effect, window)
    of_link = _of_link(case, effect, window, toxics)
    return of_link if len(toxics) == len(actions) else _of_both(of_link, _of_fake(case, effect, window))


def _of_both(of_link: Effect, of_fake: Effect) -> Effect:
    """The effect of a fault on a link and at a fake: either is evidence."""
    return msgspec.structs.replace(
        of_link,
        hits=of_link.hits + of_fake.hits,
        deals=of_link.deals | of_fake.deals,
        held=of_fake.held,
        why_none=of_link.why_none and of_fake.why_none,
    )


def _too_late(case: Case, window: Window) -> str:
    """Why a fault came too late for any deal, whatever else it met; empty if it did not.

    A stack that polls asks for what is long done: that says nothing about how it carries deals over under the fault.
    """
    # Nearly always some deal arrived later; only else is every operation of the history asked for its time.
    if any(o.ordered_s is None or o.ordered_s > window.start_s for o in reconcile(case).outcomes):
        return ""
    last_s = _last_operation_s(case)
    if window.start_s <= last_s:
        return ""
    after = words(window.start_s - last_s)
    return f"it began {after} after the last business operation, when every deal was in the ERP already"


@once_for_each
def _last_operation_s(case: Case) -> float:
    return max((op.time_s for op in case.history.of(DealEvent, outcome="ok")), default=0.0)


def _of_rollout(case: Case, effect: Effect, window: Window) -> Effect:
    """The effect of a rollout: the stack has answered its hook. What the other version does, the ledgers show."""
    during = (op for op in case.history.of(StackEvent, outcome="ok") if window.start_s <= op.time_s <= window.end_s)
    if any(op.event.act == "roll out" for op in during):
        return msgspec.structs.replace(effect, rolled_out=True)
    return msgspec.structs.replace(effect, why_none="the stack has rolled out nothing")


def _of_process(case: Case, effect: Effect, window: Window, wanted: Sequence[StackAct]) -> Effect:
    """The effect of what stops processes: of another act, or on another process, nothing is evidence."""
    during = [op for op in case.history.of(StackEvent) if window.start_s <= op.time_s <= window.end_s]
    acts = [op.event for op in during if op.outcome == "ok" and any(_is_act(op.event, each) for each in wanted)]
    if not acts:
        return msgspec.structs.replace(effect, why_none="no process was stopped")
    pid = next((act.pid for act in acts if act.pid), 0)
    missed = sum(op.outcome == "info" and op.event.act == "missed" and _is_of(op.event, wanted) for op in during)
    if not pid and not missed:
        # A stack that runs elsewhere is paused by its hook; what it does then is its own report.
        return msgspec.structs.replace(effect, why_none="no process of the stack was running, or none is known")
    return msgspec.structs.replace(effect, pid=pid, missed=missed)


def _is_act(event: StackEvent, wanted: StackAct) -> bool:
    return event.act == wanted.act and _is_of(event, [wanted])


def _is_of(event: StackEvent, wanted: Iterable[StackAct]) -> bool:
    """Whether an event is about a process that one of these acts stops; one that stops all names none."""
    return any(not act.process or act.process == event.process for act in wanted)


def _of_link(case: Case, effect: Effect, window: Window, toxics: list[Toxic]) -> Effect:
    link = toxics[0].link
    if link == "crm-stack":
        return _of_deliveries(case, effect, window, toxics)
    used = [op.event for op in case.history.of(LinkUsed) if op.event.injection == effect.injection]
    received, sent = sum(e.received for e in used), sum(e.sent for e in used)
    connections = sum(e.open + e.opened for e in used)
    effect = msgspec.structs.replace(effect, connections=connections, bytes=received + sent)
    if all(toxic.type == "down" for toxic in toxics):
        meanwhile = _needing(case, link, window) if _is_used(case, link) else frozenset()
        effect = msgspec.structs.replace(effect, deals=meanwhile)
        why = "" if connections or meanwhile else _never_used(case, link, window)
    elif limits := [int(toxic.attributes.get("bytes", 0)) for toxic in toxics if toxic.type == "limit_data"]:
        why = (
            ""
            if received + sent > min(limits)
            else f"{received + sent:,} bytes passed, and its limit is {min(limits):,}"
        )
    else:
        why = "" if received or sent else f"nothing passed the link {link} {_during(case, window)}"
    return msgspec.structs.replace(effect, why_none=why or _spared(toxics, connections))


def _of_deliveries(case: Case, effect: Effect, window: Window, toxics: list[Toxic]) -> Effect:
    """The effect on the link on which the CRM delivers to the stack: the events that were sent over it."""
    sent = [op for op in _from_crm(case) if window.start_s <= op.time_s <= window.end_s]
    why = "" if sent else f"the CRM sent nothing to the stack {_during(case, window)}"
    if any(toxic.type == "limit_data" for toxic in toxics):
        # Replies of a stack are short: what a limit cuts off is a delivery that failed.
        sent = [op for op in sent if op.outcome != "ok"]
        why = why or ("" if sent else f"every event of the CRM passed {_during(case, window)}")
    deals = frozenset(deal for op in sent for deal in op.event.deals)
    return msgspec.structs.replace(effect, hits=len(sent), deals=deals, why_none=why or _spared(toxics, len(sent)))


def _spared(toxics: Iterable[Toxic], connections: int) -> str:
    """Why a toxic that selects connections by chance may have selected none of these; empty if that is not likely."""
    toxicity = max(toxic.toxicity for toxic in toxics)
    if not connections or (1 - toxicity) ** connections <= UNLIKELY:
        return ""
    return f"its toxicity of {toxicity:g} may have spared each of {plural(connections, 'connection')}"


def _never_used(case: Case, link: str, window: Window) -> str:
    """Why a closed link without an open connection affected nobody."""
    if not _is_used(case, link):
        return f"no connection was open on the link {link}, and the stack did not use it in the whole run"
    lacking = "there was nothing to alert about" if link in _ALERTING else "no deal was closed or changed"
    return f"no connection was open on the link {link}, and {lacking} {_during(case, window)}"


def _is_used(case: Case, link: str) -> bool:
    """Whether the history shows that the stack used a link at any time. A closed link refuses without a trace."""
    match link.removeprefix("stack-"):
        case "pager":
            return any(case.history.of(AlertRaised))
        case "tickets":
            return any(case.history.of(TicketRaised))
        case role:
            name = case.scenario.flow.crm if role == "crm" else case.scenario.flow.erp
            return any(op.process == name for op in case.history.of(Login, ErpWrite))


def _needing(case: Case, link: str, window: Window) -> frozenset[str]:
    """The deals for which the stack needed a link while a fault was active.

    They were closed or changed meanwhile; or there was something to alert about: they were affected, or hit by a fault.
    """
    if link in _ALERTING:
        hits = (op for op in case.history.of(FaultHit) if window.start_s <= op.time_s <= window.end_s)
        wrong = (o for o in reconcile(case).outcomes if o.affected_s is not None and o.affected_s <= window.end_s)
        affected = {o.deal for o in wrong if o.ordered_s is None or o.ordered_s >= window.start_s}
        return _named(case, (op.event.order or "" for op in hits)) | affected
    changed = case.history.of(DealEvent, outcome="ok")
    return frozenset(op.event.deal for op in changed if window.start_s <= op.time_s <= window.end_s)


def _of_fake(case: Case, effect: Effect, window: Window) -> Effect:
    prefix = f"{effect.injection}-"
    hits, orders, other = 0, set[str](), False
    for op in case.history.of(FaultHit):
        # What a fault still meets after the ledgers were read says nothing about them.
        if op.event.fault.startswith(prefix) and op.time_s <= case.erp.time_s:
            hits += 1
            orders.add(op.event.order or "")
            other = other or op.event.operation != "deliver"
    held = sum(
        count
        for op in case.history.of(HeldBack)
        for fault, count in op.event.faults.items()
        if fault.startswith(prefix)
    )
    effect = msgspec.structs.replace(effect, hits=hits, deals=_named(case, orders), held=held)
    if not hits:
        return msgspec.structs.replace(effect, why_none=_no_hit(case, effect, window))
    if other or effect.target == "erp":
        return effect
    deliveries = list(_from_crm(case))
    if not any(op.outcome == "ok" for op in deliveries):
        return msgspec.structs.replace(effect, why_none="the stack accepted no event of the CRM in the whole run")
    since = [op for op in deliveries if op.time_s >= window.start_s]
    if since and not any(op.outcome == "ok" for op in since):
        return msgspec.structs.replace(effect, why_none="the stack accepted no event of the CRM from then on")
    return effect


def _no_hit(case: Case, effect: Effect, window: Window) -> str:
    """Why no request or message was hit, as far as the history shows it."""
    last_s = _last_operation_s(case)
    share = case.scenario.injections[effect.injection].params.get("share")
    if last_s < window.start_s:
        return f"it began {words(window.start_s - last_s)} after the last business operation, and met no request"
    if share not in (None, "1", "1.0", 1, 1.0):
        return f"its share of {share} selected no deal and no request that it acts on"
    return f"no request or message that it acts on came {_during(case, window)}"


def _during(case: Case, window: Window) -> str:
    end_s = window.end_s if math.isfinite(window.end_s) else case.scenario.horizon_s
    return f"in the {words(max(0.0, end_s - window.start_s))} while it was active"


def _from_crm(case: Case) -> Iterator[Operation[Delivery]]:
    """The events that the CRM sent; an ERP notifies its changes too."""
    return (op for op in case.history.of(Delivery) if op.process != case.scenario.flow.erp)


def _named(case: Case, orders: Iterable[str]) -> frozenset[str]:
    """The deals that hits are about, by their ids; a hit may name a deal by its key in the workload, or none."""
    deal_of = {key: deal for deal, key in observe(case.history).key_of.items()}
    return frozenset(deal_of.get(order, order) for order in orders if order)
