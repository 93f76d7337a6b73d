@modes @mode:48 @fails:brittle
Feature: The largest deals do not wait behind the others
  The ERP is down, and deals pile up. A few of them are most of the money; when the ERP is back they have to come first.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And the workload "whales"
      | count | per minute | whales | new customers | amended | voided |
      | 120   | 30         | 20%    | 0             | 0       | 0      |

  Scenario: Most of the money waits the longest: the ERP is down for three minutes
    When after 30 seconds the ERP suffers "server errors" for 3 minutes
    Then the largest 10% of the backlog arrive first
    And the backlog is drained within 5 minutes of the fix
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
