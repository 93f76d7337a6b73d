@workers
Feature: The database of the workers restarts
  The database that has the queue of all workers is killed, and recovers when it is started again.
  The names of the processes are those of the stack durable-postgres.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"

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
