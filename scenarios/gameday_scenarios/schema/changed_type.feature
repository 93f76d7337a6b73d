@schema @gate
Feature: A field that the order needs changes its type
  An admin turns a number into a text, or a date into a moment. Replies still have status 200, and the same name. What the
  sync makes of the value decides whether orders come out wrong, stop, or are right.

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 60 deals are closed won at 20 per minute

  Scenario: Prices are read wrong: the CRM's unit price becomes a text
    When after 1 minute the CRM suffers "changed type" for 2 minutes
      | field                         | type |
      | OpportunityLineItem.UnitPrice | text |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause

  @fails:brittle
  Scenario: Orders stop: the ERP's order date becomes a moment
    When after 1 minute the ERP suffers "changed type" for 2 minutes
      | field               | type     |
      | salesOrder.tranDate | datetime |
    Then the flow's owner is alerted within 5 minutes
    And the alert goes to its right owner
    And the alert names the affected deals
    And every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
