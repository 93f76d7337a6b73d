"""The clients of Dataverse of both bundled stacks against its fake: reads, changes, updates, events and troubles."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import httpx

from fakes.dataverse.conftest import Crm, _served, at, crm, line  # noqa: F401 - fixtures
from gameday_fakes.stacks.brittle.crms import dataverse as brittle
from gameday_fakes.stacks.durable.crms import dataverse
from gameday_fakes.stacks.durable.crms.dataverse_batch import answers_of
from gameday_fakes.stacks.durable.definition import load
from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.environment import Pace
from gameday_fakes.stacks.http_server import Request, Response
from support.control import NO_AUTHORITY
from support.credentials import DATAVERSE
from support.rows import rows

DEFINITION = load("dataverse", "business-central")


def asked(fake: Crm, *acts: Callable[[dataverse.Client], Awaitable[Any]]) -> list[Any]:
    """What one client returns, or the trouble that it has, when it does these one after the other."""

    async def done() -> list[Any]:
        async with httpx.AsyncClient(verify=NO_AUTHORITY) as http:
            transport = Transport("crm", fake.url, http, Pace(60))
            client = dataverse.Client(transport, DATAVERSE, DEFINITION.source)
            return [await _or_trouble(act(client)) for act in acts]

    return asyncio.run(done())


async def _or_trouble(doing: Awaitable[Any]) -> Any:
    try:
        return await doing
    except Trouble as trouble:
        return trouble


def test_deals_are_read_with_their_lines_by_the_flows_names(crm: Crm) -> None:  # noqa: F811
    lines = [line("SKU-1", "3", "33.33", "100.00", tax="19.00", tax_code="VAT19"), line("SKU-2", "1", "1", "0.5")]
    deal, gone = crm.close_deal(amount="100.50", lines=lines), crm.close_deal("D-2")
    crm.operate("delete_deal", {}, "D-2")
    [found] = asked(crm, lambda client: client.read_deals([deal, gone]))
    assert found[gone] == {"id": gone, "deleted": True}
    own = found[deal]
    assert (own["id"], own["account"], own["currency"], own["close_date"]) == (deal, "A-1", "EUR", "2024-03-31")
    assert (own["amount"], own["won"]) == (Decimal("100.5"), True)
    sold = [(each["sku"], each["amount"], each["tax"], each["tax_code"]) for each in own["lines"]]
    assert sold == [("SKU-1", 100, 19, "VAT19"), ("SKU-2", Decimal("0.5"), None, None)]


def test_a_line_without_an_agreed_amount_has_what_it_costs_less_the_tax(crm: Crm) -> None:  # noqa: F811
    sold_to = {"customerid_account@odata.bind": "/accounts(accountnumber='A-1')"}
    product = {"productid@odata.bind": "/products(productnumber='SKU-1')", "quantity": 2, "priceperunit": 5, "tax": 1.9}
    where = crm.create("opportunities", name="By hand", product_opportunities=[product], **sold_to)
    id_ = dataverse.plain(where[len("opportunities(") : -1])
    [found] = asked(crm, lambda client: client.read_deals([id_]))
    assert (found[id_]["won"], found[id_]["lines"][0]["amount"]) == (False, Decimal(10))


def test_what_changed_is_won_void_and_deleted(crm: Crm) -> None:  # noqa: F811
    kept, gone = crm.close_deal("D-1"), crm.close_deal("D-2")

    async def with_deletion(client: dataverse.Client) -> Any:
        first = await client.changed("", 300)
        crm.operate("delete_deal", {}, "D-2")
        crm.operate("void_deal", {}, "D-1")
        since = max(record["version"] for record in first)
        return first, await client.changed(since, 0), await client.changed("2999-01-01T00:00:00Z#1", 0)

    [(first, later, none)] = asked(crm, with_deletion)
    assert {(each["id"], each["won"]) for each in first} == {(kept, True), (gone, True)}
    assert {each["account"] for each in first} == {"A-1"}
    assert {each["id"]: each.get("deleted") or each["won"] for each in later} == {kept: False, gone: True}
    assert all(each["version"] >= first[0]["version"] for each in later)
    assert none == []


def test_deletions_that_nobody_followed_are_seen_in_the_list_of_what_is_there(crm: Crm) -> None:  # noqa: F811
    kept, gone = crm.close_deal("D-1"), crm.close_deal("D-2")

    async def begun(client: dataverse.Client) -> list[set[str] | None]:
        found = []
        for act in (None, crm.operate, None):
            await client.changed("", 300)
            found.append(client.listed())
            if act is not None:
                act("delete_deal", {}, "D-2")
                client.deletions.link = f"{dataverse.ROOT}/opportunities?$deltatoken=forgotten"
        return found

    # Once, and again when the link to what changes next is too old.
    assert asked(crm, begun) == [[{kept, gone}, None, {kept}]]


def test_an_account_has_the_numbers_of_those_that_were_merged_into_it(crm: Crm) -> None:  # noqa: F811
    crm.close_deal("D-1")
    crm.operate("merge_duplicate", {}, "D-1")
    between = crm.ledger()[0]["customer"]
    crm.operate("merge_accounts", {"winner": "A-2", "loser": "A-1"})
    account, quoted = asked(crm, lambda client: client.account("A-2"), lambda client: client.account("O'Neil"))
    assert (account.name, account.currency, account.former) == ("Contoso", "USD", (between, "A-1"))
    assert (quoted.reason, quoted.system) == ("refused", "crm")


def test_updates_have_each_their_outcome(crm: Crm) -> None:  # noqa: F811
    deals = [crm.close_deal(f"D-{number}") for number in range(3)]
    crm.operate("delete_deal", {}, "D-1")
    crm.inject("partial_batch", share=1.0, times=0)
    updates = {deal: {"new_erporderid": f"SO-{number}"} for number, deal in enumerate(deals)}
    [outcomes] = asked(crm, lambda client: client.update(updates))
    assert [outcomes[deal].reason if outcomes[deal] else None for deal in deals] == [None, "batch_part_failed", None]
    assert crm.ledger()[0]["keys"]["new_erporderid"] == "SO-0"
    assert answers_of("text/plain", b"nothing") == answers_of("multipart/mixed; boundary=x", b"cut") == []


def test_a_hidden_column_is_a_changed_schema(crm: Crm) -> None:  # noqa: F811
    deal = crm.close_deal()
    crm.inject("hide_field", object="opportunities", field="actualvalue")
    trouble, fields = asked(
        crm, lambda client: client.read_deals([deal]), lambda client: client.fields_of("opportunities")
    )
    assert trouble.reason == "schema_changed"
    assert "actualvalue" not in fields and {"actualclosedate", "id", "won"} <= fields


def test_after_a_429_no_request_goes_out_before_the_wait_is_over(crm: Crm) -> None:  # noqa: F811
    deal = crm.close_deal()
    crm.inject("service_protection", requests=0, retry_after_s=3000)
    troubles = asked(crm, *[lambda client: client.read_deals([deal])] * 3)
    assert [each.reason for each in troubles] == ["rate_limited"] * 3
    assert all(2900 < each.retry_after_s <= 3000 for each in troubles)
    # The others were kept back.
    assert len(crm.hits()) == 1


@rows(
    ("status", "code", "reason"),
    [
        (429, "0x80072322", "rate_limited"),
        (500, "0x80044151", "locked"),
        (412, "0x80060882", "locked"),
        (500, "0x80040224", "unavailable"),
        (403, "0x80040220", "permission_denied"),
        (400, "0x80060888", "schema_changed"),
        (400, "0x80040265", "refused"),
        (404, "0x80040217", "refused"),
    ],
)
def test_an_error_of_dataverse_has_its_reason(status: int, code: str, reason: str) -> None:
    assert dataverse.trouble_of(status, {"error": {"code": code, "message": "x"}}).reason == reason
    assert dataverse.trouble_of(status, None).system == "crm"


def webhook(**changed: Any) -> Request:
    target = {
        "Attributes": [{"key": "statecode", "value": {"Value": 1}}, {"key": "actualvalue", "value": {"Value": 5}}]
    }
    context = {
        "PrimaryEntityName": "opportunity",
        "PrimaryEntityId": "01234567-89AB-cdef-0123-456789abcdef",
        "OperationId": "op",
        "MessageName": "Update",
        "InputParameters": [{"key": "Target", "value": target}],
        **changed,
    }
    headers = {DATAVERSE["webhook_header"]: DATAVERSE["webhook_key"]}
    return Request("POST", "/outbound-messages", json.dumps(context).encode(), headers)


def test_a_webhook_is_taken_by_the_key_that_it_proves_itself_with() -> None:
    nobody: Any = None
    client = dataverse.Client(nobody, DATAVERSE, DEFINITION.source)
    received = client.receive(webhook())
    assert not isinstance(received, Response)
    assert [(each.record, each.fields) for each in received.notifications] == [
        ("0123456789abcdef0123456789abcdef", {"amount": "5"})
    ]
    of_account = client.receive(webhook(PrimaryEntityName="account"))
    assert not isinstance(of_account, Response) and of_account.notifications == []
    forged = webhook()
    forged.headers[DATAVERSE["webhook_header"]] = "another"
    answers = [
        client.receive(request) for request in (forged, webhook(PrimaryEntityId=None), webhook(InputParameters=1))
    ]
    assert [each.status for each in answers if isinstance(each, Response)] == [401, 400, 400]


def test_the_connector_reads_a_deal_its_lines_and_its_account(crm: Crm) -> None:  # noqa: F811
    deal = crm.close_deal()

    async def done() -> Any:
        async with httpx.AsyncClient(verify=NO_AUTHORITY) as http:
            client = brittle.Client(http, crm.url, DATAVERSE)
            [event] = client.events(webhook(PrimaryEntityId=dataverse.dashed(deal)))
            return await client.deal(event), await client.lines(deal), await client.account("A-1")

    found, lines, account = asyncio.run(done())
    assert (found.id, found.account, found.currency, found.close_date, found.won) == (
        deal,
        "A-1",
        "EUR",
        "2024-03-31",
        True,
    )
    assert [(each.sku, each.amount) for each in lines] == [("SKU-1", Decimal("19.98")), ("SKU-2", Decimal("0.35"))]
    assert account == ("Northwind & Sons", "EUR")
    nobody: Any = None
    client = brittle.Client(nobody, "", DATAVERSE)
    assert client.events(webhook(MessageName="Delete")) == client.events(webhook(PrimaryEntityName="account")) == []
