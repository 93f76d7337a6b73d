@modes @mode:32 @fails:brittle
Feature: Queries leave out records
  A resync in the CRM breaks off, and until it is repeated queries find only a part of the records. Replies have status 200
  and look complete. A sync that takes them for complete books deals without some of their lines, or cancels the orders of
  deals that are not on the list.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | free lines |
      | 40    | 20         | 0          |

  Scenario: Good orders may be cancelled: the list of deals shrinks
    When after 1 minute the CRM suffers "missing rows" for 3 minutes
      | share |
      | 0.3   |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody had to step in
