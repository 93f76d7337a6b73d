@report:r10 @mode:39
Feature: What the sync writes back comes in again as an event
  The order's number is written into the deal, the CRM announces that change, and the deal is imported once more
  (ALAppExtensions, issue 26516).

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute
    And the CRM has the settings
      | announce write backs |
      | true                 |

  Scenario: Orders are duplicated: the CRM announces what the sync writes back, and nothing fails
    Then every deal is in the ERP exactly once within 5 minutes of the closing
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
