Feature: Nothing is sold over a long weekend
  For three days nothing happens. On the fourth a customer withdraws from a deal, while the ERP is down for two minutes.

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 20 deals are closed won at 20 per minute

  Scenario: The sync may have fallen asleep: a deal is taken back after three days of silence
    When after 72 hours people in the CRM carry out "void deal"
      | deal |
      | 3    |
    And after 72 hours the ERP suffers "server errors" for 2 minutes
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
