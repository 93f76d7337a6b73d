@process
Feature: Deals with everything that makes deals awkward
  New customers, tax, discounts, free lines, parts of a unit, ids that differ by case only, three kinds of decimals. Many
  deals change after they were won, some several times, and some are taken back. Meanwhile some replies are lost.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | new customers | taxed | amended | amended after s | amended several times | voided | deleted |
      | 60    | 20         | 40%           | 60%   | 20%     | 180             | 5%                    | 5%     | 5%      |

  Scenario: Orders may be wrong or doubled: awkward deals meet lost replies
    When after 2 minutes the ERP suffers "reply lost after commit" for 1 minute
      | operation   | share | times |
      | order.write | 0.2   | 1     |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
