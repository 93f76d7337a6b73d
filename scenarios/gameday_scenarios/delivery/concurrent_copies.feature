@delivery @mode:7 @mode:40 @fails:brittle
Feature: Copies of an event arrive at the same moment
  The CRM sends every event three times, and the copies arrive together. A sync that looks for the order before it
  creates one does not find what another worker is about to write.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: Orders may be duplicated: three copies of every event arrive at the same moment
    When after 2 minutes the CRM suffers "duplicate delivery" for 3 minutes
      | share | copies | gap s |
      | 1     | 2      | 0     |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
    And nobody had to step in
