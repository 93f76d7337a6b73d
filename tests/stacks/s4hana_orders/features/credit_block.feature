Feature: S/4HANA saves orders under a credit block
  The order is there and the answer is a 201, but nobody bills it until the credit team releases it.

  Background:
    Given deals flow from "salesforce" to "s4hana" under the contract "closed-won-to-sales-order"
    And the ERP has the settings
      | bill after s |
      | 20           |
    And 20 deals are closed won at 20 per minute

  @fails:s4hana_orders_trusting
  Scenario: Invoices are late: orders wait for the credit team
    When after 20 seconds the ERP suffers "credit block" for 5 minutes
      | share |
      | 0.5   |
    Then the alert names the affected deals and the reason
    And every deal is invoiced exactly once
