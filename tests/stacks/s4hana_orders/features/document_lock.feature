Feature: Users of S/4HANA have customers and documents open
  What somebody has open cannot be changed by others. The answer is a 400, as for a mistake in the data.

  Background:
    Given deals flow from "salesforce" to "s4hana" under the contract "closed-won-to-sales-order"
    And the ERP has the settings
      | bill after s |
      | 20           |
    And 20 deals are closed won at 20 per minute

  @fails:s4hana_orders_impatient
  Scenario: Orders are missing: somebody has their customers open
    When after 20 seconds the ERP suffers "document lock" for 60 seconds
      | share | user  |
      | 0.5   | SMITH |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
    And the totals agree in every currency
