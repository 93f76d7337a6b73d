@erp-rules @fails:brittle
Feature: The ERP saves orders under a credit block
  The order is there and the answer is a success, but nobody bills it until the credit team releases it. Finance has to
  know.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 60 deals are closed won at 20 per minute

  Scenario: Invoices are late: saved orders wait for the credit team
    When after 30 seconds the ERP suffers "credit block" for 5 minutes
      | share |
      | 0.3   |
    Then the alert goes to its right owner
    And the alert names the affected deals and the reason
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And the other deals kept flowing
    And nobody was alerted without cause
