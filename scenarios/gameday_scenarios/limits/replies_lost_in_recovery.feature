@limits @fails:brittle
Feature: A second fault meets the recovery from the first
  The ERP refuses every request for a while. As soon as it accepts requests again, replies are lost, just when the
  backlog is written. A sync that writes a backlog without its keys makes second orders.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: Orders may be duplicated: replies are lost while a backlog is written
    When after 2 minutes the ERP suffers "rate limit" for 3 minutes
    And after 4 minutes the ERP suffers "reply lost after commit" for 3 minutes
      | operation   | share | times |
      | order.write | 0.4   | 1     |
    Then the flow's owner is alerted within 5 minutes
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
