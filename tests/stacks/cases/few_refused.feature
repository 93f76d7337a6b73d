Feature: The ERP's concurrency limit is used up while few deals arrive
  The library's scenario in a quarter of its size, for what has to hold between every CRM and every ERP.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 24 deals are closed won at 6 per minute

  Scenario: Every request refused
    When after 30 seconds the ERP suffers "rate limit" for 4 minutes
    Then the flow's owner is alerted within 5 minutes
    And the alert names the affected deals and the reason
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
    And the stack sent at most 12 requests per deal
    And the incident is closed after the repair
    And the pages stay within their bound
    And nobody was alerted without cause
    And nobody had to step in
