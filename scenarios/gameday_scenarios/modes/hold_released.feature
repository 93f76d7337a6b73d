@modes @mode:26
Feature: A person holds orders and releases them later
  Somebody in order management puts single orders on hold to look at them, and releases them later. The invoices wait until
  then, and the sync must not write the orders a second time.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 60 deals are closed won at 20 per minute

  Scenario: Orders may be written twice: people hold them and release them
    When after 2 minutes people in the ERP carry out "hold order"
      | deal | code          |
      | 3, 4 | MANUAL_REVIEW |
    And after 4 minutes people in the ERP carry out "release order"
      | deal |
      | 3, 4 |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
