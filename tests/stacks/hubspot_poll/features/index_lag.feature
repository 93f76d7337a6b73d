Feature: HubSpot's search shows changes late
  The index behind the search lags. A sync that asks for what has changed since it last asked looks back too little.

  Background:
    Given deals flow from "hubspot" to "netsuite" under the contract "closed-won-to-sales-order"
    And 20 deals are closed won at 20 per minute

  @fails:hubspot_poll_short
  Scenario: Orders are missing: searches do not find the newest deals
    When after 20 seconds the CRM suffers "late rows" for 90 seconds
      | every s |
      | 60      |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
    And the totals agree in every currency
