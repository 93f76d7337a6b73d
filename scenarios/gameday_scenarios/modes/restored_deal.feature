@modes @mode:10
Feature: A deal that was deleted is restored
  Somebody tidies up and deletes won deals; the sync cancels their orders. An hour later somebody else takes them out of
  the recycle bin again, and they have to be ordered once more.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | amended | voided | amended several times |
      | 60    | 20         | 0       | 0      | 0                     |

  Scenario: Restored deals may stay cancelled in the ERP: people delete deals and bring them back
    When after 90 seconds people in the CRM carry out "delete deal"
      | deal       |
      | 3, 5, 8, 9 |
    And after 5 minutes people in the CRM carry out "restore deal"
      | deal    |
      | 3, 5, 8 |
    And after 1 minute the ERP suffers "record lock" for 1 minute
      | share |
      | 0.3   |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody had to step in
