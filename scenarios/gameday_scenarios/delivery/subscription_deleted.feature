@delivery @mode:19 @mode:36 @fails:brittle
Feature: The CRM deletes the subscription
  The outbound message is deleted. No request fails; the CRM simply stops sending events.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: Deals are never sent: the CRM deletes its outbound message
    When after 2 minutes the CRM suffers "deleted subscription" for 4 minutes
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
    And nobody had to step in
