@modes @mode:50
Feature: Replies break off in mid-body
  The ERP carries requests out, and the replies break off after a few bytes. A sync that takes an unreadable list for an
  empty one invoices again what has its invoice.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute
    And 30% of them are amended within 1 minute

  Scenario: Invoices may be doubled: replies of the ERP break off in mid-body
    When after 30 seconds the ERP suffers "truncated reply" for 1 minute
      | operation | share | times | bytes |
      | *         | 0.5   | 2     | 20    |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody had to step in
