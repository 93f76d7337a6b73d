@process
Feature: Deals change after their orders were written
  A salesperson corrects the amount of a won deal, once or several times, or gives a discount; another takes a deal back
  or deletes it. The orders exist already, and some are locked because a user has them open in the ERP.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute
    And 20% of them are amended within 3 minutes
    And 10% of them are amended several times within 3 minutes
    And 10% of them are discounted within 3 minutes
    And 10% of them are voided within 3 minutes
    And 5% of them are deleted within 3 minutes

  Scenario: Changes may not reach the ERP: amended and voided deals meet locked orders
    When after 2 minutes the ERP suffers "record lock" for 4 minutes
      | share |
      | 0.3   |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And the other deals kept flowing
    And nobody was alerted without cause
    And nobody had to step in
