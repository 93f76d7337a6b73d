@modes @mode:44
Feature: A field is cleared in the CRM
  Customers bring certificates of exemption, and the tax codes of their deals are cleared. A sync that writes only fields
  with a value leaves the tax in the ERP, which takes the code of the item for a line without one.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | taxed products | exempted | exempted after s | amended | voided |
      | 40    | 20         | 90%            | 40%      | 60               | 0       | 0      |

  Scenario: Customers pay a tax that they do not owe: tax codes are cleared while orders are locked
    When after 1 minute the ERP suffers "record lock" for 1 minute
      | share |
      | 0.3   |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody had to step in
