@erp-rules @fails:brittle
Feature: The ERP's price list no longer matches the CRM
  The ERP's price list changes, the CRM's price book does not. The ERP refuses orders that are outside its tolerance;
  a sync that leaves the price to the ERP books the wrong amount without an alert.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute
    And the ERP has the settings
      | price tolerance percent | largest discount percent | refuse negative lines |
      | 5                       | 30                       | true                  |

  Scenario: Orders refused: 30 percent of the ERP's prices rise by 12 percent
    When after 2 minutes the ERP suffers "price drift" for 4 minutes
      | percent | share |
      | 12      | 0.3   |
    Then the alert goes to its right owner
    And the alert names the affected deals and the reason
    And every refused deal is parked with its payload and reason
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
