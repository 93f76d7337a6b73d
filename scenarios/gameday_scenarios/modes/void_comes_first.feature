@modes @mode:12
Feature: A deal is taken back before anybody has heard of it
  CRMs announce each kind of event by itself, and in no order: that a deal was amended or taken back arrives, and minutes
  later that it was won. A sync that takes each event for the latest state books what the customer has withdrawn from.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | voided | voided after s | amended | amended after s |
      | 40    | 20         | 30%    | 60             | 20%     | 60              |

  Scenario: Customers pay for what they withdrew from: the first event of a deal arrives after its void
    When after 10 seconds the CRM suffers "reordered delivery" for 2 minutes
      | share | hold s | events |
      | 0.8   | 120    | first  |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
    And nobody had to step in
