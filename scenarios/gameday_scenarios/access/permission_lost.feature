@access @fails:brittle
Feature: The integration user loses a permission
  Somebody tidies up roles in the ERP. From then on the ERP refuses every order with 403, until the role gets its
  permission back.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: Orders refused: the integration user may no longer write sales orders
    When after 2 minutes the ERP suffers "revoked permission" for 4 minutes
      | record | access |
      | order  | edit   |
    Then the flow's owner is alerted within 5 minutes
    And the alert goes to its right owner
    And the alert names the affected deals and the reason
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
    And every refused deal is parked with its payload and reason
    And nobody was alerted without cause
