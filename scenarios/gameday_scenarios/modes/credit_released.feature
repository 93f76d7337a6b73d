@modes @mode:26 @fails:brittle
Feature: The credit team releases orders by hand
  Orders are saved under a credit block. The credit team releases some of them one by one, long before the rule that blocks
  them is gone; those are billed at once, and the others wait.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 60 deals are closed won at 20 per minute

  Scenario: Invoices are late: the credit team releases orders one by one
    When after 30 seconds the ERP suffers "credit block" for 5 minutes
      | share |
      | 0.3   |
    And after 4 minutes people in the ERP carry out "release credit"
    Then the alert goes to its right owner
    And the alert names the affected deals and the reason
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
