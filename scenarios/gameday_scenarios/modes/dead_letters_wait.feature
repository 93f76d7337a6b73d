@modes @mode:30 @fails:brittle
Feature: Dead letters wait until their cause is repaired
  Somebody has made customers and items inactive, and it takes a while until they are active again. A queue that keeps its
  dead letters for a shorter time than the repair takes has nothing left to replay.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute

  Scenario: Parked deals may be gone: the repair takes eight minutes
    When after 30 seconds the ERP suffers "inactive reference" for 8 minutes
      | share |
      | 0.2   |
    Then the alert names the affected deals and the reason
    And every refused deal is parked with its payload and reason
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And the other deals kept flowing
