@delivery
Feature: Events arrive out of order
  A deal is amended shortly after it was won, and the older event arrives after the newer one. A sync that takes the
  last event for the latest state puts the old amount back.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute
    And 30% of them are amended within 1 minute

  Scenario: Amendments may be overwritten: older events arrive after newer ones
    When after 2 minutes the CRM suffers "reordered delivery" for 4 minutes
      | share | hold s |
      | 0.5   | 120    |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
