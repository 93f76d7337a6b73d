@erp-rules @fails:brittle
Feature: The ERP's price list drifts away
  The price list of the ERP changes and the price book of the CRM does not. Either the ERP refuses the
  order, or it books it at its own price without a word.

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: A third of the ERP's prices rise by 12 percent
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
