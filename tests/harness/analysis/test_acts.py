"""What people did is reported once for each operation of the plan, with the deals that it was done to."""

from __future__ import annotations

from gameday.analysis.acts import acts
from support.story import Story


def test_an_act_has_its_deals_and_what_was_refused() -> None:
    story = Story()
    bill = {"operation": "bill", "system": "erp", "planned_s": 60, "value": {"on": "2026-07-01"}}
    for key, record in (("key A", "A"), ("key B", "B")):
        story.op("act", 60, {**bill, "key": key}, "invoke").op("act", 61, {**bill, "key": key, "record": record})
    story.op("act", 62, {**bill, "key": "key C", "problem": "there is no order"}, "fail")
    story.op("act", 90, {**bill, "key": "key A", "record": "A", "planned_s": 90})
    merge = {"operation": "merge_accounts", "system": "crm", "planned_s": 95, "value": {"winner": "1", "loser": "2"}}
    story.op("act", 95, {**merge, "key": "", "problem": "there is no account"}, "fail")
    for number in range(7):
        story.op(
            "act", 99, {"operation": "void_deal", "system": "crm", "key": "", "record": f"D{number}", "planned_s": 99}
        )
    found = acts(story.history())
    assert [(act.time_s, act.words, act.problems) for act in found] == [
        (61, 'people in the ERP carried out "bill" (A, B, key C, on 2026-07-01)', ("there is no order",)),
        (90, 'people in the ERP carried out "bill" (A, on 2026-07-01)', ()),
        (95, 'people in the CRM could not carry out "merge accounts" (winner 1, loser 2)', ("there is no account",)),
        (99, 'people in the CRM carried out "void deal" (D0, D1, D2, D3, D4, 2 more)', ()),
    ]
