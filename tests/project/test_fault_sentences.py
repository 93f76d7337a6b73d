"""Each bundled fault describes its effect as a clause, which reports show after "For 4 minutes"."""

from __future__ import annotations

import re
from typing import Any

from gameday.model.fault import faults, make_fault
from gameday.model.scenario import Injection
from gameday_reports.postmortem.header import sentence
from support.rows import rows

#: Values of the parameters that have no default.
EXAMPLES: dict[str, dict[str, Any]] = {
    "changed type": {"field": "Opportunity.Amount", "type": "text"},
    "hidden field": {"field": "Opportunity.CurrencyIsoCode"},
    "old API version": {"field": "Opportunity.CloseDate"},
    "renamed field": {"field": "Opportunity.Amount", "new name": "Total__c"},
    "required field": {"field": "salesOrder.memo"},
    "revoked permission": {"record": "salesOrder", "access": "edit"},
}
TARGETS = [(name, target) for name, kind in faults.items() for target in kind.targets]
SYSTEMS = {
    "crm": "the CRM",
    "erp": "the ERP",
    "pager": "the pager",
    "tickets": "the ticket system",
    "stack": "the sync",
}
#: How a clause begins: with its subject.
SUBJECT = r"(the|data|connections|replies|events) |\w+\.\w+ was "
#: The verbs, all in the past tense.
VERB = (
    r"\b(was|were|had|did|refused|reset|closed|arrived|sent|saved|answered|carried|committed|stalled|delayed|broke)\b"
)


def _clause(name: str, target: str, params: dict[str, Any]) -> str:
    return sentence(Injection(60, name, target, 240, params))


@rows(("name", "target"), TARGETS)
def test_a_fault_describes_its_effect_as_a_clause(name: str, target: str) -> None:
    clause = _clause(name, target, EXAMPLES.get(name, {}))
    assert re.match(SUBJECT, clause), clause
    assert re.search(VERB, clause), clause
    assert not re.search(r"[{}]|  |\.$", clause), clause
    assert not re.search(r"\b(is|are|refuses|sends|arrives|answers)\b", clause), clause


@rows(("name", "target"), TARGETS)
def test_a_clause_names_the_target_and_no_other_system(name: str, target: str) -> None:
    clause = _clause(name, target, EXAMPLES.get(name, {}))
    if target == "stack" or len(faults[name].targets) > 1:
        assert SYSTEMS[target] in clause
    assert {system for system in SYSTEMS.values() if system in clause} <= {SYSTEMS[target], "the sync"}


def test_a_clause_has_the_parameters_of_the_feature_as_they_are_written_there() -> None:
    params = {"latency s": "12.50"}
    assert _clause("slow connection", "erp", params) == "the network delayed replies from the ERP by about 12.5 s"
    assert _clause("price drift", "erp", {"share": "0.25"}) == (
        "the ERP's list prices of 25% of the items were 12% higher"
    )
    assert (
        _clause("renamed field", "crm", EXAMPLES["renamed field"]) == "Opportunity.Amount was named Total__c in the CRM"
    )


def test_an_unknown_fault_or_parameter_has_no_clause() -> None:
    assert _clause("no such fault", "erp", {}) == ""
    assert _clause("slow connection", "erp", {"no such parameter": "1"}) == ""
    assert make_fault("slow connection", {}).sentence
