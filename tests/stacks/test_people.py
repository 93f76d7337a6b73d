"""What people do on a day, simulated: it happens to the deal that is named, and what a system refuses is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.analysis.acts import acts
from gameday.analysis.reconcile import reconcile
from gameday.model.checker import Result
from gameday.model.events import AccountsMerged, DealDeleted, DealRestored, DuplicateMerged, PeopleActed, Repriced
from gameday.model.settings import Settings, Target
from support.simulated import Simulated, Simulation

pytestmark = pytest.mark.slow

FEATURE = """
Feature: People do something

  Background:
    Given deals flow from "{crm}" to "{erp}" under the contract "{contract}"
    And 12 deals are closed won at 20 per minute
{given}
  Scenario: They do it
{steps}
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
"""
STEP = '    {word} after {at} people in the {target} carry out "{operation}"\n      | deal |\n      | {deal} |'


def day(
    simulation: Simulation, folder: Path, crm: str, erp: str, *steps: tuple[str, str, str, str], given: str = ""
) -> Simulated:
    """A day on which people do what the steps say: at, target, operation, deal."""
    lines = [
        STEP.format(word="And" if number else "When", at=at, target=target, operation=operation, deal=deal)
        for number, (at, target, operation, deal) in enumerate(steps)
    ]
    contract = "closed-won-to-sales-order" + ("" if (crm, erp) == ("salesforce", "netsuite") else f".{crm}.{erp}")
    feature = folder / "people.feature"
    text = FEATURE.format(crm=crm, erp=erp, contract=contract, given=given, steps="\n".join(lines))
    feature.write_text(text, encoding="utf-8")
    return simulation.run(feature, Settings(targets=(Target("durable", 1),), runs_dir=str(folder), control=False))


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def test_an_order_is_billed_by_the_number_of_its_deal(tmp_path: Path, simulation: Simulation) -> None:
    late = "    And the ERP has the settings\n      | bill after s |\n      | 200          |\n"
    found = day(simulation, tmp_path, "salesforce", "s4hana", ("50 seconds", "ERP", "bill", "2"), given=late)
    [done] = found.case.history.of(PeopleActed, outcome="ok")
    assert (done.event.operation, done.event.key, done.event.system) == ("bill", "deal-000002", "erp")
    outcome = next(each for each in reconcile(found.case).outcomes if each.key == "deal-000002")
    invoiced_s = {entry.id: [invoice.time_s for invoice in entry.invoices] for entry in found.case.erp.entries}
    assert [round(at_s) for order in outcome.orders for at_s in invoiced_s.pop(order)] == [50]
    assert min(at_s for times in invoiced_s.values() for at_s in times) >= 200
    assert found.result is Result.PASSED


def test_what_a_system_refuses_makes_the_run_inconclusive(tmp_path: Path, simulation: Simulation) -> None:
    found = day(simulation, tmp_path, "salesforce", "oracle-fusion", ("1 second", "ERP", "hold order", "12"))
    [verdict] = [each for each in found.verdicts if each.result is Result.INCONCLUSIVE]
    assert verdict.name == "people did what the scenario says"
    assert verdict.summary.startswith("ERP: hold order was not possible: there is no order 'deal-000012'")
    assert found.result is Result.INCONCLUSIVE


def test_a_deal_that_is_restored_is_ordered_again(tmp_path: Path, simulation: Simulation) -> None:
    steps = (("1 minute", "CRM", "delete deal", "2, 3"), ("5 minutes", "CRM", "restore deal", "2"))
    found = day(simulation, tmp_path, "hubspot", "netsuite", *steps)
    history = found.case.history
    assert len([*history.of(DealDeleted, outcome="ok")]) == 2 and len([*history.of(DealRestored, outcome="ok")]) == 1
    ids = {each.key: each.deal for each in reconcile(found.case).outcomes}
    second, third = ids["deal-000002"], ids["deal-000003"]
    assert [(round(act.time_s), act.words) for act in acts(history.of(PeopleActed))] == [
        (60, f'people in the CRM carried out "delete deal" ({second}, {third})'),
        (300, f'people in the CRM carried out "restore deal" ({second})'),
    ]
    void = {each.key: each.void for each in reconcile(found.case).outcomes}
    assert (void["deal-000002"], void["deal-000003"]) == (False, True)
    assert found.result is Result.PASSED


MERGE = '    When after 1 minute people in the CRM carry out "merge accounts"\n'
ACCOUNTS = "      | winner        | loser         |\n      | account-00001 | account-00002 |"


@pytest.mark.parametrize(
    ("stack", "crm", "erp", "result"),
    [
        ("durable", "salesforce", "netsuite", Result.PASSED),
        ("durable+keeps-former-customer", "salesforce", "netsuite", Result.FAILED),
        # Both ids of a company go on to lead to it, so an order under either is right.
        ("durable", "hubspot", "netsuite", Result.PASSED),
        ("brittle", "hubspot", "netsuite", Result.PASSED),
        # An invoice of a customer whom the ERP has as before is not made anew: here that cannot be done.
        ("durable", "hubspot", "business-central", Result.PASSED),
    ],
)
def test_two_accounts_that_a_feature_names_are_merged(
    stack: str, crm: str, erp: str, result: Result, tmp_path: Path, simulation: Simulation
) -> None:
    feature = tmp_path / "people.feature"
    contract = "closed-won-to-sales-order" + ("" if (crm, erp) == ("salesforce", "netsuite") else f".{crm}.{erp}")
    steps = f"{MERGE}{ACCOUNTS}"
    feature.write_text(FEATURE.format(crm=crm, erp=erp, contract=contract, given="", steps=steps), encoding="utf-8")
    settings = Settings(targets=(Target(stack, 1),), runs_dir=str(tmp_path), control=False)
    assert simulation.run(feature, settings).result is result


def some(*names: str) -> str:
    """What happens to three in five deals, as a feature says it."""
    return "".join(f"    And 60% of them are {name} within 1 minute\n" for name in names)


ALL = some("merged", "merged with a duplicate", "repriced")
ONE = '    When after 1 minute people in the CRM carry out "merge duplicate"\n      | deal |\n      | 2    |'


@pytest.mark.parametrize(
    ("crm", "erp"),
    [
        *(("salesforce", "netsuite"), ("hubspot", "s4hana")),
        *(("dataverse", "business-central"), ("dataverse", "oracle-fusion")),
    ],
)
def test_customers_of_won_deals_are_merged_and_products_repriced(
    crm: str, erp: str, tmp_path: Path, simulation: Simulation
) -> None:
    feature = tmp_path / "people.feature"
    contract = "closed-won-to-sales-order" + ("" if (crm, erp) == ("salesforce", "netsuite") else f".{crm}.{erp}")
    feature.write_text(FEATURE.format(crm=crm, erp=erp, contract=contract, given=ALL, steps=ONE), encoding="utf-8")
    found = simulation.run(feature, Settings(targets=(Target("durable", 1),), runs_dir=str(tmp_path), control=False))
    assert found.result is Result.PASSED
    history = found.case.history
    assert len([*history.of(DuplicateMerged, outcome="ok")]) == 8
    assert len([*history.of(Repriced, outcome="ok")]) == 7
    # Of four customers three can be merged into others.
    merges = [op.event for op in history.of(AccountsMerged, outcome="ok")]
    assert len({each.loser for each in merges}) == len(merges) == 3
    # The record of what was done is the deal, not its account.
    [deal] = [each.deal for each in reconcile(found.case).outcomes if each.key == "deal-000002"]
    assert [act.words for act in acts(history.of(PeopleActed))] == [
        f'people in the CRM carried out "merge duplicate" ({deal})'
    ]


def test_a_sync_that_keeps_former_customers_is_found_by_merges_of_the_workload(
    tmp_path: Path, simulation: Simulation
) -> None:
    feature = tmp_path / "people.feature"
    text = FEATURE.format(
        crm="salesforce", erp="netsuite", contract="closed-won-to-sales-order", given=some("merged"), steps=""
    )
    feature.write_text(text, encoding="utf-8")
    target = Target("durable+keeps-former-customer", 1)
    assert simulation.run(feature, Settings(targets=(target,), runs_dir=str(tmp_path))).result is Result.FAILED
