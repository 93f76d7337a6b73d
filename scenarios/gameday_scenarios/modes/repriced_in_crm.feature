@modes @mode:47
Feature: The CRM's price list changes after deals are won
  Sales raises a list price. Deals that were won before keep the price that the customer signed, and so must their orders,
  also those that are written late. A sync that looks prices up in the price list charges the new one.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | products |
      | 60    | 20         | 3        |
    And they are in "EUR"

  Scenario: Customers may be charged another price than they signed: the price list changes while orders wait
    When after 30 seconds the ERP suffers "server errors" for 2 minutes
      | operation   | share |
      | order.write | 0.5   |
    And after 1 minute people in the CRM carry out "reprice"
      | sku      | currency | price |
      | SKU-0001 | EUR      | 9999  |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody had to step in
