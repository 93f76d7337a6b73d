@modes @mode:1
Feature: Customers send back a part of what they bought
  The CRM has less than the invoice, and a credit memo gives the difference back. Its replies are lost too: a sync that
  then credits again gives the money back twice.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | partly refunded | partly refunded after s | amended | voided |
      | 40    | 20         | 40%             | 60                      | 10%     | 10%    |

  Scenario: Money is given back twice: replies to credit memos are lost
    When after 20 seconds the ERP suffers "reply lost after commit" for 3 minutes
      | operation    | share | times |
      | credit.write | 0.7   | 1     |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody had to step in
