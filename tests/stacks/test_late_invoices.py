"""What the sync has given up is done later by the ERP: no second order or invoice is left, nor an earlier state."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.simulated import Simulation

FEATURE = """
Feature: Invoices take minutes

  Scenario: Second invoices: requests are carried out after they were given up
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 12 deals are closed won at 6 per minute
    When after 30 seconds the ERP suffers "slow replies" for 3 minutes
      | operation     | delay s |
      | invoice.write | 200     |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
"""


MERGED = """
Feature: Orders take minutes while accounts are merged

  Scenario: Orders of a former customer: a write is carried out over the one after the merge
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 24 deals are closed won at 6 per minute
    When after 60 seconds the ERP suffers "slow replies" every 60 seconds for 40 seconds, 3 times
      | delay s | jitter s | operation   |
      | 60      | 300      | order.write |
    And after 100 seconds the CRM suffers "merged accounts" for 420 seconds
      | share |
      | 0.3   |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
"""


#: A repeated write makes another order of an ERP without keys, also where deals are amended or void meanwhile.
SECOND = """
Feature: Orders take minutes

  Scenario: Second orders: writes are carried out after they were given up
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | amended | voided |
      | 16    | 6          | 0.3     | 0.2    |
    When after 30 seconds the ERP suffers "slow replies" for 3 minutes
      | operation   | delay s |
      | order.write | 200     |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And nobody had to step in
"""

KILLED = """
Feature: Orders take minutes while the stack is killed

  Scenario: Second orders: nobody waits any more for writes that are carried out later
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 20 deals are closed won at 4 per minute
    When after 30 seconds the ERP suffers "slow replies" for 40 seconds
      | operation   | delay s |
      | order.write | 200     |
    And after 60 seconds the stack suffers "killed worker" for 20 seconds
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
"""


@pytest.mark.slow
@pytest.mark.parametrize("erp", ["business-central", "netsuite", "oracle-fusion"])
def test_a_request_that_is_carried_out_after_it_was_given_up_makes_no_second_invoice(
    erp: str, tmp_path: Path, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    _all_pass(FEATURE, erp, tmp_path, simulation, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("text", [SECOND, KILLED], ids=["given-up", "killed"])
@pytest.mark.parametrize("erp", ["business-central", "s4hana"])
def test_a_second_order_of_an_erp_without_keys_is_cancelled(
    text: str, erp: str, tmp_path: Path, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    _all_pass(text, erp, tmp_path, simulation, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("erp", ["business-central", "netsuite", "oracle-fusion", "s4hana"])
def test_an_order_that_a_late_write_gives_back_to_a_former_customer_is_written_again(
    erp: str, tmp_path: Path, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    _all_pass(MERGED, erp, tmp_path, simulation, monkeypatch)


def _all_pass(text: str, erp: str, tmp_path: Path, simulation: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    found = simulation.written(text, tmp_path, erp=erp)
    assert {verdict.name: verdict.result.word for verdict in found.verdicts if verdict.result.word != "passed"} == {}
