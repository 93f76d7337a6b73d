@report:r03 @mode:22
Feature: Every order is booked in one currency
  The figures are right, the currency is a constant (openlinker, pull request 2439).

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute
    And they are in "EUR, GBP, JPY"

  Scenario: Orders are booked in the wrong currency: the currency is a constant
    Then every deal is in the ERP exactly once within 5 minutes of the closing
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
