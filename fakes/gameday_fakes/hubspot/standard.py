"""The objects that every account has, with the properties that a sync of deals meets; and those of the bundled account.

Source: developers.hubspot.com, "Deals", "Companies", "Contacts", "Line items", "Products", "Properties".
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from gameday_fakes.hubspot.property import Group, Option, Property


class ObjectType(msgspec.Struct, frozen=True):
    """One type of record.

    ``name`` is as in paths (deals), ``singular`` as in webhooks (deal), ``type_id`` HubSpot's own number. ``shown`` are
    the properties of a reply that names none. Ids begin at ``first_id``. A new record needs ``one_of`` these.
    """

    name: str
    singular: str
    type_id: str
    first_id: int
    modified: str
    shown: tuple[str, ...]
    one_of: tuple[str, ...]
    searched: tuple[str, ...]
    primary: str
    scope: str
    properties: Mapping[str, Property]
    groups: tuple[Group, ...]


_STAMPS = (
    Property("hs_object_id", "Record ID", "number", read_only=True),
    Property("createdate", "Create date", "datetime", read_only=True),
    Property("hs_createdate", "Object create date/time", "datetime", read_only=True),
    Property("hs_lastmodifieddate", "Last modified date", "datetime", read_only=True),
    Property("hs_merged_object_ids", "Merged record IDs", "enumeration", read_only=True, external=True),
    Property("hs_object_source", "Record source", read_only=True),
    Property("hubspot_owner_id", "Owner", "enumeration", external=True, refers_to="OWNER"),
)


def _custom(name: str, label: str, **more: object) -> Property:
    return msgspec.structs.replace(Property(name, label), hubspot_defined=False, **more)


def _money(name: str, label: str, **more: object) -> Property:
    return msgspec.structs.replace(Property(name, label, "number", currency=True), **more)


_DEALS = (
    Property("dealname", "Deal name", required=True),
    Property("dealstage", "Deal stage", "enumeration", "radio", external=True, required=True),
    Property("pipeline", "Pipeline", "enumeration", external=True),
    _money("amount", "Amount"),
    Property("closedate", "Close date", "datetime"),
    Property("deal_currency_code", "Currency", "enumeration", external=True),
    Property(
        "dealtype",
        "Deal type",
        "enumeration",
        options=(Option("newbusiness", "New Business", 0), Option("existingbusiness", "Existing Business", 1)),
    ),
    Property("description", "Deal description", "string", "textarea"),
    Property("hs_is_closed", "Is deal closed?", "bool", read_only=True),
    Property("hs_is_closed_won", "Is closed won", "bool", read_only=True),
    Property("hs_deal_stage_probability", "Deal probability", "number", read_only=True),
    Property("hs_num_of_associated_line_items", "Number of associated line items", "number", read_only=True),
    _custom("erp_order_id", "ERP order", unique=True),
    _custom("subsidiary", "Subsidiary"),
    _custom("payment_terms", "Payment terms"),
)
_COMPANIES = (
    Property("name", "Company name"),
    Property("domain", "Company domain name"),
    Property("city", "City"),
    Property("country", "Country/Region"),
    Property("phone", "Phone number"),
    Property("industry", "Industry"),
    Property(
        "lifecyclestage",
        "Lifecycle stage",
        "enumeration",
        options=(Option("lead", "Lead", 0), Option("opportunity", "Opportunity", 1), Option("customer", "Customer", 2)),
    ),
    Property("description", "Description", "string", "textarea"),
    _custom("account_number", "Account number"),
    _custom("account_currency", "Currency"),
    _custom("erp_customer_id", "ERP customer", unique=True),
)
_CONTACTS = (
    Property("email", "Email", unique=True),
    Property("firstname", "First name"),
    Property("lastname", "Last name"),
    Property("phone", "Phone number"),
    Property("company", "Company name"),
    Property("jobtitle", "Job title"),
    Property("lastmodifieddate", "Last modified date", "datetime", read_only=True),
    Property(
        "lifecyclestage",
        "Lifecycle stage",
        "enumeration",
        options=(Option("lead", "Lead", 0), Option("customer", "Customer", 1)),
    ),
)
_LINE_ITEMS = (
    Property("name", "Name"),
    Property("hs_product_id", "Product ID", "number", refers_to="PRODUCT"),
    Property("hs_sku", "SKU"),
    Property("description", "Description", "string", "textarea"),
    Property("quantity", "Quantity", "number"),
    _money("price", "Unit price"),
    _money("discount", "Unit discount"),
    Property("hs_discount_percentage", "Discount percentage", "number"),
    _money("amount", "Net price", read_only=True),
    _money("hs_tax_amount", "Tax amount"),
    Property("hs_line_item_currency_code", "Currency", "enumeration", external=True),
    Property("hs_position_on_quote", "Order", "number"),
    Property(
        "recurringbillingfrequency",
        "Billing frequency",
        "enumeration",
        options=(Option("monthly", "Monthly", 0), Option("annually", "Annually", 1)),
    ),
    _custom("tax_code", "Tax code"),
)
_PRODUCTS = (
    Property("name", "Name"),
    Property("hs_sku", "SKU"),
    Property("description", "Product description", "string", "textarea"),
    _money("price", "Unit price"),
    _money("hs_cost_of_goods_sold", "Unit cost"),
    *(_money(f"hs_price_{code}", f"{code.upper()} price") for code in ("eur", "gbp", "jpy", "usd", "chf", "kwd")),
    Property("tax", "Tax", "number"),
)


def _object(
    name: str,
    singular: str,
    type_id: str,
    first_id: int,
    properties: tuple[Property, ...],
    shown: tuple[str, ...],
    *,
    one_of: tuple[str, ...] = (),
    searched: tuple[str, ...] = (),
    modified: str = "hs_lastmodifieddate",
    scope: str = "",
) -> ObjectType:
    group = f"{singular.replace('_', '')}information"
    whole = {each.name: msgspec.structs.replace(each, group=each.group or group) for each in (*_STAMPS, *properties)}
    return ObjectType(
        name,
        singular,
        type_id,
        first_id,
        modified,
        tuple(sorted(shown)),
        one_of,
        searched,
        searched[0],
        scope or f"crm.objects.{name}",
        MappingProxyType(dict(sorted(whole.items()))),
        (Group(group, f"{singular.replace('_', ' ').capitalize()} information", 0),),
    )


_MODIFIED = ("createdate", "hs_lastmodifieddate", "hs_object_id")

#: The objects by the names that paths use.
OBJECTS: Mapping[str, ObjectType] = MappingProxyType(
    {
        each.name: each
        for each in (
            _object(
                "deals",
                "deal",
                "0-3",
                18_600_000_001,
                _DEALS,
                ("amount", "closedate", "dealname", "dealstage", "pipeline", *_MODIFIED),
                searched=("dealname", "pipeline", "dealstage", "description", "dealtype"),
            ),
            _object(
                "companies",
                "company",
                "0-2",
                17_500_000_001,
                _COMPANIES,
                ("domain", "name", *_MODIFIED),
                one_of=("name", "domain"),
                searched=("name", "domain", "phone"),
            ),
            _object(
                "contacts",
                "contact",
                "0-1",
                15_100_000_001,
                _CONTACTS,
                ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
                one_of=("email", "firstname", "lastname"),
                searched=("email", "firstname", "lastname", "phone", "company"),
                modified="lastmodifieddate",
            ),
            _object(
                "line_items",
                "line_item",
                "0-8",
                19_700_000_001,
                _LINE_ITEMS,
                ("amount", "hs_product_id", "price", "quantity", *_MODIFIED),
                searched=("name", "hs_sku", "description"),
            ),
            _object(
                "products",
                "product",
                "0-7",
                14_800_000_001,
                _PRODUCTS,
                ("description", "name", "price", *_MODIFIED),
                one_of=("name",),
                searched=("name", "hs_sku", "description", "price"),
                scope="e-commerce",
            ),
        )
    }
)

#: Every name by which an object may be called, in lower case.
NAMES: Mapping[str, str] = MappingProxyType(
    {name.lower(): each.name for each in OBJECTS.values() for name in (each.name, each.singular, each.type_id)}
)

#: Objects that HubSpot has and the fake does not, by every name.
NOT_SERVED = frozenset(
    {
        *("tickets", "ticket", "0-5", "quotes", "quote", "0-14", "leads", "lead", "0-136", "goal_targets", "0-74"),
        *("calls", "0-48", "emails", "0-49", "meetings", "0-47", "notes", "0-46", "tasks", "0-27"),
        *("communications", "0-18", "postal_mail", "0-116", "feedback_submissions", "0-19"),
        *("taxes", "0-85", "discounts", "0-84", "fees", "0-88", "invoices", "invoice", "0-53"),
        *("orders", "order", "0-123"),
        *("carts", "0-142", "deal_splits", "deal_split", "0-72", "subscriptions", "0-69"),
        *("commerce_payments", "payments", "0-101", "users", "0-115"),
    }
)
