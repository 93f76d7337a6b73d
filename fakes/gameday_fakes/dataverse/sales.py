"""The tables of sales: opportunities, quotes and orders, each with its lines, and the activity that closes.

Source: learn.microsoft.com, Dynamics 365 Sales, "Opportunity entity reference" and those of the other tables.
"""

from __future__ import annotations

from gameday_fakes.dataverse.tables import (
    ACTIVE,
    OWNED,
    STANDARD,
    Column,
    Many,
    Table,
    choice,
    day,
    flag,
    key,
    lookup,
    memo,
    money,
    states,
    text,
    whole,
)

OPEN, WON, LOST = 0, 1, 2
#: Status reasons of opportunities; those of a state that is not open close it.
IN_PROGRESS, ON_HOLD, REASON_WON, CANCELED, OUT_SOLD = 1, 2, 3, 4, 5
OPPORTUNITY_STATES = {OPEN: "Open", WON: "Won", LOST: "Lost"}
OPPORTUNITY_REASONS = {
    IN_PROGRESS: "In Progress",
    ON_HOLD: "On Hold",
    REASON_WON: "Won",
    CANCELED: "Canceled",
    OUT_SOLD: "Out-Sold",
}
#: The state of each of these reasons.
STATE_OF = {IN_PROGRESS: OPEN, ON_HOLD: OPEN, REASON_WON: WON, CANCELED: LOST, OUT_SOLD: LOST}

_CUSTOMER = lookup("customerid", "account", "contact", kind="Customer")
_TOTALS = tuple(
    money(name, read_only=True)
    for name in (
        "totallineitemamount",
        "totallineitemdiscountamount",
        "totalamountlessfreight",
        "totaltax",
        "totalamount",
    )
)
_SOLD = (
    lookup("transactioncurrencyid", "transactioncurrency"),
    lookup("pricelevelid", "pricelevel"),
    Column("exchangerate", "Decimal", read_only=True),
    *_TOTALS,
    text("new_subsidiary"),
    text("new_paymentterms"),
)


def _line(of: str) -> tuple[Column, ...]:
    """The columns of a line of a document."""
    return (
        lookup(f"{of}id", of),
        lookup("productid", "product"),
        lookup("uomid", "uom"),
        lookup("transactioncurrencyid", "transactioncurrency"),
        text("productdescription", 500),
        memo("description"),
        whole("lineitemnumber"),
        Column("quantity", "Decimal"),
        money("priceperunit"),
        flag("ispriceoverridden", default=False),
        flag("isproductoverridden", default=False),
        money("baseamount", read_only=True),
        money("manualdiscountamount"),
        money("volumediscountamount", read_only=True),
        money("tax"),
        money("extendedamount", read_only=True),
        # The organisation's own: the code of the tax, and the agreed net amount where the arithmetic gives another.
        text("new_taxcode", 20),
        money("new_netamount"),
    )


OPPORTUNITY = Table(
    "opportunity",
    "opportunities",
    3,
    (
        key("opportunityid"),
        text("name", 300, required=True),
        memo("description"),
        _CUSTOMER,
        lookup("parentaccountid", "account"),
        lookup("parentcontactid", "contact"),
        *_SOLD,
        money("estimatedvalue"),
        day("estimatedclosedate"),
        money("actualvalue"),
        day("actualclosedate"),
        flag("isrevenuesystemcalculated", default=True),
        whole("closeprobability"),
        choice("opportunityratingcode", 2, Hot=1, Warm=2, Cold=3),
        text("stepname", 200),
        text("new_erporderid"),
        text("new_contractnumber"),
        *states(OPEN, OPPORTUNITY_STATES, OPPORTUNITY_REASONS, IN_PROGRESS),
        *OWNED,
    ),
    many=(
        Many("product_opportunities", "opportunityproduct", "opportunityid", contained=True),
        Many("opportunity_quotes", "quote", "opportunityid"),
        Many("opportunity_sales_orders", "salesorder", "opportunityid"),
    ),
    alternate_keys=(("new_erporderid",),),
)
OPPORTUNITY_PRODUCT = Table(
    "opportunityproduct",
    "opportunityproducts",
    1083,
    (key("opportunityproductid"), text("opportunityproductname", 500), *_line("opportunity"), *STANDARD),
    label="opportunityproductname",
)
OPPORTUNITY_CLOSE = Table(
    "opportunityclose",
    "opportunitycloses",
    4208,
    (
        key("activityid"),
        text("subject", 200),
        memo("description"),
        lookup("opportunityid", "opportunity"),
        money("actualrevenue"),
        Column("actualend", "DateTime"),
        lookup("transactioncurrencyid", "transactioncurrency"),
        *states(1, {0: "Open", 1: "Completed", 2: "Canceled"}, {1: "Open", 2: "Completed", 3: "Canceled"}, 2),
        *OWNED,
    ),
    label="subject",
    id="activityid",
)
QUOTE = Table(
    "quote",
    "quotes",
    1084,
    (
        key("quoteid"),
        text("name", 300, required=True),
        text("quotenumber"),
        _CUSTOMER,
        lookup("opportunityid", "opportunity"),
        *_SOLD,
        *states(
            0,
            {0: "Draft", 1: "Active", 2: "Won", 3: "Closed"},
            {1: "In Progress", 2: "In Progress", 3: "Open", 4: "Won", 5: "Lost", 6: "Canceled", 7: "Revised"},
            1,
        ),
        *OWNED,
    ),
    many=(Many("quote_details", "quotedetail", "quoteid", contained=True),),
    alternate_keys=(("quotenumber",),),
)
QUOTE_DETAIL = Table(
    "quotedetail",
    "quotedetails",
    1085,
    (key("quotedetailid"), text("quotedetailname", 500), *_line("quote"), *STANDARD),
    label="quotedetailname",
)
SALES_ORDER = Table(
    "salesorder",
    "salesorders",
    1088,
    (
        key("salesorderid"),
        text("name", 300, required=True),
        text("ordernumber"),
        _CUSTOMER,
        lookup("opportunityid", "opportunity"),
        lookup("quoteid", "quote"),
        *_SOLD,
        day("requestdeliveryby"),
        *states(
            0,
            {0: "Active", 1: "Submitted", 2: "Canceled", 3: "Fulfilled", 4: "Invoiced"},
            {1: "New", 2: "Pending", 3: "In Progress", 4: "No Money", 100001: "Complete", 100003: "Invoiced"},
            1,
        ),
        *OWNED,
    ),
    many=(Many("order_details", "salesorderdetail", "salesorderid", contained=True),),
    alternate_keys=(("ordernumber",),),
)
SALES_ORDER_DETAIL = Table(
    "salesorderdetail",
    "salesorderdetails",
    1089,
    (key("salesorderdetailid"), text("salesorderdetailname", 500), *_line("salesorder"), *STANDARD),
    label="salesorderdetailname",
)
#: The document of each table of lines.
DOCUMENT_OF = {"opportunityproduct": "opportunity", "quotedetail": "quote", "salesorderdetail": "salesorder"}
LINES_OF = {document: lines for lines, document in DOCUMENT_OF.items()}
SALES = (OPPORTUNITY, OPPORTUNITY_PRODUCT, OPPORTUNITY_CLOSE, QUOTE, QUOTE_DETAIL, SALES_ORDER, SALES_ORDER_DETAIL)

_ADDRESS = tuple(
    text(f"address1_{name}", length)
    for name, length in (("line1", 250), ("city", 80), ("postalcode", 20), ("stateorprovince", 50), ("country", 80))
)
ACCOUNT = Table(
    "account",
    "accounts",
    1,
    (
        key("accountid"),
        text("name", 160, required=True),
        text("accountnumber", 20),
        memo("description"),
        *_ADDRESS,
        text("telephone1", 50),
        text("emailaddress1"),
        text("websiteurl", 200),
        money("revenue"),
        whole("numberofemployees"),
        flag("creditonhold", default=False),
        choice("customertypecode", None, Competitor=1, Customer=3, Prospect=8, Vendor=11),
        lookup("transactioncurrencyid", "transactioncurrency"),
        lookup("primarycontactid", "contact"),
        lookup("parentaccountid", "account"),
        lookup("masterid", "account"),
        flag("merged", default=False),
        text("new_erpcustomerid"),
        *ACTIVE,
        *OWNED,
    ),
    many=(
        Many("contact_customer_accounts", "contact", "parentcustomerid"),
        Many("opportunity_customer_accounts", "opportunity", "customerid"),
    ),
    alternate_keys=(("accountnumber",), ("new_erpcustomerid",)),
)
CONTACT = Table(
    "contact",
    "contacts",
    2,
    (
        key("contactid"),
        text("firstname", 50),
        text("lastname", 50),
        Column("fullname", length=160, read_only=True),
        text("emailaddress1"),
        text("telephone1", 50),
        lookup("parentcustomerid", "account", "contact", kind="Customer"),
        *ACTIVE,
        *OWNED,
    ),
    label="fullname",
    alternate_keys=(("emailaddress1",),),
)
PARTNERS = (ACCOUNT, CONTACT)
