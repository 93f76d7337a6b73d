@report:r01 @mode:10 @mode:33
Feature: A record is heard once
  The trigger remembers ids: a deal that changes after it was won is no news to it (n8n, issue 21028).

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 60 deals are closed won at 20 per minute
    And 40% of them are amended within 2 minutes

  Scenario: Amendments are lost: deals change after their orders were written, and nothing fails
    Then every deal is in the ERP exactly once within 5 minutes of the closing
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
