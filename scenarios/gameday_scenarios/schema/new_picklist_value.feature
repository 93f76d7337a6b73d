@schema
Feature: A picklist gets a new value
  Sales adds a stage for deals that partners win. A sync that compares the stage with the one name that it knows takes
  such deals for lost, and nobody hears of it.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: Won deals are missed: an admin adds a won stage
    When after 1 minute the CRM suffers "new picklist value" for 2 minutes
      | picklist | value                | share |
      | stage    | Closed Won - Partner | 0.5   |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
