@erp-rules @fails:brittle
Feature: Two faults at once, with two owners
  A workflow locks some orders while finance closes the accounting period. Each trouble has its own owner, and the
  alert about the one must not hide the other.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: Orders and invoices refused: records are locked while finance closes the period
    When after 2 minutes the ERP suffers "closed period" for 4 minutes
    And after 2 minutes the ERP suffers "record lock" for 4 minutes
      | share |
      | 0.3   |
    Then the alert names the affected deals and the reason
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
