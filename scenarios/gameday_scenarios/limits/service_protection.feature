@limits @fails:brittle
Feature: The CRM protects itself from the sync's user
  After some requests each is refused with 429 until the wait that the reply asks for is over. The limit is the user's: a
  request meanwhile, about whichever deal, has the wait begin anew.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 60 deals are closed won at 20 per minute

  Scenario: Deals may be lost: ten requests pass, then none for 30 seconds, and nobody may ask again before
    When after 30 seconds the CRM suffers "service protection" for 3 minutes
      | requests | retry after s |
      | 10       | 30            |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
    And nobody had to step in
