@modes @mode:1 @fails:brittle
Feature: Finance bills orders before the billing run does
  The billing run comes every few minutes. Somebody in finance does not wait for it and bills single orders by hand. The run
  has to leave those out, and the sync must not have them billed once more, also where their deals are amended later.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And the ERP has the settings
      | bill after s |
      | 60           |
    And 60 deals are closed won at 20 per minute
    And 40% of them are amended within 4 minutes

  Scenario: Customers may be billed twice: finance bills orders by hand, and deals are amended
    When after 30 seconds the ERP suffers "document lock" for 1 minute
      | share |
      | 0.3   |
    And after 2 minutes people in the ERP carry out "bill"
      | deal       |
      | 30, 31, 32 |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
