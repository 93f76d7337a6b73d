Feature: A custom field of the batch is renamed
  An admin renames the region of opportunities. The batch names it in its SELECT, so its next run reads nothing at all.

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 20 deals are closed won at 20 per minute

  Scenario: No order is written: the region field is renamed
    When after 2 minutes the CRM suffers "renamed field" for 6 minutes
      | field                 | new name      |
      | Opportunity.Region__c | Sales_Area__c |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
    And no lost or wrong deal goes unreported
    And the totals agree in every currency
    And nobody was alerted without cause
    And nobody had to step in
