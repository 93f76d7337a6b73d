@erp-rules @fails:brittle
Feature: Finance closes the accounting period
  The ERP accepts the order and refuses the invoice, because the period is closed. Finance owns the problem and has to
  be alerted.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: Invoices refused: finance closes the accounting period
    When after 2 minutes the ERP suffers "closed period" for 4 minutes
    Then the alert goes to its right owner
    And the alert names the affected deals and the reason
    And every refused deal is parked with its payload and reason
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And nobody was alerted without cause
