@erp-rules @mode:28 @fails:brittle
Feature: Customers and items are made inactive in the ERP
  Somebody tidies up the ERP's master data. The ERP refuses every order for an inactive customer or item, and no retry
  helps until its owner activates it again. All other orders must keep flowing.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: Some orders refused: a tenth of the customers and items are inactive
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
