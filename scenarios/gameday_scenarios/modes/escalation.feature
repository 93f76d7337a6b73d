@modes @mode:38 @fails:brittle
Feature: Nobody answers the alert
  The ERP is down, its alert goes to the owner of the sync, and nobody acknowledges it. After half an hour somebody else
  has to be called, as the registry of flows says, for until then nobody works on it.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 20 deals are closed won at 20 per minute

  Scenario: Nobody works on the outage: the alert is not acknowledged for half an hour
    When after 20 seconds the ERP suffers "server errors" for 35 minutes
    Then an incident that nobody acknowledges is escalated
    And the flow's owner is alerted within 5 minutes
    And the alert goes to its right owner
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
