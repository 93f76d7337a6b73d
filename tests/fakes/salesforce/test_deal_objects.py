"""A deal is an order, a quote or a custom object with its lines where an organisation says so."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gameday_fakes.fake import ControlError
from support.deal_objects import SALES_ORDERS
from support.served import CATALOG, DEAL, LINE, Served, write

DATA = "/services/data/v60.0"
SALES_ORDER = {
    "label": "Sales Order",
    "key_prefix": "a0S",
    "fields": {
        "Name": {"type": "string", "read_only": True, "auto_number": "SO-{0000}"},
        "Phase__c": {"type": "picklist", "values": ["Open", "Booked", "Dropped"], "restricted": True},
        "Customer__c": {"type": "reference", "refers_to": "Account"},
        "Booked_On__c": {"type": "date"},
        "Net__c": {"type": "currency", "scale": 2, "calculated": True},
        "Region__c": {"type": "string", "length": 20},
        "ERP_Order_Id__c": {"type": "string", "length": 80, "external_id": True},
    },
}
POSITION = {
    "fields": {
        "Order__c": {"type": "reference", "refers_to": "Sales_Order__c", "children": "Positions__r", "required": True},
        "Article__c": {"type": "reference", "refers_to": "Product2"},
        "Pieces__c": {"type": "double", "scale": 2},
        "Price__c": {"type": "currency", "scale": 2},
        "Sum__c": {"type": "currency", "scale": 2},
        "Note__c": {"type": "string", "length": 40},
    }
}
KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "Order": ({"Order": {}, "OrderItem": {}}, {"deal_object": "Order"}),
    "Quote": ({"Quote": {}, "QuoteLineItem": {}}, {"deal_object": "Quote"}),
    "Sales_Order__c": ({"Sales_Order__c": SALES_ORDER, "Position__c": POSITION}, SALES_ORDERS),
}
SOLD = {**DEAL, "amount": "14", "lines": [LINE, {**LINE, "quantity": "2", "amount": "9", "discount": "10"}]}


def organisation(folder: Path, kind: str, **more: Any) -> Path:
    """A folder whose deals are of a kind."""
    objects, settings = KINDS[kind]
    folder = write(folder, **{f"salesforce__{name}": each for name, each in objects.items()})
    (folder / "settings.json").write_text(json.dumps({"salesforce": {**settings, **more}}), encoding="utf-8")
    return folder


@pytest.fixture(params=list(KINDS))
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Served:
    """A CRM whose deals are of each kind."""
    return Served("salesforce", organisation(tmp_path, request.param))


@pytest.fixture
def own(tmp_path: Path) -> Served:
    """A CRM whose deals are of a custom object."""
    return Served("salesforce", organisation(tmp_path, "Sales_Order__c"))


def test_the_ledger_states_the_deal_with_its_lines(crm: Served) -> None:
    id_ = crm.fake.operate("close_deal", "D-1", SOLD)["id"]
    [entry] = crm.fake.ledger().entries
    account = crm.soql("SELECT Id FROM Account")[1]["records"][0]["Id"]
    assert (entry.id, entry.keys["key"], entry.state, entry.customer) == (id_, "D-1", "won", account)
    assert (entry.currency, entry.date, entry.total) == ("USD", "2026-06-30", Decimal(14))
    assert [(line.sku, line.quantity, line.amount) for line in entry.lines] == [
        ("SKU-1", Decimal(1), Decimal(5)),
        ("SKU-1", Decimal(2), Decimal(9)),
    ]
    # Without a discount of its own a line has the net price of a piece.
    last = entry.lines[1]
    assert (last.unit_price, last.discount) in ((Decimal(5), Decimal(10)), (Decimal("4.5"), None))


def test_a_deal_is_amended_voided_and_deleted(crm: Served) -> None:
    for key in ("D-1", "D-2"):
        crm.fake.operate("close_deal", key, DEAL)
    crm.fake.operate("amend_deal", "D-1", {"lines": [LINE, LINE]})
    crm.fake.operate("delete_deal", "D-2", {})
    first, second = crm.fake.ledger().entries
    assert (first.total, len(first.lines), second.state) == (Decimal(10), 2, "void")
    crm.fake.operate("void_deal", "D-1", {})
    assert crm.fake.ledger().entries[0].state == "void"


def test_a_deal_that_is_not_won_yet_is_in_no_ledger(crm: Served) -> None:
    id_ = crm.fake.operate("open_deal", "D-1", DEAL)["id"]
    assert crm.fake.ledger().entries == ()
    stage, won = crm.fake.store.deal_fields.stage, crm.fake.store.stages.won
    assert crm.reply("PATCH", f"{DATA}/sobjects/{crm.fake.deal_objects[0]}/{id_}", {stage: won}).status == 204
    assert [entry.state for entry in crm.fake.ledger().entries] == ["won"]


def test_a_restored_ledger_is_the_same(crm: Served) -> None:
    crm.fake.operate("close_deal", "D-1", SOLD)
    before = crm.fake.ledger()
    crm.fake.start_again(0)
    crm.fake.operate("seed", "", CATALOG)
    crm.fake.restore(before)
    [old], [new] = before.entries, crm.fake.ledger().entries
    assert (new.id, new.state, new.total, new.customer, new.date) == (
        *(old.id, old.state, old.total),
        *(old.customer, old.date),
    )
    assert [(line.sku, line.amount) for line in new.lines] == [(line.sku, line.amount) for line in old.lines]


def test_a_message_is_about_the_object_with_its_own_fields(own: Served) -> None:
    own.fake.operate("close_deal", "D-1", DEAL)
    message = own.fake.outbound._render([("04l", own.fake.business.deals["D-1"])], own.fake.settings, None).decode()
    assert '<sObject xsi:type="sf:Sales_Order__c"' in message
    assert "<sf:Phase__c>Booked</sf:Phase__c>" in message
    assert "<sf:Net__c>5</sf:Net__c>" in message


def test_faults_on_deals_hit_the_object_of_deals(own: Served) -> None:
    id_ = own.fake.operate("close_deal", "D-1", DEAL)["id"]
    own.fake.inject("F", {"kind": "http", "action": "reply", "operation": "deal.write", "error": "server_error"})
    assert own.reply("PATCH", f"{DATA}/sobjects/Sales_Order__c/{id_}", {"Region__c": "x"}).status == 500
    hits = [event.value["order"] for event in own.fake.events.after(0) if event.f == "hit"]
    assert hits == [id_]


def test_lines_that_the_sync_writes_change_the_amount(crm: Served) -> None:
    id_ = crm.fake.operate("close_deal", "D-1", DEAL)["id"]
    of_lines = crm.fake.store.deal_fields.lines
    _, found = crm.soql(f"SELECT Id, {of_lines.product} FROM {of_lines.object}")
    body = {
        of_lines.deal: id_,
        of_lines.product: found["records"][0][of_lines.product],
        of_lines.quantity: 3,
        of_lines.price: 2,
        **({"Sum__c": 6} if of_lines.amount == "Sum__c" else {}),
    }
    status, made = crm.call("POST", f"{DATA}/sobjects/{of_lines.object}", body)
    assert status == 201, made
    assert crm.fake.ledger().entries[0].total == Decimal(11)
    assert crm.reply("DELETE", f"{DATA}/sobjects/{of_lines.object}/{made['id']}").status == 204
    assert crm.fake.ledger().entries[0].total == Decimal(5)


def test_further_fields_of_deals_and_lines_are_kept_and_stated(own: Served) -> None:
    deal = {**DEAL, "fields": {"Region__c": "EMEA"}, "lines": [{**LINE, "fields": {"Note__c": "gift"}}]}
    own.fake.configure({"ledger_fields": ["Region__c", "line.Article__r.Name"]})
    own.fake.operate("close_deal", "D-1", deal)
    [entry] = own.fake.ledger().entries
    assert entry.fields == {"Region__c": "EMEA"}
    assert dict(entry.lines[0].fields) == {"Note__c": "gift", "Article__r.Name": "SKU-1"}


def test_accounts_that_are_merged_take_their_deals_along(own: Served) -> None:
    own.fake.operate("seed", "", {"accounts": [{"key": "A-2"}], "products": []})
    own.fake.operate("close_deal", "D-1", DEAL)
    winner = own.fake.operate("merge_accounts", "", {"winner": "A-2", "loser": "A-1"})["id"]
    assert [entry.customer for entry in own.fake.ledger().entries] == [winner]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"deal_object": "Sales_Ordr__c"},
            "deal_object: 'Sales_Ordr__c' is no object that is served; known: Account, ",
        ),
        ({"deal_amount_field": ""}, "deal_amount_field: no field '' of Sales_Order__c can be it; known: Net__c"),
        (
            {"deal_date_field": "Net__c"},
            "deal_date_field: no field 'Net__c' of Sales_Order__c can be it; known: Booked",
        ),
        (
            {"line_price_field": "Note__c"},
            "line_price_field: no field 'Note__c' of Position__c can be it; known: Pieces",
        ),
        ({"deal_lines_object": "Account"}, "line_deal_field: no field '' of Account can be it; known: none"),
    ],
)
def test_what_cannot_be_a_deal_is_refused_before_a_fake_runs(
    tmp_path: Path, settings: dict[str, str], words: str
) -> None:
    with pytest.raises(ValueError, match=r"settings\.json") as refused:
        Served("salesforce", organisation(tmp_path, "Sales_Order__c", **settings))
    assert words in str(refused.value)


def test_the_object_of_deals_stays_while_a_fake_runs(own: Served) -> None:
    with pytest.raises(ControlError, match="deal_object and deal_lines_object belong to settings"):
        own.fake.configure({"deal_object": "Opportunity"})


def test_an_object_that_is_called_like_a_keyword_can_be_queried(tmp_path: Path) -> None:
    crm = Served("salesforce", organisation(tmp_path, "Order"))
    crm.fake.operate("close_deal", "D-1", DEAL)
    _, found = crm.soql("SELECT Id, o.TotalAmount, (SELECT Quantity FROM OrderItems) FROM Order o ORDER BY Id")
    [order] = found["records"]
    assert (order["TotalAmount"], order["OrderItems"]["records"][0]["Quantity"]) == (5, 1)
    _, found = crm.soql("SELECT Order.Account.Name FROM OrderItem WHERE OrderId IN (SELECT Id FROM Order)")
    assert found["records"][0]["Order"]["Account"]["Name"] == "A-1"


def test_a_contact_is_named_by_its_parts() -> None:
    crm = Served("salesforce")
    _, made = crm.call("POST", f"{DATA}/sobjects/Contact", {"FirstName": "Ada", "LastName": "Byron"})
    crm.call("PATCH", f"{DATA}/sobjects/Contact/{made['id']}", {"LastName": "Lovelace"})
    _, found = crm.soql("SELECT Name FROM Contact WHERE Name = 'Ada Lovelace'")
    assert found["totalSize"] == 1
