Feature: Subscriptions reach Acme's ERP
  A subscription that is not in the ERP is not billed.

  Background:
    Given deals flow from "salesforce" to "acme-erp" under the contract "closed-won-to-sales-order"
    And the workload "subscriptions"
      | count | per minute | seats |
      | 24    | 24         | 7     |
    And 25% of them are upgraded within 20 seconds

  Scenario: Orders are booked late: the ERP is closed for stocktaking
    When after 30 seconds the ERP suffers "server errors" for 8 minutes
    And after 40 seconds the CRM suffers "slow search" for 20 seconds
      | delay s |
      | 4       |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And the flow's owner is alerted within 5 minutes
    And every order that no fault touched is booked within 3 minutes
