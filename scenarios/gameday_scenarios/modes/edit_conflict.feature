@modes @mode:37
Feature: Somebody else has changed the record
  The ERP refuses a write because the record has changed since it was read. The sync has to read and write again.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute
    And 30% of them are amended within 1 minute

  Scenario: Orders may be missing: the ERP reports edit conflicts
    When after 30 seconds the ERP suffers "edit conflict" for 1 minute
      | share | times |
      | 0.4   | 2     |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody had to step in
