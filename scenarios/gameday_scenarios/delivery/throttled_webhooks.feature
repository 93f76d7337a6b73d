@delivery
Feature: The CRM throttles its webhooks
  Events wait for the next request, and come late and many at a time. A sync that takes a request for one event loses
  the others.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 60 deals are closed won at 20 per minute

  Scenario: Deals may be dropped: events come late, and many in one request
    When after 30 seconds the CRM suffers "throttled webhooks" for 2 minutes
      | every s |
      | 40      |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody had to step in
