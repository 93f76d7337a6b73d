@modes @mode:41 @fails:brittle
Feature: The API has moved to another address
  The ERP answers every write with a redirect, and does nothing. A sync that takes anything below 400 for a success checks
  off orders that were never written.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute

  Scenario: Orders were never written: the ERP answers with redirects
    When after 30 seconds the ERP suffers "moved address" for 3 minutes
      | operation |
      | write     |
    Then the flow's owner is alerted within 5 minutes
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
    And nobody had to step in
