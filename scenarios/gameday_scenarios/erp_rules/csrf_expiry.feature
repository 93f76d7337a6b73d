@erp-rules @fails:brittle
Feature: The ERP ends the sessions of the sync
  Every write needs the CSRF token of its session. When the session has ended, the answer is a 403, as for a missing
  permission, and a new token helps.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 60 deals are closed won at 20 per minute

  Scenario: Orders may stop: the sessions end every 20 seconds, and nobody begins another
    When after 30 seconds the ERP suffers "csrf expiry" for 2 minutes
      | every s |
      | 20      |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
    And nobody had to step in
