Feature: S/4HANA ends the sessions of the sync
  Every write needs the CSRF token of its session. When the session ends, the answer is a 403, as for a missing authorization.

  Background:
    Given deals flow from "salesforce" to "s4hana" under the contract "closed-won-to-sales-order"
    And the ERP has the settings
      | bill after s |
      | 20           |
    And 20 deals are closed won at 20 per minute

  @fails:s4hana_orders_forbidden
  Scenario: Orders are missing: their sessions have ended
    When after 20 seconds the ERP suffers "csrf expiry" for 60 seconds
      | every s |
      | 10      |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
    And the totals agree in every currency
