@modes @mode:47 @fails:brittle
Feature: Each kind of error takes its own path
  Prices drift, some customers have no credit, and some records are locked. The registry of flows says what becomes of
  each: a lock is retried, and what finance has to approve is held until it has, with all that finance needs to decide.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 60 deals are closed won at 20 per minute
    And the ERP has the settings
      | price tolerance percent |
      | 5                       |

  Scenario: Orders go around an approval: prices drift while some customers have no credit
    When after 30 seconds the ERP suffers "price drift" for 6 minutes
      | percent | share |
      | 12      | 0.2   |
    And after 30 seconds the ERP suffers "credit hold" for 6 minutes
      | share |
      | 0.2   |
    And after 30 seconds the ERP suffers "record lock" for 6 minutes
      | share | times |
      | 0.2   | 2     |
    And after 30 seconds the ERP suffers "inactive reference" for 6 minutes
      | share |
      | 0.1   |
    Then every refused deal takes its exception path
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
