"""A tag that is nearly one with a meaning is a mistake: it would change what a run is expected to come to."""

from __future__ import annotations

from gameday.steps.tags import tag_mistakes
from support.rows import rows


@rows(
    ("tag", "said"),
    [
        ("fail:brittle", "tag '@fail:brittle' has no meaning (did you mean '@fails:brittle'?)"),
        ("Fails:brittle", "tag '@Fails:brittle' has no meaning (did you mean '@fails:brittle'?)"),
        ("fials:brittle", "tag '@fials:brittle' has no meaning (did you mean '@fails:brittle'?)"),
        ("failed:brittle", "tag '@failed:brittle' has no meaning (did you mean '@fails:brittle'?)"),
        ("fails-brittle", "tag '@fails-brittle' has no meaning (did you mean '@fails:brittle'?)"),
        ("fails_brittle", "tag '@fails_brittle' has no meaning (did you mean '@fails:brittle'?)"),
        ("fails=brittle", "tag '@fails=brittle' has no meaning (did you mean '@fails:brittle'?)"),
        ("fails", "tag '@fails' says no stack (@fails:STACK)"),
        ("fails:", "tag '@fails:' says no stack (@fails:STACK)"),
        ("inconclusiv:mine", "tag '@inconclusiv:mine' has no meaning (did you mean '@inconclusive:mine'?)"),
        ("modes:7", "tag '@modes:7' has no meaning (did you mean '@mode:7'?)"),
        ("mode7", "tag '@mode7' has no meaning (did you mean '@mode:7'?)"),
        ("mode-7", "tag '@mode-7' has no meaning (did you mean '@mode:7'?)"),
        ("mode:seven", "tag '@mode:seven' names no failure mode (a number, as in @mode:7)"),
        ("mode:0", "tag '@mode:0' names no failure mode (a number, as in @mode:7)"),
        ("mode:", "tag '@mode:' says no number (@mode:NUMBER)"),
    ],
)
def test_a_tag_that_is_nearly_one_with_a_meaning_is_a_mistake(tag: str, said: str) -> None:
    assert [str(each) for each in tag_mistakes([tag])] == [said]


@rows("tag", ["fails:brittle", "fails:durable+bug", "inconclusive:mine", "mode:7"])
def test_a_tag_with_a_meaning_is_none(tag: str) -> None:
    assert list(tag_mistakes([tag])) == []


@rows(
    "tag",
    [
        "gate",
        "model",
        "failure",
        "jira:ABC-1",
        "owner:finance",
        "money",
        "v2",
        "déjà:vu",
        "model:x",
        "modern-days",
    ],
)
def test_any_other_tag_is_the_users_own(tag: str) -> None:
    assert list(tag_mistakes([tag])) == []
