@modes @mode:26 @fails:brittle
Feature: Whoever decides about a refused deal sees how much its customer matters
  Some customers have no credit, and finance decides about each of their orders. It needs the order as it was sold, what is
  wrong with it, and the customer's tier: a strategic customer's order does not wait behind the others.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 60 deals are closed won at 20 per minute
    And the CRM has the settings
      | ledger fields             |
      | customer.Customer_Tier__c |

  Scenario: Finance decides in the dark: orders are held while customers have no credit
    When after 30 seconds the ERP suffers "credit hold" for 6 minutes
      | share |
      | 0.4   |
    Then every refused deal takes its exception path
      | customer tier    |
      | Customer_Tier__c |
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
