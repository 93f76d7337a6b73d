"""An organisation whose deals are records of a custom object."""

from __future__ import annotations

from collections.abc import Mapping

#: The settings that say so.
SALES_ORDERS: Mapping[str, str] = {
    "deal_object": "Sales_Order__c",
    "deal_stage_field": "Phase__c",
    "won_stage": "Booked",
    "lost_stage": "Dropped",
    "open_stage": "Open",
    "deal_amount_field": "Net__c",
    "deal_date_field": "Booked_On__c",
    "line_quantity_field": "Pieces__c",
    "line_price_field": "Price__c",
    "line_amount_field": "Sum__c",
}
