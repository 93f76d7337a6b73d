@limits @fails:brittle
Feature: The ERP's concurrency limit is used up
  Another integration uses up the account's concurrent requests, and the ERP refuses every request with 429. Retries
  without backoff make it worse.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: Every request refused: the ERP's concurrency limit is used up
    When after 2 minutes the ERP suffers "rate limit" for 4 minutes
    Then the flow's owner is alerted within 5 minutes
    And the alert names the affected deals and the reason
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
    And the stack sent at most 12 requests per deal
    And the incident is closed after the repair
    And the pages stay within their bound
    And nobody was alerted without cause
    And nobody had to step in
