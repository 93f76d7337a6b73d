@network @fails:brittle
Feature: The ERP becomes slow
  Replies of the ERP take minutes instead of milliseconds. Orders pile up, and requests time out after the ERP has
  committed them: a blind retry makes a second order.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: Orders pile up: every reply of the ERP takes two and a half minutes
    When after 2 minutes the ERP suffers "slow connection" for 4 minutes
      | latency s |
      | 150       |
    Then the flow's owner is alerted within 5 minutes
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the stack sent at most 12 requests per deal
    And nobody was alerted without cause
    And nobody had to step in
