@modes @mode:39 @fails:brittle
Feature: The sync hears the echo of its own writes
  The CRM announces every change, also the order number that the sync writes back. A sync that answers each event with a
  write answers itself for ever.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute
    And the CRM has the settings
      | announce write backs |
      | true                 |

  Scenario: Requests without end: the sync's own writes come back as events
    When after 30 seconds the CRM suffers "duplicate delivery" for 1 minute
      | share | copies | gap s |
      | 0.5   | 1      | 5     |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And the stack sent at most 12 requests per deal
    And nobody was alerted without cause
    And nobody had to step in
