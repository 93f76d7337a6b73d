Feature: A long weekend with few deals
  A deal every eight hours: the session at the CRM has expired by the next one.

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 10 deals are closed won at 0.002083 per minute

  Scenario: The session has expired whenever a deal is won
    Then every deal is in the ERP exactly once within 10 minutes of closing
