@workers
Feature: One of two workers is killed
  Two workers of one sync take deals from one queue in PostgreSQL, and one of them is gone for a while.
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
