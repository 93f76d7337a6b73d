@modes @mode:16
Feature: The session of the sync expires
  All sessions end at once, and a new login works. A sync that does not log in again keeps a full queue.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute

  Scenario: Deals wait for a restart: the sessions end and nobody logs in again
    When after 1 minute the CRM suffers "expired session" for 30 seconds
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
    And nobody had to step in
