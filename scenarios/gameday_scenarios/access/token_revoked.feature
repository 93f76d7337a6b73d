@access @fails:brittle
Feature: The CRM revokes the token of the sync
  An admin ends the sessions of the integration user, and the CRM refuses its login until the admin allows it again.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: No deal can be read: the CRM token is revoked and a new login is refused
    When after 2 minutes the CRM suffers "revoked token" for 4 minutes
    Then the flow's owner is alerted within 5 minutes
    And the alert names the affected deals and the reason
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
    And nobody was alerted without cause
    And nobody had to step in
