@modes @mode:34 @mode:45 @fails:brittle
Feature: The clocks drift apart
  The ERP takes the timestamps of the sync's signatures for too old, and refuses every request. Nothing is wrong with the
  credentials.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute

  Scenario: Orders refused: the clock of the sync is six minutes slow
    When after 30 seconds the ERP suffers "clock skew" for 3 minutes
      | by s |
      | 360  |
    Then the flow's owner is alerted within 5 minutes
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
    And nobody had to step in
