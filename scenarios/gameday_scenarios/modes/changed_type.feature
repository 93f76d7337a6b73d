@modes
Feature: A field that the order needs changes its type
  An admin turns a date into a moment. Replies still have status 200, and the field its name. What the sync makes of the
  value decides whether orders are right, come out wrong, or stop.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: Orders in the wrong month: the CRM's close date becomes a moment
    When after 1 minute the CRM suffers "changed type" for 2 minutes
      | field      | type     |
      | close date | datetime |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause

  @fails:brittle
  Scenario: Orders stop: the ERP's order date becomes a moment
    When after 1 minute the ERP suffers "changed type" for 2 minutes
      | field      | type     |
      | order date | datetime |
    Then the flow's owner is alerted within 5 minutes
    And the alert goes to its right owner
    And the alert names the affected deals
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
