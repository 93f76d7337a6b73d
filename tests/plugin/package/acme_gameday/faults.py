"""The CRM's searches take long."""

from __future__ import annotations

import dataclasses

from gameday.api import Action, FakeRule, Fault, LayerWords, fault, layer

layer(
    "search",
    LayerWords(
        what="The vendor's search index is behind or overloaded; records that are read by their id are fine.",
        signs=("Only queries are slow.",),
        diagnosis=("Is a record read by its id as fast as ever?",),
        mitigation=("Read records by their ids.",),
        fix="In the harness, deleting the rule at the fake. Outside it, the vendor.",
        ask_signs="Which graph separates queries from reads?",
        ask_diagnosis="Who may see the vendor's status page?",
        ask_mitigation="Which queries can be replaced by reads?",
        ask_fix="Whom do you call at the vendor?",
    ),
)


@fault("slow search")
@dataclasses.dataclass(frozen=True)
class SlowSearch(Fault):
    """``delay_s`` in scenario seconds."""

    layer = "search"
    targets = ("crm",)
    reasons = ("search", "query", "slow", "timeout")

    delay_s: float = 30.0

    def actions(self, target: str) -> tuple[Action, ...]:
        return (FakeRule({"kind": "slow_search", "delay_s": self.delay_s}),)
