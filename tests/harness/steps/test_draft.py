"""A scenario while it is filled in: a fault that comes and goes is one step and several injections."""

from __future__ import annotations

import pytest

from gameday.base.errors import GamedayError
from gameday.contracts.pair import AS_NAMED, Asked
from gameday.model.scenario import Flow, Injection
from gameday.steps import bdd, vocabulary
from gameday.steps.draft import Draft
from support.rows import rows

FLAPPING = bdd.functions_of(vocabulary, "when")[
    'after <at> the <target> suffers "<fault>" every <period> for <duration>, <times> times'
]


def draft() -> Draft:
    empty = Draft("a name", feature="a.feature", description="", tags=(), seed=1)
    empty.flow("salesforce", "netsuite", "closed-won-to-sales-order")
    return empty


def flap(of: Draft, **changed: str) -> None:
    words = {"at": "1 minute", "period": "2 minutes", "duration": "30 seconds", "times": "3"} | changed
    FLAPPING(of, target="ERP", fault="rate limit", datatable=[["share"], ["0.5"]], **words)


def test_a_fault_that_comes_and_goes_is_injected_at_each_of_its_times() -> None:
    filled = draft()
    flap(filled)
    assert filled.finish().injections == tuple(
        Injection(at_s, "rate limit", "erp", 30.0, {"share": "0.5"}) for at_s in (60.0, 180.0, 300.0)
    )


@rows(
    ("changed", "problem"),
    [
        ({"times": "1"}, "1 time is not possible"),
        ({"times": "-2"}, "-2 times is not possible"),
        ({"times": "101"}, "101 times is not possible"),
        ({"period": "30 seconds"}, "every 30 s for 30 s leaves no pause"),
        ({"duration": "0 seconds"}, "'rate limit' for 0 s changes nothing"),
    ],
)
def test_what_cannot_come_and_go_is_refused(changed: dict[str, str], problem: str) -> None:
    with pytest.raises(GamedayError, match=f"^{problem}"):
        flap(draft(), **changed)


USUAL = bdd.functions_of(vocabulary, "given")['deals flow from the CRM to the ERP under the contract "<contract>"']


def flow_of(asked: Asked) -> Flow:
    of = Draft("a name", feature="a.feature", description="", tags=(), seed=1, asked=asked)
    USUAL(of, contract="closed-won-to-sales-order")
    return of.finish().flow


def test_the_crm_and_the_erp_are_those_that_the_contract_names() -> None:
    assert flow_of(AS_NAMED) == Flow("salesforce", "netsuite", "closed-won-to-sales-order")


def test_the_crm_and_the_erp_are_those_that_the_session_asks_for() -> None:
    assert flow_of(Asked("blue", "red")) == Flow("blue", "red", "closed-won-to-sales-order")
    assert flow_of(Asked(erp="red", contract="own")) == Flow("salesforce", "red", "own")


@rows(
    ("target", "fault", "params", "named"),
    [
        ("CRM", "hidden field", {"field": "currency"}, {"field": "Opportunity.CurrencyIsoCode"}),
        ("CRM", "renamed field", {"field": " Unit Price", "new name": "x"}, {"field": "OpportunityLineItem.UnitPrice"}),
        ("ERP", "changed type", {"Field": "unit price", "type": "string"}, {"Field": "salesOrder.item.rate"}),
        ("ERP", "revoked permission", {"record": "order", "access": "edit"}, {"record": "salesOrder"}),
        # A vendor's own name stays as it is, and a word that is none is said to be unknown with the other mistakes.
        ("ERP", "revoked permission", {"record": "salesOrder", "access": "edit"}, {"record": "salesOrder"}),
        ("CRM", "hidden field", {"field": "no such word"}, {"field": "no such word"}),
        # Only the parameters that name records are words.
        ("CRM", "renamed field", {"field": "A.b", "new name": "currency"}, {"new name": "currency"}),
    ],
)
def test_a_word_for_all_vendors_is_the_vendors_own_name(
    target: str, fault: str, params: dict[str, str], named: dict[str, str]
) -> None:
    filled = draft()
    filled.inject(60, fault, target, 60, params)
    assert filled.finish().injections[0].params == {**params, **named}
