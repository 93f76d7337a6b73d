Feature: The reply to a batch is lost
  The batch runs every five minutes. While it writes, some replies are lost after the ERP has committed.

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 20 deals are closed won at 4 per minute

  Scenario: Orders may be duplicated: replies to the batch are lost
    When after 2 minutes the ERP suffers "reply lost after commit" for 6 minutes
      | operation   | share | times |
      | order.write | 0.33  | 1     |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And the stack sent at most 12 requests per deal
    And nobody was alerted without cause
    And nobody had to step in
