@modes @mode:22
Feature: Bundles and large discounts
  A bundle has one price, and its parts are lines without one. A large discount is a line of its own, below zero. Both are
  in the CRM as they were sold, and have to be in order and invoice as they were sold.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | bundles | one off discounts | amended |
      | 40    | 20         | 40%     | 30%               | 10%     |

  Scenario: Prices may be those of nobody: bundles and one-off discounts meet lost replies
    When after 30 seconds the ERP suffers "reply lost after commit" for 1 minute
      | operation   | share | times |
      | order.write | 0.3   | 1     |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody had to step in
