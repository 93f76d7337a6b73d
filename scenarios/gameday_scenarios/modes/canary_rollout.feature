@modes @mode:22
Feature: A new version of the sync is rolled out to a few deals first
  If the new version does harm, few deals have it, and the rollout stops as soon as the ledgers differ. A rollout that goes
  on harms one deal after the other, and each of them may even be reported. The stack's own hooks begin the rollout of a
  version that is bad.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And the workload "steady"
      | count | per minute |
      | 130   | 12         |

  Scenario: Harm goes on after it shows: a bad version of the sync is rolled out
    When after 30 seconds the stack suffers "canary rollout" for 10 minutes
      | percent |
      | 20      |
    Then a rollout harms at most 20% of the deals and stops within 2 minutes of the first harm
    And no lost or wrong deal goes unreported
