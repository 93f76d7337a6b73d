@modes @mode:26 @fails:brittle
Feature: The credit limit of customers is used up
  The ERP refuses the orders of some customers until the credit team releases them. Finance has to know, and the other
  orders have to pass.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute

  Scenario: Orders refused: customers have used up their credit
    When after 30 seconds the ERP suffers "credit hold" for 3 minutes
      | share |
      | 0.3   |
    Then the alert names the affected deals and the reason
    And every refused deal is parked with its payload and reason
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And the other deals kept flowing
