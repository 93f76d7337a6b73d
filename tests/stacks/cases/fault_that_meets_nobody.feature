Feature: A fault that meets nobody shows nothing
  All deals are through when it begins, or the reply has nothing to cut off. The result has to be inconclusive.

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute

  Scenario: The ERP refuses everything when there is nothing to refuse
    When after 10 minutes the ERP suffers "rate limit" for 1 minute
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported

  Scenario: Replies without a body are cut off
    When after 1 minute the ERP suffers "truncated reply" for 1 minute
      | operation   | share | times | bytes |
      | order.write | 0.5   | 1     | 0     |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
