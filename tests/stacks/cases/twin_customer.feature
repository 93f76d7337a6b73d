@report:r11 @mode:7
Feature: A customer is created once more and has no orders
  Two jobs look for a customer, neither finds it, both create it; the orders all go to the first of the two (OCA
  connector-magento, issue 165; connector-prestashop, issue 30; lago-api, issue 3801).

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | new customers |
      | 100   | 60         | 0.7           |

  Scenario: Customers are there twice, and no order shows it: deals of new customers arrive at once
    When after 50 seconds the CRM suffers "duplicate delivery" for 40 seconds
      | share | copies | gap s |
      | 1     | 2      | 0     |
    And after 50 seconds the ERP suffers "slow replies" for 1 minute
      | delay s |
      | 3       |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
    And no lost or wrong deal goes unreported
