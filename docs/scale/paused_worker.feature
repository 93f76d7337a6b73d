@workers
Feature: A worker pauses beyond its lease
  A worker stops in the middle of a deal. When it goes on, another worker has settled the deal.
  The names of the processes are those of the stack durable-postgres.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"

  Scenario: An order may be overwritten by an older one: a worker is paused beyond its lease
    Given 120 deals are closed won at 20 per minute
    When after 3 minutes the ERP suffers "slow replies" for 1 minute
      | delay s | operation   |
      | 30      | order.write |
    And after 210 seconds the stack suffers "paused worker" for 10 minutes
      | process  |
      | worker-1 |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And the totals agree in every currency
    And no lost or wrong deal goes unreported
    And nobody had to step in
