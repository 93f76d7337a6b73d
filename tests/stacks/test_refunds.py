"""A deal is partly refunded while its customer is merged into another, simulated: what is credited, and to whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.simulated import Simulation

pytestmark = pytest.mark.slow

FEATURE = """
Feature: Refunds meet merges

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | partly refunded | voided | one off discounts | taxed |
      | 40    | 20         | 50%             | 15%    | 20%               | 40%   |

  Scenario: An invoice stays with a customer who is no more: accounts are merged before a refund
    When after 30 seconds the CRM suffers "merged accounts" for 2 minutes
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And the totals agree in every currency
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_the_invoice_of_a_merged_customer_is_made_anew_and_not_credited(
    seed: int, tmp_path: Path, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    found = simulation.written(FEATURE, tmp_path, seed=seed)
    assert [verdict.summary for verdict in found.verdicts if verdict.result.word == "failed"] == []


EXEMPTED = """
Feature: Refunds meet exemptions

  Scenario: Customers pay a tax that they do not owe: deals are exempted once a part of them was refunded
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | taxed products |
      | 8     | 2          | 0.5            |
    And 40% of them are {exempted} within 20 seconds
    And 100% of them are partly refunded within 60 seconds
    When after 35 seconds the CRM suffers "server errors" for 30 seconds
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
"""


@pytest.mark.parametrize("exempted", ["exempted", "exempted by formula"])
@pytest.mark.parametrize("seed", [1, 113])
def test_an_invoice_of_which_a_part_was_credited_loses_its_tax_with_the_deal(
    exempted: str, seed: int, tmp_path: Path, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    found = simulation.written(EXEMPTED.format(exempted=exempted), tmp_path, seed=seed)
    assert [verdict.summary for verdict in found.verdicts if verdict.result.word == "failed"] == []
