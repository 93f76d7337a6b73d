@report:r07 @mode:2 @mode:36
Feature: Several deals are won within one second
  Of records within one second only one is news (Pipedream, issue 9712).

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And the CRM has the settings
      | stamp every s |
      | 1             |
    And 60 deals are closed won at 80 per minute

  Scenario: Deals are lost: several are won within one second, and nothing fails
    Then every deal is in the ERP exactly once within 5 minutes of the closing
    And no lost or wrong deal goes unreported
