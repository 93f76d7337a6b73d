@modes @mode:26 @fails:brittle
Feature: Legal has put customers on hold
  The ERP refuses the orders of some customers until legal releases them: no retry helps, and no deal may be forgotten.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute

  Scenario: Orders refused: customers are on legal hold
    When after 30 seconds the ERP suffers "legal hold" for 3 minutes
      | share |
      | 0.3   |
    Then the alert goes to its right owner
    And the alert names the affected deals and the reason
    And every refused deal is parked with its payload and reason
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And the other deals kept flowing
