@delivery @mode:3
Feature: A batch fails in part, inside an HTTP 200
  The CRM answers a batch with status 200, and some of its parts are errors. A sync that checks only the outer status
  loses those records.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: Deals may be lost: a fifth of every batch fails inside an HTTP 200
    When after 2 minutes the CRM suffers "partly failed batch" for 4 minutes
      | share |
      | 0.2   |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And the other deals kept flowing
    And nobody was alerted without cause
    And nobody had to step in
