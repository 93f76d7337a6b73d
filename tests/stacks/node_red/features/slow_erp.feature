Feature: The ERP answers later than a client waits
  Every reply of the ERP takes two and a half minutes, and Node-RED waits for two.

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 30 deals are closed won at 10 per minute

  Scenario: Orders are lost: the ERP answers later than the flow waits
    When after 1 minute the ERP suffers "slow connection" for 3 minutes
      | latency s |
      | 150       |
    Then the flow's owner is alerted within 5 minutes
    And every deal is in the ERP exactly once within 5 minutes of the fix
    And no lost or wrong deal goes unreported
    And the stack sent at most 12 requests per deal
