@modes @mode:43 @fails:brittle
Feature: The address leads to a sandbox
  After a change of the address, logins reach a sandbox: they work, and none of the deals is there. A sync that does not
  check where it has logged in takes its deals for deleted.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute

  Scenario: Deals look deleted: the CRM's address leads to a sandbox
    When after 1 minute the CRM suffers "wrong environment" for 3 minutes
    Then the flow's owner is alerted within 5 minutes
    And the alert names the affected deals and the reason
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
    And nobody had to step in
