"""From the fault to the harm: for each group of affected deals what happened to them, one recorded step after another.

Only what the history and the ledgers show is said. Where a step left no trace, the sentence says that there is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gameday.analysis.effect import Effect
from gameday.analysis.effects import effects
from gameday.analysis.reconcile import OrderOutcome
from gameday.base.counts import plural
from gameday.model.events import Exchange, FaultInjected
from gameday.model.history import Operation
from gameday.model.roles import the
from gameday_reports.formats import moment
from gameday_reports.postmortem.cause.traces import Group
from gameday_reports.recorded import RecordedRun

#: How many groups the page shows, and how many faults, fields and values a sentence names.
GROUPS, NAMED = 8, 3
_ENDED = {
    "lost": "ended lost",
    "duplicated": "ended with more than one order or invoice",
    "mismatched": "ended with other data in the ERP than in the CRM",
    "parked": "were parked",
    "late": "came late",
}

Part = dict[str, Any]


class Known(NamedTuple):
    """What every group's sentences are made from: looked up once, for a history may be long.

    ``injected`` is the index of each injection; ``effects`` what each met; ``refused`` the refusals that were kept.
    """

    injected: Mapping[int, int]
    effects: Mapping[int, Effect]
    pairs: Sequence[Mapping[str, Any]]
    refused: Sequence[Operation[Exchange]]


def sentences(run: RecordedRun, groups: Sequence[Group], pairs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """For each group its ``deals``, its ``state``, and the ``parts`` of its sentences.

    Each part has a ``text``, the ``index`` of the operation that shows it, and what ends it. Groups beyond the first
    GROUPS are one row with their number.
    """
    known = Known(
        {op.event.injection: op.index for op in run.of(FaultInjected, outcome="ok")},
        {effect.injection: effect for effect in effects(run.case)},
        pairs,
        list(run.of(Exchange, outcome="fail")),
    )
    rows = [
        {"state": group.state, "deals": len(group.outcomes), "parts": [*_parts(run, group, known)]}
        for group in groups[:GROUPS]
    ]
    if more := groups[GROUPS:]:
        deals = plural(sum(len(group.outcomes) for group in more), "more affected deal")
        rows.append({"state": "", "deals": 0, "parts": [_part(f"{deals} in {plural(len(more), 'smaller group')}.")]})
    return rows


def _part(text: str, index: int | None = None, deal: str = "") -> Part:
    """A part of a sentence; its full stop comes after the link. ``deal``: an affected deal that it is about."""
    end = "." if text.endswith(".") else ""
    return {"text": text.removesuffix("."), "index": index, "end": end, "deal": deal}


def _parts(run: RecordedRun, group: Group, known: Known) -> Iterator[Part]:
    count = len(group.outcomes)
    ended = _ENDED[group.state].replace("were", "was" if count == 1 else "were")
    yield _part(f"{plural(count, 'deal')} {ended}{_values(run, group)}.", deal=group.first.deal)
    yield from _by_the_fault(group, known)
    yield from _by_the_systems(run, group, known)
    yield from _by_lost_replies(group)
    yield from _by_the_stack(run, group)
    yield from _by_the_alerts(group)


def _by_the_fault(group: Group, known: Known) -> Iterator[Part]:
    """Which faults hit the deals, and what each took from a request or added to it."""
    for number in group.faults[:NAMED]:
        if (effect := known.effects.get(number)) is None:
            continue
        hit = sum(number in trace.faults for trace in group.traces)
        of_all = "all of them" if hit == len(group.outcomes) else f"{hit:,} of them"
        if len(group.outcomes) == 1:
            of_all = "it"
        yield _part(f"\u201c{effect.fault}\u201d was active at {the(effect.target)}", known.injected.get(number))
        yield _part(f"and hit requests or messages about {of_all}.", min(t.faults[number] for t in group.traces))
        for pair in known.pairs:
            if pair["fault"].partition("-")[0] == str(number) and not pair["refused"] and pair["missing"]:
                what = "message" if pair["operation"] == "deliver" else f"reply to {pair['operation']}"
                yield _part(f"The {what} came without {', '.join(pair['missing'][:NAMED])}.", pair["index"])
                break
    yield from _without_hit(group, known)


def _without_hit(group: Group, known: Known) -> Iterator[Part]:
    """The faults that hit no request about these deals by name: they hit other requests, a link or a process."""
    touched = any(outcome.touched for outcome in group.outcomes)
    others = [
        effect
        for effect in known.effects.values()
        if touched
        and not effect.why_none
        and effect.injection not in group.faults
        # Beside a fault that hit these deals, one that hit other requests explains nothing.
        and not (group.faults and effect.hits)
    ]
    for effect in others[:NAMED]:
        index = known.injected.get(effect.injection)
        yield _part(f"\u201c{effect.fault}\u201d was active at {the(effect.target)}", index)
        if effect.hits:
            yield _part(f"and hit {plural(effect.hits, 'request')}, none of them about {_these(group)}.")
        else:
            yield _part(f"({effect.evidence}).")
    if not others and not group.faults:
        when = "while a fault was active" if touched else "while no fault was active"
        yield _part(f"No fault hit a request or a message about {_these(group)}, which came {when}.")


def _these(group: Group) -> str:
    return "this deal" if len(group.outcomes) == 1 else "these deals"


def _by_the_systems(run: RecordedRun, group: Group, known: Known) -> Iterator[Part]:
    """What was refused, with which status and error, and how often."""
    for why in group.refusals[:NAMED]:
        firsts = [trace.refusals[why] for trace in group.traces]
        times = sum(number for _, number in firsts)
        index = min(first for first, _ in firsts)
        answer = " ".join(
            part for part in (why.status if why.status != "0" else "no reply", run.shown(why.error)) if part
        )
        if why.what == "message":
            yield _part(f"{plural(times, 'message')} from {why.system} got no success ({answer}).", index)
        else:
            were = "was" if times == 1 else "were"
            yield _part(f"{plural(times, why.what + ' request')} {were} refused by {why.system} ({answer}).", index)
    yield from _refused_reads(run, group, known)


def _refused_reads(run: RecordedRun, group: Group, known: Known) -> Iterator[Part]:
    """The other requests about these deals that were refused, of which the history has the first few."""
    deals = {outcome.deal for outcome in group.outcomes}
    counted = {(why.system, why.what) for why in group.refusals} | {(why.system, "deliver") for why in group.refusals}
    for op in known.refused:
        event = op.event
        if event.deal in deals and (op.process, event.operation) not in counted:
            counted.add((op.process, event.operation))
            answer = run.shown(f"{event.status or 'no reply'} {event.error}".strip())
            them = "it" if len(deals) == 1 else "them"
            yield _part(f"{op.process} refused {event.operation} requests about {them} ({answer}).", op.index)


def _by_lost_replies(group: Group) -> Iterator[Part]:
    """The writes that were committed without the stack's knowing."""
    unanswered = [trace.unanswered for trace in group.traces if trace.unanswered is not None]
    if unanswered:
        of = "it" if len(group.outcomes) == 1 else f"{len(unanswered):,} of them"
        yield _part(f"The ERP committed a write of {of}, and the reply was lost.", min(unanswered))


def _by_the_stack(run: RecordedRun, group: Group) -> Iterator[Part]:
    """What the stack did with these deals: nothing, a last attempt, or a write."""
    if group.state not in ("lost", "parked"):
        written = [trace.written for trace in group.traces if trace.written is not None]
        if written:
            verbs = {"late": "wrote them later", "duplicated": "wrote them more than once"}
            verb = verbs.get(group.state, "wrote them all the same")
            yield _part(f"The stack {verb.replace('them', 'it') if len(group.outcomes) == 1 else verb}.", min(written))
        return
    last = [write for o in group.outcomes for write in run.observations.writes.get(o.deal, ())]
    if not last:
        yield _part(
            "The ERP received no write of them." if len(group.outcomes) > 1 else "The ERP received no write of it."
        )
        return
    newest = max(last, key=lambda write: write.index)
    yield _part(f"The last attempt to write was at {moment(newest.time_s)}.", newest.index)


def _values(run: RecordedRun, group: Group) -> str:
    """The fields that differ, and the value that the ERP holds where it is the same in all."""
    if group.state != "mismatched":
        return ""
    names = Counter(name for outcome in group.outcomes for name in _names(outcome))
    texts = []
    for name, count in names.most_common(NAMED):
        held = {d.erp for o in group.outcomes for d in o.differences if d.field == name}
        same = len(held) == 1 and count > 1
        value = f", in the ERP always {run.shown(next(iter(held))) or 'nothing'}" if same else ""
        texts.append(f"{name} ({count:,}{value})")
    return f": {'; '.join(texts)}"


def _names(outcome: OrderOutcome) -> Iterable[str]:
    return dict.fromkeys("lines" if "line " in each.field else each.field for each in outcome.differences)


def _by_the_alerts(group: Group) -> Iterator[Part]:
    reported = [outcome for outcome in group.outcomes if outcome.reported]
    them = "it" if len(group.outcomes) == 1 else "them"
    if not reported:
        yield _part(f"No alert or ticket named {them}.")
        return
    first = min(reported, key=lambda outcome: outcome.reported_s or 0.0)
    if len(group.outcomes) == 1:
        who = "It was"
    elif len(reported) == len(group.outcomes):
        who = "All of them were"
    else:
        who = f"{len(reported):,} of them {'was' if len(reported) == 1 else 'were'}"
    when = f", first at {moment(first.reported_s)}" if first.reported_s is not None else ""
    by = f" ({first.reported_by})" if first.reported_by else ""
    yield _part(f"{who} reported{when}{by}.")
