@process @fails:brittle
Feature: The worker is killed after the acknowledgement
  The sync has acknowledged events that still wait for a slow ERP when its process is killed. Whatever it held only in
  memory is gone, and the CRM does not send it again.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: Acknowledged deals may be lost: the sync is killed with a full queue
    When after 2 minutes the ERP suffers "slow replies" for 3 minutes
      | delay s | operation   |
      | 20      | order.write |
    And after 4 minutes the stack suffers "killed worker" for 1 minute
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody had to step in
