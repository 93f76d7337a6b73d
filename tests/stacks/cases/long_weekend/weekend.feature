Feature: A long weekend with few deals
  A deal every eight hours: the session at the CRM has expired by the next one. On the second night the sync is down.

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 10 deals are closed won at 0.002083 per minute

  Scenario: Orders may be late after a quiet night: the worker is killed for two hours
    When after 23 hours the stack suffers "killed worker" for 2 hours
    Then every deal is in the ERP exactly once within 3 hours of the fix
