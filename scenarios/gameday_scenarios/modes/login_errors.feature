@modes @mode:34
Feature: Login errors hide an overload
  The ERP is throttled, and answers a part of the requests with a login error. A sync that believes it stops for good and
  waits for new credentials that nobody has to issue.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute

  Scenario: Orders wait for new credentials: an overloaded ERP answers with login errors
    When after 30 seconds the ERP suffers "rate limit" for 90 seconds
      | share |
      | 0.5   |
    And after 40 seconds the ERP suffers "server errors" for 60 seconds
      | error        | share |
      | unauthorized | 0.5   |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody had to step in
