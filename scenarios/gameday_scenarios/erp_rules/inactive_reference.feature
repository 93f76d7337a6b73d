@erp-rules @fails:brittle
Feature: Customers and items are made inactive in the ERP
  Somebody tidies up the ERP's master data. Orders for what was made inactive are refused, and no retry helps until its
  owner makes it active again; all other orders are none of that business.

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: A tenth of the customers and items are inactive for four minutes
    When after 2 minutes the ERP suffers "inactive reference" for 4 minutes
      | share |
      | 0.1   |
    Then the flow's owner is alerted within 5 minutes
    And the alert names the affected deals and the reason
    And every deal is in the ERP exactly once within 5 minutes of the fix
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And the other deals kept flowing
    And nobody had to step in
