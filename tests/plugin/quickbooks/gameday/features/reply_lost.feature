Feature: QuickBooks Online has the invoice, and the sync does not know
  The reply to a write is lost. A sync that repeats the request as a new one bills its customer twice.

  Background:
    Given deals flow from "salesforce" to "quickbooks-online" under the contract "closed-won-to-sales-order"
    And 20 deals are closed won at 20 per minute

  @fails:quickbooks_sync_careless
  Scenario: Customers are billed twice: replies are lost after the invoice was made
    When after 10 seconds the ERP suffers "reply lost after commit" for 60 seconds
      | operation   | share | times |
      | order.write | 0.4   | 1     |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
    And every deal is invoiced exactly once
    And the totals agree in every currency
