@schema @gate @fails:brittle
Feature: A field that the order needs is renamed
  An admin renames a field of the CRM on a Friday. The sync no longer finds it, and the orders stop or come out wrong.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: Orders stop: an admin renames the unit price field
    When after 2 minutes the CRM suffers "renamed field" for 4 minutes
      | field      | new name       |
      | unit price | net_unit_price |
    Then the flow's owner is alerted within 5 minutes
    And the alert goes to its right owner
    And the alert names the affected deals and the reason
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
    And nobody had to step in
