@modes @mode:46
Feature: The API version is retired
  The vendor answers the old version of its API with 410. A sync that takes this for a deleted record cancels good orders.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute
    And 20% of them are amended within 2 minutes

  Scenario: Deals can no longer be read: the CRM retires the API version
    When after 1 minute the CRM suffers "retired API version" for 3 minutes
    Then the flow's owner is alerted within 5 minutes
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody had to step in
