@modes @mode:38 @fails:brittle
Feature: The ERP comes back and fails again
  Three times the ERP fails for three minutes, and works for three. Each time the owner has to hear of it: that the first
  outage was over says nothing of the second.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 200 deals are closed won at 12 per minute

  Scenario: Nobody hears of the second outage: the ERP fails again and again
    When after 1 minute the ERP suffers "server errors" every 6 minutes for 3 minutes, 3 times
    Then the alert names the affected deals and the reason
    And the incident is closed after the repair
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
