"""Passing runs, written by hand: one for each way in which a stack comes through."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gameday.model.checker import Case
from judge.full_story import FullStory
from judge.recorded import as_recorded, no_impact_as_recorded
from support.story import FLOW


def no_impact() -> FullStory:
    """A lock that a retry gets through."""
    story = FullStory().steady()
    story.inject(60, 300, effect=False).hit("D8", 151)
    story.write("D8", 151, "fail", status=400, error="locked")
    return story


def reported_without_impact() -> FullStory:
    """A lock is reported while the deal that it holds up is still in time."""
    story = no_impact()
    _reported(story, "alert", "D8", at_s=151.5)
    return story


def late_and_repaired() -> FullStory:
    """Two deals are locked for minutes, named in an alert that is acknowledged, and resolved once they are booked."""
    story = _late(alerted_s=200.0)
    return story.op("metrics", 15, {"problem": "", "answered": True}, by="harness")  # type: ignore[return-value]


def noticed_at_once() -> FullStory:
    """The same, and the alert comes before the first deal is late."""
    return _late(alerted_s=100.0)


def _late(alerted_s: float) -> FullStory:
    story = FullStory().steady()
    story.inject(60, 300, effect=False)
    for deal, at_s in (("D2", 70.0), ("D3", 80.0)):
        story.sale(deal, at_s).hit(deal, at_s + 1).write(deal, at_s + 1, "fail", status=400).booked(deal, 310)
    _reported(story, "alert", "D2", "D3", at_s=alerted_s)
    return story


def parked_and_replayed() -> FullStory:
    """Two deals are refused and filed in a ticket with their payloads, a page names the flow; both are replayed."""
    story = FullStory().steady()
    story.inject(60, 300, effect=False)
    for deal, at_s in (("D2", 70.0), ("D3", 80.0)):
        story.sale(deal, at_s).hit(deal, at_s + 1).write(deal, at_s + 1, "fail", status=400).booked(deal, 330)
    _reported(story, "ticket", "D2", "D3")
    flow = {"key": "flow", "text": f"{FLOW}: record lock"}
    story.alert(at_s=190, **flow)
    story.taken_on(200, **flow).alert(at_s=350, action="resolve", **flow)
    return story.op("dead_letters", 1000, {"open": 0}, by="harness")  # type: ignore[return-value]


def parked_to_the_end() -> FullStory:
    """Two deals are refused and wait in the dead-letter queue until the end; nobody has to know more."""
    story = FullStory().steady().crowd()
    story.inject(60, 300, effect=False)
    for deal, at_s in (("D2", 70.0), ("D3", 80.0)):
        story.sale(deal, at_s).hit(deal, at_s + 1).write(deal, at_s + 1, "fail", status=400)
        story.letter(deal)
    story.alert("D2", "D3", at_s=200, payload=False, text="record lock: D2, D3", key="lock")
    story.taken_on(300, key="lock")
    unfinished = ("exactly once", "conserved totals", "invoiced once", "no intervention", "incident stays closed")
    story.expect(without=unfinished)
    return story.op("dead_letters", 1000, {"open": 2}, by="harness")  # type: ignore[return-value]


def duplicate_prevented() -> FullStory:
    """The reply to a write is lost and the message comes twice; the second write is refused as a duplicate."""
    story = FullStory().steady()
    story.inject(60, 300, "reply lost after commit", effect=False).sale("D2", 70).hit("D2", 72)
    story.booked("D2", 72, outcome="info").write("D2", 75, "fail", status=400, error="DUP_RCRD")
    return story.op("deliver", 76, {"message": "m D2", "deals": ["D2"], "attempt": 2}, by="salesforce")  # type: ignore[return-value]


def amended() -> FullStory:
    """A deal is changed after its order was booked; the order and its invoice follow."""
    story = FullStory().steady()
    story.inject(60, 300, effect=False).hit("D8", 151)
    story.sale("D2", 30, changed_s=100.0)
    deal = story.crm["D2"]
    story.op("amend_deal", 100, {"key": "key D2", "deal": "D2", "amount": str(deal.total)}, by="workload")
    story.booked("D2", 32, changed_s=104.0, invoice_s=106.0)
    order = story.erp[-1]
    story.ops = [op for op in story.ops if not (op[2] == "order_write" and op[4].get("order") == order.id)]
    story.write("D2", 32, "ok", order=order.id, total="1.00").write(
        "D2", 104, "ok", order=order.id, total=str(deal.total)
    )
    return story


def amended_late() -> FullStory:
    """A deal is changed while its order is locked; the change is reported, and booked after the lock."""
    story = FullStory().steady()
    story.inject(60, 300, effect=False).hit("D2", 101)
    story.sale("D2", 30, changed_s=100.0)
    story.op("amend_deal", 100, {"key": "key D2", "deal": "D2", "amount": str(story.crm["D2"].total)}, by="workload")
    story.booked("D2", 32, changed_s=310.0, invoice_s=312.0).write("D2", 101, "fail", status=400)
    order = story.erp[-1]
    story.ops = [op for op in story.ops if not (op[2] == "order_write" and op[4].get("order") == order.id)]
    for at_s, total in ((32.0, "1.00"), (310.0, str(order.total))):
        story.write("D2", at_s, "ok", order=order.id, total=total)
    _reported(story, "alert", "D2")
    return story


def voided() -> FullStory:
    """A deal is taken back after its order, which is cancelled; another before it ever had one."""
    story = FullStory().steady()
    story.inject(60, 300, effect=False).hit("D8", 151)
    for deal, at_s in (("D2", 30.0), ("D3", 100.0)):
        story.sale(deal, at_s, state="void", changed_s=110.0)
        kind = "void_deal" if deal == "D2" else "delete_deal"
        story.op(kind, 110, {"key": f"key {deal}", "deal": deal}, by="workload")
    story.op("open_deal", 112, {"key": "key D9", "deal": "D9"}, by="workload")
    story.op("lose_deal", 113, {"key": "key D9", "deal": "D9"}, by="workload")
    story.booked("D2", 32, invoice=None, state="cancelled", changed_s=115.0)
    order = story.erp[-1].id
    story.write("D2", 115, "ok", order=order, state="cancelled")
    return story


def killed_and_slowed() -> FullStory:
    """The worker is killed, its connection is slow, and events come late; all that happens on a machine is recorded."""
    story = FullStory().steady()
    story.inject(60, 90, "killed worker", "stack", effect=False)
    story.op("stack", 61, {"act": "kill", "pid": 4242}, by="harness").op(
        "stack", 90, {"act": "start", "pid": 4243}, by="harness"
    )
    story.inject(140, 200, "slow connection", "erp", effect=False)
    story.op(
        "link", 200, {"injection": 1, "link": "stack-erp", "open": 1, "received": 900, "sent": 80}, "info", "harness"
    )
    story.inject(140, 200, "delayed delivery", "crm", effect=False)
    story.op("hit", 151, {"fault": "2-fault-0", "operation": "deliver", "order": "D8"}, by="salesforce")
    story.op("held", 1000, {"faults": {"2-fault-0": 0}}, "info", "harness")
    for at_s in (10.0, 11.0, 12.0):
        story.op("load", at_s, {"real_s": 1.0, "waited_s": {"harness": 0.1}}, "info", "harness")
    story.op("phase", 0, {"phase": "steady state"}, "info", "harness").op(
        "phase", 200, {"phase": "recovery"}, "info", "harness"
    )
    story.op("login", 5, {"grant": "client_credentials"}, by="salesforce")
    story.op("outside", 11, {"host": "login.example.com", "how": "name"}, "info", "harness")
    story.op("unsupported", 11, {"call": "GET /rest/api/3/watchers"}, "fail", by="jira")
    story.op("reprice", 12, {"key": "p", "sku": "SKU-b", "currency": "USD", "price": "11"}, by="workload")
    story.op("merge_accounts", 13, {"key": "m", "winner": "ACC-8", "loser": "ACC-7"}, by="workload")
    story.op("merge_duplicate", 13, {"key": "key D0", "deal": "D0"}, by="workload")
    story.op("restore_deal", 11, {"key": "key D0", "deal": "D0"}, by="workload")
    people = {
        "key": "SO-1",
        "operation": "release_credit",
        "system": "erp",
        "value": {"order": "SO-1"},
        "record": "D0",
        "planned_s": 14.0,
    }
    story.op("act", 14, people, by="workload")
    story.op("skip", 700, {"until_s": 880.0, "due_s": 885.0}, by="harness")
    sent = {"record": "salesOrder", "deal": "D0", "body": '{"memo": "first"}', "supplied": ["entity"]}
    story.op("record_sent", 13, sent, by="netsuite")
    refused = {
        "operation": "order.write",
        "at_s": 13.5,
        "deal": "D0",
        "method": "PUT",
        "path": "/record",
        "status": 400,
    }
    refused |= {"error": "INVALID_CONTENT", "fault": "0-fault-0", "request_fields": {"currency.id": "EUR"}}
    story.op("exchange", 13, refused | {"reply": "first", "reply_fields": {"title": "no"}}, "fail", by="netsuite")
    left = {"condition": "affected above", "limit": "above 10", "value": "2", "left": "8", "used": 0.2}
    story.op("conditions", 14, {"conditions": [left]}, "info", "harness")
    story.op("note", 14, {"text": "all quiet"}, "info", "harness").op("reveal", 15, {"by": "us"}, "info", "harness")
    story.op("exit", 950, {"pid": 4243, "code": 1, "words": "out of memory"}, "info", "harness")
    story.op("batch", 955, {"pid": 4244, "code": 0, "words": "", "process": "nightly"}, "info", "harness")
    story.op("requests", 1000, {"system": "netsuite", "operations": {"order.write": 4}}, "info", "harness")
    story.op("ledger", 1000, {"system": "netsuite", "entries": 4}, by="harness").op(
        "closed", 1001, {}, "info", "harness"
    )
    return story.op("plug-in's own", 16, {"a": 1}, by="another")  # type: ignore[return-value]


def by_hand() -> FullStory:
    """Two locked deals are entered by a person, and an operator stops the run at its end."""
    story = late_and_repaired().crowd()
    story.op("human", 305, {"act": "replay", "deal": "D2", "ids": ["1"]}, by="harness")
    story.op("stop", 999, {"by": "us", "text": "enough"}, "info", "harness")
    story.op("dead_letters", 1000, {"open": 0}, by="harness")
    return story.expect(without=("no intervention", "no false alarm"))


def _reported(story: FullStory, kind: str, *deals: str, at_s: float = 200.0) -> None:
    """A signal about these deals with all that it should have, acknowledged and, after the repair, resolved."""
    more = {"kind": kind, "key": f"{kind} lock", "text": f"record lock: {', '.join(deals)}", "severity": "error"}
    story.alert(*deals, at_s=at_s, **more)
    story.taken_on(260, **more).alert(*deals, at_s=350, action="resolve", **more)


STORIES: Mapping[str, Callable[[], FullStory]] = {
    make.__name__.replace("_", " "): make
    for make in (
        no_impact,
        reported_without_impact,
        late_and_repaired,
        noticed_at_once,
        parked_and_replayed,
        parked_to_the_end,
        duplicate_prevented,
        amended,
        amended_late,
        voided,
        killed_and_slowed,
        by_hand,
        as_recorded,
        no_impact_as_recorded,
    )
}


def cases() -> dict[str, Case]:
    """The case of every story, by its name."""
    return {name: make().case() for name, make in STORIES.items()}
