@process @mode:7
Feature: Several deals of a customer that the ERP does not know yet
  Most customers are new. The ERP answers slowly, so two deals of a customer look for it at the same time,
  neither finds it, and both create it.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | new customers |
      | 130   | 30         | 0.8           |

  Scenario: Customers may be created twice: deals of new customers meet a slow ERP
    When after 2 minutes the ERP suffers "slow replies" for 3 minutes
      | delay s |
      | 12      |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody had to step in
