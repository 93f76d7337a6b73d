@report:r16 @mode:20 @mode:21
Feature: The account of the ERP is in another time zone
  The close date is a date, whatever the zone of the account; at a month's end another day is another period (OCA
  l10n-italy, issue 3277; Odoo, issue 1672).

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute
    And the ERP has the settings
      | time zone           |
      | America/Los_Angeles |

  Scenario: Orders and invoices are in the wrong period: the account of the ERP is in another time zone
    Then every deal is in the ERP exactly once within 5 minutes of the closing
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
