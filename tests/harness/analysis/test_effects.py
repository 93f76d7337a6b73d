"""A fault that shows no evidence of an effect lets nothing pass."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from gameday.analysis import effects as module
from gameday.analysis.effects import effects
from gameday.model.checker import Result
from gameday.model.fault import Action, FakeRule, Fault, Toxic
from gameday.model.scenario import Expectation
from gameday.scoring.judge import judge
from gameday.scoring.score import score


@pytest.fixture
def sound(story: Any) -> Any:
    """Twenty deals, each with its order, before and after a fault."""
    for number in range(20):
        story.deal(f"D{number}", at_s=10 + 10 * number).order(f"D{number}")
    story.expectations = (Expectation("exactly once", {"within_s": 300, "after": "fix"}, "every deal arrives"),)
    return story


def problem(story: Any) -> str:
    """Why nothing can be concluded from the only fault."""
    [effect] = effects(story.case())
    return effect.problem


def test_a_fault_with_a_hit_passes(sound: Any) -> None:
    case = sound.inject(100, 150).case()
    assert effects(case)[0].hits == 1
    assert judge(case)[0] is Result.PASSED


def test_a_fault_without_a_hit_is_inconclusive_and_is_named(sound: Any) -> None:
    case = sound.inject(100, 150, effect=False).case()
    result, verdicts = judge(case)
    assert result is Result.INCONCLUSIVE
    assert verdicts[1].summary.startswith("'record lock' at the erp did not take effect: no request or message")


def test_a_fault_without_an_effect_is_not_scored_and_is_not_no_impact(sound: Any) -> None:
    card = score(sound.inject(100, 150, effect=False).case())
    assert (card.detection.points, card.recovery.points, card.grade, card.no_impact) == (None, None, None, False)
    assert card.ineffective == ("record lock",)


def test_a_failure_wins_over_a_fault_without_an_effect(sound: Any) -> None:
    sound.deal("lost", at_s=210)
    assert judge(sound.inject(100, 150, effect=False).case())[0] is Result.FAILED


@pytest.mark.parametrize(("at_s", "counts"), [(1000.0, True), (1001.0, False)])
def test_a_hit_counts_until_the_ledgers_are_read(sound: Any, at_s: float, counts: bool) -> None:
    assert (problem(sound.inject(100, None, effect=False).hit("D1", at_s)) == "") is counts


def test_one_of_two_faults_without_an_effect_is_enough(sound: Any) -> None:
    case = sound.inject(100, 150).inject(120, 130, "rate limit", effect=False).case()
    assert [bool(effect.problem) for effect in effects(case)] == [False, True]
    assert judge(case)[0] is Result.INCONCLUSIVE


def test_the_hits_of_another_fault_are_no_evidence(sound: Any) -> None:
    case = sound.inject(100, 150, effect=False).op("hit", 110, {"fault": "1-rate-limit-0"}).case()
    assert judge(case)[0] is Result.INCONCLUSIVE


def test_a_fault_after_the_last_deal_says_so(sound: Any) -> None:
    assert "began 5 min after the last business operation" in problem(sound.inject(500, 550, effect=False))


def test_a_fault_after_all_deals_are_through_has_no_effect_whatever_it_hits(sound: Any) -> None:
    sound.inject(500, 550).hit("D3", 510)
    assert problem(sound).endswith("after the last business operation, when every deal was in the ERP already")
    assert judge(sound.case())[0] is Result.INCONCLUSIVE


def test_a_fault_after_the_last_operation_has_an_effect_while_a_deal_is_on_its_way(sound: Any) -> None:
    sound.deal("slow", at_s=200).order("slow", 520)
    assert problem(sound.inject(500, 550).hit("slow", 510)) == ""


def test_a_process_that_is_stopped_after_all_deals_are_through_shows_nothing(sound: Any) -> None:
    sound.inject(500, 550, "killed worker", "stack", effect=False)
    sound.op("stack", 500, {"act": "kill", "pid": 4711}, "ok", "harness")
    assert "every deal was in the ERP already" in problem(sound)


def test_a_share_that_selects_nobody_says_so(sound: Any) -> None:
    assert "its share of 0.01 selected no deal" in problem(sound.inject(100, 150, effect=False, share="0.01"))


def test_a_scenario_without_faults_needs_no_evidence(sound: Any) -> None:
    result, verdicts = judge(sound.case())
    assert result is Result.PASSED
    assert [verdict.name for verdict in verdicts] == ["steady state", "every deal arrives"]


def test_a_fault_that_was_never_injected_has_no_effect(sound: Any) -> None:
    sound.inject(100, 150)
    sound.ops = [op for op in sound.ops if op[2] not in ("inject", "heal")]
    assert problem(sound).endswith("it was never injected")


# -- deliveries --------------------------------------------------------------------------------------


def delivered(story: Any, at_s: float, outcome: str = "ok") -> Any:
    """An event of the CRM to the stack."""
    return story.op("deliver", at_s, {"message": "m", "deals": ["D1"]}, outcome, "salesforce")


def held(story: Any, count: int) -> Any:
    """Deliveries that the fault still held back at the end."""
    return story.op("held", 999, {"faults": {"0-duplicate-delivery-0": count}}, "info", "harness")


def duplicate(story: Any) -> Any:
    """Events of the CRM are duplicated from 100 to 150."""
    story.inject(100, 150, "duplicate delivery", "crm", effect=False)
    return story.op("hit", 110, {"fault": "0-duplicate-delivery-0", "operation": "deliver", "order": "D9"})


def test_a_delivery_fault_against_a_stack_that_takes_events_has_an_effect(sound: Any) -> None:
    assert problem(delivered(duplicate(sound), 111)) == ""


def test_a_delivery_fault_against_a_poller_has_none(sound: Any) -> None:
    assert "accepted no event" in problem(delivered(duplicate(sound), 111, "fail"))


def test_a_delivery_fault_after_which_the_stack_takes_no_event_has_none(sound: Any) -> None:
    delivered(duplicate(sound), 120, "fail")
    assert "the stack accepted no event of the CRM from then on" in problem(delivered(sound, 20))


def test_a_copy_that_is_due_after_the_end_is_inconclusive(sound: Any) -> None:
    assert problem(held(delivered(duplicate(sound), 111), 3)).endswith(
        "still held back 3 requests or messages at the end"
    )


def test_nothing_held_back_is_no_problem(sound: Any) -> None:
    assert problem(held(delivered(duplicate(sound), 111), 0)) == ""


# -- the network -------------------------------------------------------------------------------------


def slow(story: Any, fault: str = "slow connection", **params: Any) -> Any:
    """The link to the ERP is slow from 100 to 150."""
    return story.inject(100, 150, fault, "erp", effect=False, **params)


def link(story: Any, **counts: int) -> Any:
    """What passed the link meanwhile."""
    return story.op("link", 150, {"injection": 0, "link": "stack-erp", **counts}, "info", "harness")


def test_bytes_on_the_link_are_evidence(sound: Any) -> None:
    assert problem(link(slow(sound), opened=1, received=900, sent=300)) == ""


@pytest.mark.parametrize(("toxicity", "connections", "sure"), [(1.0, 1, True), (0.5, 4, False), (0.5, 5, True)])
def test_a_toxic_that_may_have_spared_every_connection_shows_nothing(
    sound: Any, toxicity: float, connections: int, sure: bool
) -> None:
    sound.inject(100, 150, "slow connection", effect=False, toxicity=toxicity)
    found = problem(link(sound, opened=connections, received=900))
    assert (found == "") is sure
    assert sure or f"may have spared each of {connections} connections" in found


def test_an_open_connection_without_a_byte_is_none(sound: Any) -> None:
    assert "nothing passed the link stack-erp" in problem(link(slow(sound), open=1))


def test_a_link_that_nobody_uses_is_none(sound: Any) -> None:
    assert "nothing passed the link stack-erp" in problem(slow(sound))


def test_a_limit_that_was_not_reached_is_none(sound: Any) -> None:
    assert "its limit is" in problem(
        link(slow(sound, "limited data", bytes="100000"), opened=1, received=900, sent=300)
    )


def test_a_link_that_is_down_while_a_connection_was_open_is_evidence(sound: Any) -> None:
    assert problem(link(slow(sound, "connection down"), open=2)) == ""


def test_a_link_that_is_down_when_there_is_nothing_to_send_is_none(sound: Any) -> None:
    sound.deal("slow", at_s=200).order("slow", 600)
    sound.inject(500, 550, "connection down", "erp", effect=False)
    assert "no deal was closed or changed" in problem(sound)


@pytest.mark.parametrize(("target", "used"), [("erp", True), ("crm", False), ("pager", False), ("tickets", False)])
def test_a_closed_link_has_an_effect_only_if_the_stack_uses_it(sound: Any, target: str, used: bool) -> None:
    why = problem(sound.inject(100, 150, "connection down", target, effect=False))
    assert ("the stack did not use it in the whole run" in why) is not used


@pytest.mark.parametrize("link", ["pager", "tickets"])
@pytest.mark.parametrize("trouble", ["lost", "hit", "lost later", "none"])
def test_a_closed_link_to_the_pager_has_an_effect_if_there_was_something_to_alert_about(
    sound: Any, link: str, trouble: str
) -> None:
    sound.alert("D1", at_s=160, kind="alert" if link == "pager" else "ticket")
    if trouble.startswith("lost"):
        sound.deal("missing", at_s=30 if trouble == "lost" else 300)
    sound.inject(100, 150, "connection down", link, effect=False)
    if trouble == "hit":
        sound.hit("D10", 110)
    [effect] = effects(sound.case())
    if trouble in ("lost", "hit"):
        assert effect.evidence == "the link was closed while 1 deal needed it"
    else:
        assert "there was nothing to alert about" in effect.problem


def test_an_event_to_the_stack_while_its_link_is_slow_is_evidence(sound: Any) -> None:
    assert problem(delivered(sound.inject(100, 150, "slow connection", "stack", effect=False), 120, "info")) == ""


@pytest.mark.parametrize(("outcome", "says"), [("ok", "every event of the CRM passed"), ("fail", "")])
def test_a_limit_on_the_stacks_link_has_an_effect_only_if_a_delivery_failed(
    sound: Any, outcome: str, says: str
) -> None:
    sound.inject(100, 150, "limited data", "stack", effect=False)
    found = problem(delivered(sound, 120, outcome))
    assert says in found if says else found == ""


def test_no_event_to_the_stack_is_none(sound: Any) -> None:
    assert "the CRM sent nothing" in problem(sound.inject(100, 150, "slow connection", "stack", effect=False))


@dataclasses.dataclass(frozen=True)
class Restart(Fault):
    """Acts on requests and on the link."""

    layer = "http"
    targets = ("erp",)
    reasons = ("restart",)

    def actions(self, target: str) -> tuple[Action, ...]:
        return (FakeRule({"kind": "http", "action": "reply"}), Toxic("stack-erp", "latency", {"latency": 1}))


@pytest.mark.parametrize(("hit", "passed", "none"), [(True, 0, False), (False, 900, False), (False, 0, True)])
def test_of_a_fault_at_a_fake_and_on_its_link_either_is_evidence(
    sound: Any, monkeypatch: pytest.MonkeyPatch, hit: bool, passed: int, none: bool
) -> None:
    monkeypatch.setattr(module, "make_fault", lambda *_: Restart())
    sound.inject(100, 150, "restart", effect=hit)
    assert bool(problem(link(sound, opened=1, received=passed))) is none


# -- the process -------------------------------------------------------------------------------------


def killed(story: Any, at_s: float = 100, **value: Any) -> Any:
    """The stack is killed at 100."""
    story.inject(100, 150, "killed worker", "stack", effect=False)
    return story.op("stack", at_s, {"act": "kill", **value}, "ok", "harness")


def test_a_process_that_ended_is_evidence(sound: Any) -> None:
    case = killed(sound, pid=4711).case()
    assert effects(case)[0].evidence == "process 4711 was stopped"
    assert judge(case)[0] is Result.PASSED


def test_a_process_that_was_gone_already_is_none(sound: Any) -> None:
    assert "no process of the stack was running" in problem(killed(sound, pid=0))


def test_starts_of_a_batch_that_a_kill_prevented_are_evidence(sound: Any) -> None:
    for time_s in (90, 120, 145, 160):
        sound.op("stack", time_s, {"act": "missed"}, "info", "harness")
    case = killed(sound).case()
    assert effects(case)[0].evidence == "2 starts of a batch were due and not made"
    assert judge(case)[0] is Result.PASSED


def test_of_several_processes_one_that_ended_is_evidence(sound: Any) -> None:
    killed(sound, pid=0, process="nightly")
    case = sound.op("stack", 101, {"act": "kill", "pid": 4711, "process": "api"}, "ok", "harness").case()
    assert effects(case)[0].evidence == "process 4711 was stopped"


def test_a_kill_at_another_time_is_none(sound: Any) -> None:
    assert "no process was stopped" in problem(killed(sound, at_s=300, pid=4711))


@pytest.mark.parametrize(
    ("act", "process", "mine"),
    [("kill", "nightly", True), ("kill", "api", False), ("pause", "nightly", False), ("kill", "", False)],
)
def test_a_process_that_another_fault_stopped_is_none(sound: Any, act: str, process: str, mine: bool) -> None:
    sound.inject(100, 150, "killed worker", "stack", effect=False, process="nightly")
    sound.op("stack", 101, {"act": act, "pid": 4711, "process": process}, "ok", "harness")
    assert (problem(sound) == "") is mine
