@report:r14 @mode:22
Feature: The discount is taken before the tax in the shop, after it in the books
  Net 100, discount 20, tax 10%: 88 in the shop, 90 in the books (frappe, ecommerce_integrations, issue 154).

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | taxed | tax rate | discounts | free lines |
      | 40    | 20         | 1     | 10%      | 0.7       | 0          |
    And 20% of them are amended within 2 minutes

  Scenario: Customers are billed too much tax: discounts are taken off after the tax, and nothing fails
    Then every deal is in the ERP exactly once within 5 minutes of the closing
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
