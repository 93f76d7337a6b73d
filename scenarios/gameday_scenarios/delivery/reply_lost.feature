@delivery @gate @mode:20 @fails:brittle
Feature: The reply is lost after the commit
  The ERP commits the order, and the connection drops before the reply. The outcome is indeterminate for the sync: a
  blind retry makes a second order, and giving up leaves the first one unconfirmed.

  Background:
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 100 deals are closed won at 20 per minute

  Scenario: Orders may be duplicated: the reply is lost after the ERP commits
    When after 2 minutes the ERP suffers "reply lost after commit" for 4 minutes
      | operation   | share | times |
      | order.write | 0.33  | 1     |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
    And nobody had to step in
