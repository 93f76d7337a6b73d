"""What reports a deal that is not right: a signal that is open, came once the deal existed, and is precise."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gameday.analysis.alerts import unreported_orphans
from gameday.analysis.interventions import interventions
from gameday.analysis.reconcile import reconcile
from gameday.analysis.signal_class import masked
from gameday.scoring.repair_list import repair_list


def reported(story: Any, deal: str = "D1") -> bool:
    found: bool = next(o for o in reconcile(story.case()).outcomes if o.deal == deal).reported
    return found


@pytest.fixture
def lost(locked: Any) -> Any:
    """D1 is lost: the record lock hit it, and it never arrived."""
    return locked.deal("D1", 70).hit("D1", 71)


@pytest.fixture
def healthy(lost: Any) -> Any:
    """Beside D1, which is lost, ten deals that are right."""
    for number in range(10, 20):
        lost.deal(f"D{number}", 400).order(f"D{number}", 402)
    return lost


def test_an_open_alert_about_a_lost_deal_reports_it(lost: Any) -> None:
    assert reported(lost.alert("D1", at_s=80))


def test_an_alert_that_was_resolved_reports_no_lost_deal(lost: Any) -> None:
    lost.alert("D1", at_s=80, key="k").alert(at_s=500, key="k", action="resolve")
    assert not reported(lost)


def test_an_alert_that_was_opened_again_about_other_deals_reports_only_those(lost: Any) -> None:
    lost.deal("D2", 70).alert("D1", at_s=80, key="k").alert(at_s=500, key="k", action="resolve")
    lost.alert("D2", at_s=600, key="k")
    assert (reported(lost, "D1"), reported(lost, "D2")) == (False, True)


def test_a_resolution_after_the_ledgers_were_read_comes_too_late_to_matter(lost: Any) -> None:
    lost.alert("D1", at_s=80, key="k").alert(at_s=1001, key="k", action="resolve")
    assert reported(lost)


def test_an_alert_after_the_ledgers_were_read_reports_nothing(lost: Any) -> None:
    assert not reported(lost.alert("D1", at_s=1001))


def test_an_alert_that_was_resolved_after_the_repair_reported_a_late_deal(locked: Any) -> None:
    locked.deal("D1", 70).order("D1", 400)
    locked.alert("D1", at_s=140, key="k").alert(at_s=410, key="k", action="resolve")
    assert reported(locked)


def test_an_alert_that_was_resolved_before_the_repair_did_not(locked: Any) -> None:
    locked.deal("D1", 70).order("D1", 400)
    locked.alert("D1", at_s=140, key="k").alert(at_s=200, key="k", action="resolve")
    assert not reported(locked)


def test_a_tenth_of_the_latency_between_resolution_and_repair_makes_no_difference(locked: Any) -> None:
    locked.deal("D1", 70).order("D1", 400)
    locked.alert("D1", at_s=140, key="k").alert(at_s=395, key="k", action="resolve")
    assert reported(locked)


def test_an_alert_from_before_the_deal_existed_reports_it_only_once_it_is_updated(locked: Any) -> None:
    locked.deal("D1", 200).alert("D1", at_s=100, key="k")
    assert not reported(locked)
    assert reported(locked.alert("D1", at_s=300, key="k"))


def test_a_digest_of_all_deals_reports_nothing(healthy: Any) -> None:
    healthy.alert("D0", "D1", *(f"D{n}" for n in range(10, 20)), at_s=900)
    assert not reported(healthy)


def test_a_page_for_every_deal_reports_nothing(healthy: Any) -> None:
    for number in (0, 1, *range(10, 20)):
        healthy.alert(f"D{number}", at_s=900, reason=f"deal D{number} was not processed")
    assert not reported(healthy)


@pytest.mark.parametrize(("arrived_s", "counts"), [(150, True), (102, False)])
def test_a_deal_is_rightly_listed_at_once_if_the_fault_then_keeps_it(locked: Any, arrived_s: int, counts: bool) -> None:
    locked.deal("D1", 70).order("D1", 280).deal("D2", 100).order("D2", arrived_s)
    for deal, at_s in (("D1", 75), ("D2", 101)):
        locked.alert(deal, at_s=at_s, key="k", kind="ticket")
    assert reported(locked) is counts


def test_a_digest_is_no_better_for_precise_alerts_of_its_class(healthy: Any) -> None:
    healthy.alert("D0", "D1", *(f"D{n}" for n in range(10, 20)), at_s=900)
    for number in range(20, 40):
        healthy.deal(f"D{number}", 70).hit(f"D{number}", 71).alert(f"D{number}", at_s=90)
    assert (reported(healthy, "D1"), reported(healthy, "D20")) == (False, True)


def test_precision_is_that_of_the_class_so_one_class_does_not_spoil_another(healthy: Any) -> None:
    for number in (0, 1, *range(10, 20)):
        healthy.alert(f"D{number}", at_s=900, reason=f"deal D{number} is on its way")
    assert reported(healthy.alert("D1", at_s=910, reason="record lock: deal D1 was not written"))


@pytest.mark.parametrize("same", ["key", "rule", "summary"])
def test_signals_of_one_rule_template_or_key_pattern_are_of_one_class(healthy: Any, same: str) -> None:
    for number in range(4):
        deal = f"D{number + 8}" if number > 1 else f"D{number}"
        unlike = dict.fromkeys(("key", "rule", "summary"), "abcdefghijkl"[number] * 5)
        healthy.alert(deal, at_s=900, **(unlike | {same: f"sync stuck {deal}" if same != "rule" else "stuck"}))
    assert not reported(healthy)


@pytest.mark.parametrize("kind", ["alert", "ticket", "dead letter"])
@pytest.mark.parametrize(("others", "counts"), [(range(10, 14), False), (range(10, 13), True)])
def test_a_title_of_its_own_for_every_deal_makes_no_class_of_each(
    healthy: Any, kind: str, others: range, counts: bool
) -> None:
    for number in (1, *others):
        title = f"{'abcdefghijklmn'[number] * 5} was refused"
        if kind == "dead letter":
            healthy.letter(f"D{number}", reason=title)
        else:
            healthy.alert(f"D{number}", at_s=900, kind=kind, summary=title, reason=title, key=title)
    assert reported(healthy) is counts


#: Reasons that all explain a lost deal, of ten kinds.
REASONS = (
    *("record lock", "permission denied", "login failed", "rate limit exceeded", "the ERP answered 503"),
    *("connection refused", "timed out", "field renamed", "the item is inactive", "the period is closed"),
)


@pytest.mark.parametrize("kind", ["alert", "ticket", "dead letter"])
@pytest.mark.parametrize(("right", "counts"), [(4, False), (5, False), (6, True)])
def test_a_title_and_a_reason_of_its_own_for_every_deal_make_no_class_of_each(
    healthy: Any, kind: str, right: int, counts: bool
) -> None:
    deals = ["D1", *(f"L{number}" for number in range(1, right)), *(f"D{n}" for n in range(10, 20 - right))]
    for number, deal in enumerate(deals):
        if deal.startswith("L"):
            healthy.deal(deal, 70).hit(deal, 71)
        reason = REASONS[number]
        if kind == "dead letter":
            healthy.letter(deal, reason=reason)
        else:
            healthy.alert(deal, at_s=900, kind=kind, summary=reason, reason=reason, key=reason)
    assert reported(healthy) is counts


def test_a_few_kinds_of_trouble_are_judged_each_by_itself(healthy: Any) -> None:
    for deal, reason in zip(("D1", "D10", "D11"), REASONS, strict=False):
        healthy.alert(deal, at_s=900, summary=reason, reason=reason, key=reason)
    assert reported(healthy)


def test_many_titles_for_one_reason_report_the_deals_that_are_in_trouble(lost: Any) -> None:
    for number in range(1, 9):
        lost.deal(f"D{number}", 70).hit(f"D{number}", 71)
        lost.alert(f"D{number}", at_s=90, summary=f"{'abcdefghi'[number] * 5} was refused", key="xyzabcdef"[number] * 3)
    assert all(reported(lost, f"D{number}") for number in range(1, 9))


def test_a_class_that_also_fires_in_the_control_reports_nothing(lost: Any, new_story: Any) -> None:
    lost.control = new_story().alert("C7", at_s=80, reason="deal C7 was not processed").history()
    assert not reported(lost.alert("D1", at_s=80, reason="deal D1 was not processed"))


def test_where_the_stack_fails_without_any_fault_its_signals_in_the_control_may_be_right(
    locked: Any, new_story: Any
) -> None:
    locked.deal("D1", 20).order("D1", 22).order("D1", 24).alert("D1", at_s=30, reason="duplicate order")
    locked.control = new_story().alert("C7", at_s=80, reason="duplicate order").history()
    assert reported(locked)


def test_a_class_that_also_fires_in_the_steady_state_reports_nothing(lost: Any) -> None:
    lost.alert("D0", at_s=20, reason="deal D0 was not processed")
    assert not reported(lost.alert("D1", at_s=80, reason="deal D1 was not processed"))


def test_a_deal_that_waited_for_the_fault_when_it_was_listed_is_rightly_listed(locked: Any) -> None:
    # Ten deals are held up for 50 s, which is in time; the eleventh is lost.
    for number in range(1, 11):
        locked.deal(f"D{number}", 100).order(f"D{number}", 150)
    locked.deal("L", 100).alert("L", *(f"D{n}" for n in range(1, 11)), at_s=140)
    assert reported(locked, "L")


def test_a_dead_letter_reports_a_duplicate_only_with_its_own_payload(locked: Any) -> None:
    locked.deal("D1", 70).order("D1").order("D1").deal("D2", 70).order("D2").order("D2")
    locked.letter("D1", reason="duplicate order").letter("D2", reason="duplicate order", payload={"Id": "D1"})
    assert (reported(locked, "D1"), reported(locked, "D2")) == (True, False)


@pytest.mark.parametrize(
    ("payload", "parked"),
    [
        ({"Id": "D1", "Amount": 100}, True),
        ('{"Id":"D1","CurrencyIsoCode":"USD","CloseDate":"2026-06-30T00:00:00Z"}', True),
        ({"Id": "D1", "items": [{"sku": "SKU-1"}]}, True),
        ({"id": "D1", "was": {"amount": 90}, "account": "ACC-1", "currency": "USD"}, True),
        ("<Id>D1</Id><Amount>100.00</Amount>", True),
        ('{"Id":"D1"}', False),
        ("D1", False),
        (["D1"], False),
        ({"D1": {}}, False),
        ({"id": "D1", "order": "D1", "deal": {"id": "D1"}}, False),
        ({"Id": "D1", "url": "https://crm.example.com/D1"}, False),
        ({"Id": "D1", "reason": "record lock", "attempts": 3}, False),
        ({"Id": "D1", "StageName": "Closed Won", "first_seen": "2026-07-01T10:00:00Z"}, False),
        ({"Id": "D1", "AccountId": "ACC-1"}, False),
        ({"Id": "D1", "currency": "USD"}, False),
        ({"Id": "D1", "Amount": "unknown", "lines": []}, False),
        ({"Id": "D1", "Amount": 99.99}, False),
        ({"Amount": "100.0", "lines": []}, True),
        ({"Amount": 99}, False),
        ({"Id": "D0", "Amount": 100}, False),
        ({"deals": ["D0", "D1"]}, False),
        ({}, False),
    ],
)
def test_a_payload_counts_only_if_it_is_the_deals_own(lost: Any, payload: Any, parked: bool) -> None:
    outcome = reconcile(lost.letter("D1", payload=payload).case()).outcomes[1]
    assert (outcome.state == "parked") is parked


@pytest.mark.parametrize(
    ("payload", "amended", "parked"),
    [
        ({"Id": "D1", "items": [{"sku": "SKU-1"}], "Amount": 250}, False, False),
        ({"Id": "D1", "items": [{"sku": "SKU-1"}], "totalAmount": "250.00"}, False, False),
        ({"Id": "D1", "currency": "USD", "account": "ACC-1", "total": 250}, False, False),
        ({"Id": "D1", "items": [{"sku": "SKU-1", "amount": 250}], "Amount": 100}, False, True),
        ({"Id": "D1", "items": [{"sku": "SKU-1"}], "Amount": 250}, True, True),
        ({"Id": "D1", "items": [{"sku": "SKU-1", "quantity": 250}]}, False, True),
        ({"Id": "D1", "items": [{"sku": "SKU-1"}], "Amount": 99}, False, True),
    ],
)
def test_the_payload_of_another_deal_is_not_this_ones_under_its_id(
    lost: Any, payload: Any, amended: bool, parked: bool
) -> None:
    lost.deal("D5", 400, amount="250.00").order("D5", 402).letter("D1", payload=payload)
    if amended:
        lost.crm["D1"] = msgspec.structs.replace(lost.crm["D1"], changed_s=75.0)
    found = {outcome.deal: outcome.state for outcome in reconcile(lost.case()).outcomes}
    assert found["D1"] == ("parked" if parked else "lost")


def test_tickets_for_every_deal_park_nothing(healthy: Any) -> None:
    for number in (0, 1, *range(10, 20)):
        healthy.alert(f"D{number}", at_s=900, kind="ticket", summary=f"deal D{number}: record lock")
    assert reconcile(healthy.case()).outcomes[1].state == "lost"


HARMS: dict[str, Callable[[Any], Any]] = {
    "lost": lambda story: story,
    "no invoice": lambda story: story.order("D1", invoice=None),
    "amended since": lambda story: story.deal("D1", 70, amount="120", changed_s=90).order("D1", 72, total=Decimal(100)),
    "no lines": lambda story: story.order("D1", total=Decimal(0), lines=(), invoice=None),
    "duplicated": lambda story: story.order("D1").order("D1"),
    "mismatched": lambda story: story.order("D1", total=Decimal(99)),
}


@pytest.mark.parametrize(
    ("reason", "explained"),
    [
        ("record locked by another process", ["lost", "no invoice", "amended since", "no lines"]),
        ("accounting period is closed", ["lost", "no invoice", "amended since", "no lines"]),
        ("backlog: not settled after 180 s", ["lost", "no invoice", "amended since", "no lines"]),
        ("the order could not be created", ["lost", "no invoice", "amended since", "no lines"]),
        ("duplicate: more than one order for one deal", ["duplicated"]),
        ("reconciliation mismatch between deal and order", ["no invoice", "amended since", "no lines", "mismatched"]),
        ("no duplicates, and not locked", []),
        ("Error while accessing a resource", []),
    ],
)
def test_a_signal_reports_only_the_harm_that_its_reason_explains(
    locked: Any, new_story: Any, reason: str, explained: list[str]
) -> None:
    def counts(harm: str) -> bool:
        story = new_story().deal("D0", 10).order("D0", 12).inject(60, 300).deal("D1", 70)
        return reported(HARMS[harm](story).alert("D1", at_s=400, reason=reason))

    assert [harm for harm in HARMS if counts(harm)] == explained


@pytest.mark.parametrize("kind", ["ticket", "letter"])
@pytest.mark.parametrize(
    ("reason", "state"), [("record lock", "parked"), ("backlog: waits", "lost"), ("duplicate", "lost"), ("", "lost")]
)
def test_a_deal_is_parked_only_for_a_reason_that_fits(lost: Any, kind: str, reason: str, state: str) -> None:
    if kind == "ticket":
        lost.alert("D1", at_s=80, kind="ticket", reason=reason)
    else:
        lost.letter("D1", reason=reason)
    assert reconcile(lost.case()).outcomes[1].state == state


@pytest.mark.parametrize(
    ("reason", "counts"),
    [
        ("Slack webhook answered 503", False),
        ("PagerDuty answered 429: too many requests", False),
        ("could not post to Jira: connection refused", False),
        ("timeout of the mail server", False),
        ("no connection to Datadog", False),
        ("Opsgenie is down", False),
        ("could not reach Slack; record locked", True),
        ("could not reach Slack because the network is down", True),
        ("the ERP answered 503 (Jira ticket PROJ-7 was refused)", True),
        ("posted to Slack: record locked", True),
        ("alert from Datadog: the ERP answered 503", True),
        ("Jira PROJ-7: record locked", True),
        ("error in Sentry SYNC-12: connection refused by NetSuite", True),
    ],
)
def test_the_trouble_of_a_system_that_carries_alerts_explains_no_harm(lost: Any, reason: str, counts: bool) -> None:
    assert reported(lost.alert("D1", at_s=80, reason=reason)) is counts
    assert reported(lost.alert("D1", at_s=90, reason=reason, summary="sync: record lock"))


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("D1: record lock\nD2: duplicate order", True),
        ("D1 is locked; D2 was booked twice", True),
        ("a lock, and a duplicate: D1, D2", True),
        ("see the attached list of D1\nand D2", True),
        ("D2: record lock\nD1: duplicate order", False),
        ("D2 is locked; D1 was booked twice", False),
    ],
)
def test_of_a_reason_for_several_harms_what_is_said_of_the_deal_itself_counts(lost: Any, text: str, both: bool) -> None:
    lost.deal("D2", 72).order("D2", 74).order("D2", 80)
    lost.alert("D1", "D2", at_s=90, reason="record lock; duplicate order", text=text)
    assert (reported(lost, "D1"), reported(lost, "D2")) == (both, both)


@pytest.mark.parametrize(
    ("order", "state"),
    [("0065g00000ABcdE", "parked"), ("SFDC_OPP_0065g00000ABcdEAAT", "parked"), ("0065g00000ABcdF", "lost")],
)
def test_a_dead_letter_may_name_its_deal_in_any_usual_way(locked: Any, order: str, state: str) -> None:
    deal = "0065g00000ABcdEAAT"
    locked.contract = msgspec.structs.replace(locked.contract, match_pattern="SFDC_OPP_{deal}")
    locked.deal(deal, 70).hit(deal, 71).letter(deal)
    locked.letters = [msgspec.structs.replace(locked.letters[0], order=order)]
    found = {outcome.deal: outcome.state for outcome in reconcile(locked.case()).outcomes}
    assert found[deal] == state
    [row] = [row for row in repair_list(locked.case()) if row.deal == deal]
    assert [step.target for step in row.steps if step.act == "replay"] == ([order] if state == "parked" else [])
    # D0 is not written by the pattern: it and its order are to be repaired too.
    assert interventions(locked.case()).count == (3 if state == "parked" else 4)


def test_an_orphan_order_is_unreported_once_the_alert_about_it_is_resolved(locked: Any) -> None:
    locked.order("D9").alert(at_s=90, key="k", text="the order SO2 belongs to no deal")
    assert unreported_orphans(locked.case()) == []
    locked.alert(at_s=95, key="k", action="resolve")
    assert [entry.id for entry in unreported_orphans(locked.case())] == ["SO2"]


def test_ids_and_figures_are_masked_and_words_are_not() -> None:
    assert masked("Deal 0065g00000ABcdE: 3 of 12 tries", []) == masked("deal 0065g00000ABcdF: 4 of 12 tries", [])
    assert masked("deal alpha: locked", ["alpha"]) == masked("deal beta: locked", ["beta"])
    assert masked("deal X1: locked") != masked("deal X1: duplicate")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("order 2 has no deal", 0),
        ("12 deals are late", 1),
        ("2 deals are late", 1),
        ("late by 2 min", 1),
        ("the total is 2.50, of 31.12", 1),
        ("since 2026-2-14, 12:2", 1),
        ("see /salesOrder/2, it has no deal", 0),
        ("orders without a deal: 4, 2, 7", 0),
        ("order SO22 has no deal", 1),
        ("deal D7 has no order", 1),
        ("order WEB-9 has no deal", 0),
    ],
)
def test_an_orphan_order_is_named_by_an_id_of_its_own_as_a_word(locked: Any, text: str, left: int) -> None:
    locked.deal("D7", 70).deal("L1", 70).hit("L1", 71)
    locked.order("X", at_s=80, keys={"externalId": "X", "otherRefNum": "D7", "custbody": "WEB-9"})
    locked.alert("L1", at_s=90, text=text)
    case = locked.case()
    entries = tuple(
        msgspec.structs.replace(entry, id="2") if entry.keys["externalId"] == "X" else entry
        for entry in case.erp.entries
    )
    case = msgspec.structs.replace(case, erp=msgspec.structs.replace(case.erp, entries=entries))
    assert len(unreported_orphans(case)) == left


@pytest.mark.parametrize("names_customers", [True, False])
def test_a_page_for_every_deal_is_one_class_whatever_customer_its_title_names(
    locked: Any, names_customers: bool
) -> None:
    names = {"D1": "Acme", "D2": "Bravo & Sons", "D3": "Straße", "D4": "Lima"}
    for deal, name in names.items():
        locked.deal(deal, 400, customer=f"ACC-{deal}").alert(deal, at_s=500, key=deal, summary=f"{name}: record locked")
    for deal in ("D2", "D3", "D4"):
        locked.order(deal, 402)
    case = locked.case()
    accounts = {f"ACC-{deal}": {"Name": name} for deal, name in names.items()} if names_customers else {}
    case = msgspec.structs.replace(case, crm=msgspec.structs.replace(case.crm, customers=accounts))
    lost = next(outcome for outcome in reconcile(case).outcomes if outcome.deal == "D1")
    assert lost.reported is not names_customers


@pytest.mark.parametrize(
    ("reason", "counts"),
    [
        ("the order is missing", True),
        ("the order is missing, was booked twice or its total differs", False),
        ("failed, duplicated or mismatched", False),
        ("reconciliation failed: duplicate order, the totals differ", True),
        ("locked, no permission, timed out, period closed, price differs, duplicate, connection lost", False),
    ],
)
def test_a_reason_that_fits_whatever_became_of_a_deal_reports_nothing(lost: Any, reason: str, counts: bool) -> None:
    lost.alert("D1", at_s=80, reason=reason, text=f"D1: {reason}").letter("D1", reason=reason)
    assert reported(lost) is counts


def test_a_signal_may_say_of_each_deal_what_is_wrong_with_it(lost: Any) -> None:
    for deal, orders in (("D2", 2), ("D3", 1), ("D10", 0)):
        lost.deal(deal, 70).hit(deal, 71)
        for _ in range(orders):
            lost.order(deal, 72, total=Decimal(1) if deal == "D3" else Decimal("100.00"))
    reason = "3 orders missing, 1 booked twice, 1 mismatched"
    lost.alert(
        "D1",
        "D2",
        "D3",
        "D10",
        at_s=80,
        reason=reason,
        text=f"{reason}. Missing orders: D1\nD2: booked twice; D3: total differs",
    )
    assert [reported(lost, deal) for deal in ("D1", "D2", "D3", "D10")] == [True, True, True, False]
