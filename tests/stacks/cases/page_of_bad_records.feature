@report:r05 @mode:28
Feature: A page of records that cannot pass holds up all that come after
  What fails stays in the page (mc-magento2, issue 195; dolibarr-community-modules, issue 718).

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 60 deals are closed won at 20 per minute

  Scenario: Orders stop: items and customers of some orders are inactive
    When after 1 minute the ERP suffers "inactive reference" for 6 minutes
      | share |
      | 0.15  |
    Then the other deals kept flowing
    And every refused deal is parked with its payload and reason
    And every deal is in the ERP exactly once within 5 minutes of the fix
