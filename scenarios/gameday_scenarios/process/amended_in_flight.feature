@process @mode:33
Feature: Deals change while their orders are being written
  The ERP takes a while for each order. Meanwhile the deal is amended, once or several times, and the event arrives
  before the reply. A sync that then checks the deal off has carried over what it read before.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 120 deals are closed won at 20 per minute
    And 30% of them are amended within 20 seconds
    And 20% of them are amended several times within 30 seconds

  Scenario: Amendments may be lost: deals change while their orders are being written
    When after 2 minutes the ERP suffers "slow replies" for 4 minutes
      | delay s | operation   |
      | 10      | order.write |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody had to step in
