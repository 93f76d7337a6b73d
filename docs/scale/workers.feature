@workers
Feature: Several workers share the deals
  Two workers of one sync take deals from one queue in PostgreSQL. One of them, or the database, is gone for a while.
  The names of the processes are those of the stack durable-postgres.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"

  Scenario: Deals may be doubled or stuck: one of two workers is killed under a backlog
    Given 160 deals are closed won at 20 per minute
    When after 3 minutes the ERP suffers "slow replies" for 3 minutes
      | delay s | operation   |
      | 20      | order.write |
    And after 4 minutes the stack suffers "killed worker" for 5 minutes
      | process  |
      | worker-1 |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And the backlog is drained within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And nobody had to step in

  Scenario: Acknowledged deals may be lost: the database restarts while orders are in flight
    Given 120 deals are closed won at 20 per minute
    When after 3 minutes the stack suffers "killed worker" for 1 minute
      | process  |
      | database |
    Then every deal is in the ERP exactly once within 15 minutes of the fix
    And the backlog is drained within 15 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And nobody had to step in

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
