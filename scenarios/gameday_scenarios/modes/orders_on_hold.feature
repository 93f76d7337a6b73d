@modes @mode:26 @fails:brittle
Feature: The ERP takes orders and puts them on hold
  The order is there, and the answer is a success; but nobody fulfills or bills it until somebody has reviewed it. A
  sync that reads success only tells nobody, and the invoices come late.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And the ERP has the settings
      | autoinvoice after s |
      | 20                  |
    And 60 deals are closed won at 20 per minute

  Scenario: Invoices are late: orders wait on hold for a review
    When after 30 seconds the ERP suffers "order hold" for 4 minutes
      | share |
      | 0.3   |
    Then the alert goes to its right owner
    And the alert names the affected deals and the reason
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And nobody had to step in
