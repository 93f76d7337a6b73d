@modes @mode:42 @fails:brittle
Feature: An old version of the API lacks a field
  The CRM serves a field only in newer versions of its API than the sync calls. Replies still have status 200. A sync that
  does not notice fills in what it lacks.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute

  Scenario: Orders in the wrong month: the API version of the sync has no close date
    When after 1 minute the CRM suffers "old API version" for 3 minutes
      | field      | since version |
      | close date | 61            |
    Then the flow's owner is alerted within 5 minutes
    And the alert names the affected deals and the reason
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
    And nobody had to step in
