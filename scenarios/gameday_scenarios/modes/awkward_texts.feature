@modes @mode:27 @fails:brittle
Feature: Names with quotes, tags, emoji and full length
  Deals and customers have names in several scripts, with quotes, tags and emoji, and as long as the CRM allows. Meanwhile
  some replies are lost.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And the workload "awkward texts"
      | count | per minute | new customers |
      | 40    | 20         | 0.5           |

  Scenario: Customers may be doubled: awkward names meet lost replies
    When after 30 seconds the ERP suffers "reply lost after commit" for 1 minute
      | operation   | share | times |
      | order.write | 0.5   | 1     |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody had to step in
