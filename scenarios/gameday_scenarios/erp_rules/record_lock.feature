@erp-rules @fails:brittle
Feature: Records are locked
  A workflow in the ERP holds the record. The same request works a few minutes later.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: Orders refused: a workflow locks a third of them for four minutes
    When after 2 minutes the ERP suffers "record lock" for 4 minutes
      | share |
      | 0.33  |
    Then the flow's owner is alerted within 5 minutes
    And the alert names the affected deals and the reason
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
    And the other deals kept flowing
    And the stack sent at most 12 requests per deal
    And nobody was alerted without cause
