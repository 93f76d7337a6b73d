@delivery @mode:21 @fails:brittle
Feature: The reply to the invoice is lost
  The ERP commits the invoice, and the connection drops before the reply. The transformation of an order has no
  idempotency key: a blind retry makes a second invoice.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: Invoices may be duplicated: the reply is lost after the ERP commits
    When after 2 minutes the ERP suffers "reply lost after commit" for 4 minutes
      | operation     | share | times |
      | invoice.write | 0.33  | 1     |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And nobody was alerted without cause
