@modes @mode:31 @fails:brittle
Feature: Pages shift while they are read
  For minutes the sync can neither get events nor query. Then it reads what has piled up, page by page, while its own
  write-backs move the deals of the first pages to the end. A reader that counts pages skips what slides forward.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 60 deals are closed won at 20 per minute
    And the CRM has the settings
      | query page |
      | 10         |

  Scenario: Deals may be skipped: a backlog is read in pages while it is worked off
    When after 20 seconds the CRM suffers "deleted subscription" for 9 minutes
    And after 20 seconds the CRM suffers "rate limit" for 8 minutes
      | operation |
      | query     |
    And after 8 minutes the CRM suffers "slow replies" for 3 minutes
      | delay s | operation |
      | 15      | query     |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody had to step in
