@modes @mode:16
Feature: The reply to a login is lost, and with it the new refresh token
  Each use of a refresh token replaces it. If that reply is lost, the sync has a token that is used up, and using it again
  ends the whole grant: from then on only a person can log it in.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute
    And the CRM has the settings
      | refresh token rotation |
      | true                   |

  Scenario: Nothing passes until somebody logs the sync in: the reply to a login is lost
    When after 30 seconds the CRM suffers "expired session" for 30 seconds
    And after 30 seconds the CRM suffers "reply lost after commit" for 30 seconds
      | operation | share | times |
      | login     | 1     | 1     |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And nobody had to step in
