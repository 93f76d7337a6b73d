@limits @fails:brittle
Feature: The ERP is down for longer than an alert may take
  For eight minutes the ERP answers every request with a server error. Nobody learns of it by waiting for the end, and
  retries that give up after a few minutes lose what they held. A sync that asks with one deal, each half minute, whether
  the ERP is back sends that deal twenty times.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: Orders pile up: the ERP answers with errors for eight minutes
    When after 2 minutes the ERP suffers "server errors" for 8 minutes
    Then the flow's owner is alerted within 5 minutes
    And the alert names the affected deals and the reason
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the stack sent at most 24 requests per deal
    And nobody was alerted without cause
    And nobody had to step in
