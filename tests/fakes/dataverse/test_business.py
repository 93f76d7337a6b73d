"""Business operations, the ledger, the log-in, webhooks, limits and faults."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from fakes.dataverse.conftest import Crm, Receiver, at, error_of, line
from gameday_fakes.dataverse.manifest import dashed, plain
from support.credentials import BUSINESS_CENTRAL, DATAVERSE

# -- operations and the ledger -----------------------------------------------------------------------


def test_the_ledger_states_a_deal_as_it_was_sold(crm: Crm) -> None:
    lines = [line("SKU-1", "3", "33.33", "100.00", tax="19.00", tax_code="VAT19"), line("SKU-2", "2", "10", "19.5")]
    deal = crm.close_deal(amount="119.50", lines=lines, subsidiary="EMEA", terms="Net 30")
    (entry,) = crm.ledger()
    assert (entry["id"], entry["customer"], entry["currency"], entry["total"]) == (deal, "A-1", "EUR", "119.50")
    assert (entry["date"], entry["subsidiary"], entry["terms"]) == ("2024-03-31", "EMEA", "Net 30")
    assert [(each["sku"], each["quantity"], each["amount"]) for each in entry["lines"]] == [
        ("SKU-1", "3", "100.00"),
        ("SKU-2", "2", "19.5"),
    ]
    assert entry["lines"][0]["tax"] == "19.00"
    assert entry["keys"]["opportunityid"] == dashed(deal)
    found = crm.get(f"{at(deal)}?$expand=product_opportunities")
    assert (found["totallineitemamount"], found["totaltax"], found["totalamount"]) == (119.5, 19, 138.5)


def test_a_deal_is_amended_voided_and_deleted(crm: Crm) -> None:
    deal = crm.close_deal()
    crm.operate("amend_deal", {"lines": [line("SKU-1", "5", "9.99", "49.95")]}, "D-1")
    (entry,) = crm.ledger()
    assert (entry["state"], entry["total"], len(entry["lines"]), entry["date"]) == ("won", "49.95", 1, "2024-03-31")
    crm.operate("void_deal", {}, "D-1")
    assert (crm.ledger()[0]["state"], crm.get(at(deal))["statecode"]) == ("void", 2)
    crm.close_deal("D-2")
    crm.operate("delete_deal", {}, "D-2")
    assert [each["state"] for each in crm.ledger()] == ["void", "void"]
    crm.operate("open_deal", {"account": "A-2", "currency": "USD", "amount": "5", "close_date": "2024-03-31"}, "D-3")
    assert len(crm.ledger()) == 2
    for f, value, key in (
        ("amend_deal", {"lines": []}, "nosuch"),
        ("reprice", {"sku": "X", "currency": "EUR", "price": "1"}, ""),
    ):
        assert crm.try_operation(f, value, key).status_code == 400


def test_the_account_of_a_deal_is_merged_with_a_duplicate_again_and_again(crm: Crm) -> None:
    crm.close_deal()
    crm.close_deal("D-2")
    crm.operate("merge_duplicate", {}, "D-1")
    (between,) = {each["customer"] for each in crm.ledger()}
    crm.operate("merge_duplicate", {}, "D-2")
    crm.close_deal("D-3")
    (last,) = {each["customer"] for each in crm.ledger()}
    assert len({"A-1", between, last}) == 3
    # The accounts that were merged are there, inactive, and lead to the one that is left.
    ledger = crm.whole_ledger()
    assert ledger["leads_to"] == {"A-1": last, between: last}
    assert ledger["customers"][last]["name"] == ledger["customers"]["A-1"]["name"]
    assert crm.try_operation("merge_duplicate", {}, "nosuch").status_code == 400


def test_what_a_sync_changes_of_a_deal_is_unlike_what_people_do(crm: Crm) -> None:
    deal = crm.close_deal()
    crm.call("PATCH", at(deal), {"new_erporderid": "SO-1"})
    assert (crm.whole_ledger()["changed_by_sync"], crm.ledger()[0]["keys"]["new_erporderid"]) == ([], "SO-1")
    crm.call("PATCH", at(deal), {"actualvalue": 1})
    assert crm.whole_ledger()["changed_by_sync"] == [deal]
    crm.operate("amend_deal", {"lines": [line("SKU-1", "1", "1", "1")]}, "D-1")
    assert crm.whole_ledger()["changed_by_sync"] == []


def test_further_columns_are_given_by_people_and_stated_on_demand(crm: Crm) -> None:
    crm.configure(
        ledger_fields=[
            "stepname",
            "transactioncurrencyid.isocurrencycode",
            "line.description",
            "customer.address1_city",
        ]
    ).raise_for_status()
    lines = [{**line("SKU-1", "2", "9.99", "19.98"), "description": "Two"}]
    crm.close_deal(stepname="Close", lines=lines, amount="19.98")
    ledger = crm.whole_ledger()
    assert ledger["entries"][0]["fields"] == {
        "stepname": "Close",
        "transactioncurrencyid.isocurrencycode": "EUR",
    }
    assert ledger["entries"][0]["lines"][0]["fields"] == [["description", "Two"]]
    assert ledger["customers"]["A-1"]["address1_city"] == "Bonn"
    assert crm.configure(ledger_fields=["transactioncurrencyid.nosuch"]).status_code == 400
    refused = crm.configure(ledger_fields=["stepnam"])
    assert (refused.status_code, "did you mean 'stepname'" in refused.text) == (400, True)
    assert "unknown field 'nosuch'" in crm.try_operation("close_deal", {"nosuch": 1, **SOLD}, "D-9").text
    assert crm.try_operation("close_deal", {"closeprobability": "high", **SOLD}, "D-9").status_code == 400


SOLD = {"account": "A-1", "currency": "EUR", "amount": "1", "close_date": "2024-03-31"}


def test_a_ledger_is_restored_without_a_message(crm: Crm, receiver: Receiver) -> None:
    crm.configure(outbound_url="").raise_for_status()
    crm.close_deal("D-1")
    crm.operate("void_deal", {}, "D-1")
    crm.close_deal("D-2")
    ledger = crm.whole_ledger()
    crm.reset(outbound_url=receiver.url)
    crm.restore(ledger).raise_for_status()
    assert crm.ledger() == ledger["entries"]
    assert crm.restore(ledger).status_code == 400
    crm.close_deal("D-3")
    # The first message is about this deal.
    assert receiver.next().context["PrimaryEntityId"] == dashed(crm.ledger()[2]["id"])


# -- logging in --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_id": "nobody"}, 400, "unauthorized_client"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"scope": "https://other.crm.dynamics.com/.default"}, 400, "invalid_scope"),
    ],
)
def test_entra_id_refuses_with_its_own_error(crm: Crm, changed: dict[str, str], status: int, error: str) -> None:
    reply = crm.login(**changed)
    assert (reply.status_code, reply.json()["error"]) == (status, error)


def test_a_token_for_another_resource_is_none_here(crm: Crm) -> None:
    own = {name: BUSINESS_CENTRAL[name] for name in ("client_id", "client_secret", "scope")}
    token = crm.login(**own).json()["access_token"]
    for given in (token, "x", f"{base64.b64encode(b'[]').decode()}.x", "a.b.c"):
        crm.token = given
        reply = crm.call("GET", "WhoAmI")
        assert (reply.status_code, reply.content) == (401, b"")
        assert reply.headers["www-authenticate"].startswith(
            "Bearer authorization_uri=https://login.microsoftonline.com/"
        )


# -- webhooks ----------------------------------------------------------------------------------------


def test_a_won_deal_is_one_message_with_its_context(crm: Crm, receiver: Receiver) -> None:
    deal = crm.close_deal()
    sent = receiver.next()
    assert sent.headers[DATAVERSE["webhook_header"]] == DATAVERSE["webhook_key"]
    assert sent.headers["x-ms-dynamics-entity-name"] == "opportunity"
    assert sent.headers["x-ms-dynamics-request-name"] == sent.context["MessageName"] == "Update"
    assert (sent.context["PrimaryEntityId"], sent.context["Stage"], sent.context["Mode"]) == (dashed(deal), 40, 1)
    target = sent.context["InputParameters"][0]["value"]
    given = {each["key"]: each["value"] for each in target["Attributes"]}
    assert given["statecode"]["Value"] == 1
    assert given["actualvalue"]["Value"] == 20.33
    assert given["modifiedby"]["LogicalName"] == "systemuser"
    crm.operate("delete_deal", {}, "D-1")
    gone = receiver.next().context
    assert (gone["MessageName"], gone["InputParameters"][0]["value"]["Id"]) == ("Delete", dashed(deal))
    assert receiver.sent.empty()


def test_only_changes_that_a_step_is_filtered_by_are_sent(crm: Crm, receiver: Receiver) -> None:
    deal = crm.close_deal()
    receiver.next()
    crm.call("PATCH", at(deal), {"new_erporderid": "SO-1", "description": "x"})
    crm.configure(announce_write_backs=True).raise_for_status()
    crm.call("PATCH", at(deal), {"new_erporderid": "SO-2"})
    assert "new_erporderid" in str(receiver.next().context)
    crm.call("PATCH", at(deal), {"name": "Renamed"})
    assert "Renamed" in str(receiver.next().context)
    assert receiver.sent.empty()


@pytest.mark.parametrize(
    ("auth", "value", "path", "header"),
    [
        (4, "secret", "/hooks?code=secret", ""),
        (6, '<settings><setting name="a" value="1" /><setting name="b" value="2" /></settings>', "/hooks?a=1&b=2", ""),
        (5, '<settings><setting name="X-Key" value="v" /></settings>', "/hooks", "v"),
    ],
)
def test_a_webhook_is_registered_with_its_proof_and_its_step(
    crm: Crm, receiver: Receiver, auth: int, value: str, path: str, header: str
) -> None:
    endpoint = crm.create("serviceendpoints", name="Mine", url=receiver.url, contract=8, authtype=auth, authvalue=value)
    shown = crm.get(endpoint)
    assert (shown["authvalue"], shown["isauthvalueset"]) == (None, True)
    message = crm.get("sdkmessages?$filter=name eq 'Create'")["value"][0]["sdkmessageid"]
    of = f"primaryobjecttypecode eq 'account' and _sdkmessageid_value eq {message}"
    filter_ = crm.get(f"sdkmessagefilters?$filter={of}")["value"][0]["sdkmessagefilterid"]
    step = crm.create(
        "sdkmessageprocessingsteps",
        **{
            "name": "Accounts",
            "sdkmessageid@odata.bind": f"/sdkmessages({message})",
            "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({filter_})",
            "eventhandler_serviceendpoint@odata.bind": f"/{endpoint}",
        },
    )
    crm.create("contacts", firstname="Nobody hears of contacts")
    where = crm.create("accounts", name="Heard of")
    sent = receiver.next()
    assert (sent.path, sent.headers.get("x-key", "")) == (path, header)
    assert (sent.context["MessageName"], f"accounts({sent.context['PrimaryEntityId']})") == ("Create", where)
    assert sent.context["InitiatingUserId"] == crm.get("WhoAmI")["UserId"]
    crm.call("PATCH", step, {"statecode": 1, "statuscode": 2})
    crm.create("accounts", name="Not heard of")
    assert receiver.sent.empty()


def test_a_receiver_elsewhere_is_refused(crm: Crm) -> None:
    for url in ("https://example.com/hook", "ftp://127.0.0.1/", ""):
        assert crm.call("POST", "serviceendpoints", {"name": "X", "url": url, "contract": 8}).status_code == 400
    assert (
        crm.call("POST", "serviceendpoints", {"name": "X", "url": "http://127.0.0.1/", "contract": 2}).status_code
        == 501
    )


@pytest.mark.parametrize(("statuses", "attempts"), [([503, 503, 200], 2), ([500], 1), ([404], 1), ([502], 2)])
def test_only_a_bad_gateway_is_sent_to_once_more(
    crm: Crm, receiver: Receiver, statuses: list[int], attempts: int
) -> None:
    crm.reset(pace=6000, outbound_url=receiver.url)
    receiver.statuses = [*statuses]
    crm.close_deal()
    for _ in range(attempts):
        receiver.next()
    crm.close_deal("D-2")
    assert receiver.next().context["PrimaryEntityId"] == dashed(crm.ledger()[1]["id"])


# -- limits and faults -------------------------------------------------------------------------------


def test_the_users_requests_in_five_minutes_are_limited(crm: Crm) -> None:
    crm.configure(requests_in_5_minutes=3).raise_for_status()
    statuses = [crm.call("GET", "WhoAmI").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    refused = crm.call("GET", "WhoAmI")
    assert error_of(refused) == (429, "0x80072322")
    assert 200 < int(refused.headers["retry-after"]) <= 300
    assert "the limit of 3 over" in refused.json()["error"]["message"]
    assert crm.login().status_code == 200


@pytest.mark.parametrize(
    ("facet", "code"),
    [("requests", "0x80072322"), ("execution time", "0x80072321"), ("concurrent requests", "0x80072326")],
)
def test_service_protection_lets_a_budget_pass_and_then_asks_for_a_wait(crm: Crm, facet: str, code: str) -> None:
    crm.inject("service_protection", requests=2, retry_after_s=3000, facet=facet)
    statuses = [crm.call("GET", "WhoAmI").status_code for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    refused = crm.call("GET", "WhoAmI")
    assert error_of(refused) == (429, code)
    assert int(refused.headers["retry-after"]) > 2900
    assert [operation for _, operation, _ in crm.hits()] == ["user.read"] * 3
    assert crm.login().status_code == 200
    crm.heal()
    assert crm.call("GET", "WhoAmI").status_code == 200


def test_the_wait_ends_for_who_keeps_to_it_and_begins_anew_for_who_does_not() -> None:
    from gameday_fakes.crm_rules import ServiceProtection
    from gameday_fakes.dataverse.faults import Protection
    from gameday_fakes.http import Route

    class Clock:
        at_s = 0.0

        def now_s(self) -> float:
            return self.at_s

    class Fake:
        clock, seed = Clock(), 0

    fake: Any = Fake()
    route = Route("GET", "/x", "deal.read", "odata")
    fault = Protection(fake, "f", ServiceProtection(retry_after_s=30, requests=1))

    def refused(at_s: float) -> bool:
        fake.clock.at_s = at_s
        return fault.hits(route, None)

    # One passes; a second one is refused, and what was sent with it does not make the wait longer.
    assert [refused(at) for at in (0, 0, 0.5)] == [False, True, True]
    assert [refused(at) for at in (31, 31.1)] == [False, True]
    # Early ones do: from 61 the wait would be over.
    assert [refused(at) for at in (50, 70, 95, 126)] == [True, True, True, False]


def test_a_hidden_column_is_neither_read_nor_written_nor_described(crm: Crm) -> None:
    deal = crm.close_deal()
    crm.inject("hide_field", object="opportunities", field="_transactioncurrencyid_value")
    assert "_transactioncurrencyid_value" not in crm.get(at(deal))
    assert error_of(crm.call("GET", f"{at(deal)}?$expand=transactioncurrencyid")) == (400, "0x80060888")
    assert error_of(crm.call("PATCH", at(deal), {"transactioncurrencyid@odata.bind": None})) == (400, "0x80048d19")
    columns = crm.get("EntityDefinitions(LogicalName='opportunity')/Attributes")["value"]
    assert "transactioncurrencyid" not in {each["LogicalName"] for each in columns}
    assert {order for _, operation, order in crm.hits() if operation == "deal.read"} == {deal}
    assert crm.ledger()[0]["currency"] == "EUR"
    crm.heal()
    assert crm.get(f"{at(deal)}?$expand=transactioncurrencyid")["transactioncurrencyid"]["isocurrencycode"] == "EUR"


def test_a_renamed_column_has_its_values_under_the_new_name(crm: Crm) -> None:
    deal = crm.close_deal()
    crm.inject("rename_field", object="opportunities", field="actualvalue", new_name="new_revenue")
    assert crm.get(f"{at(deal)}?$select=new_revenue")["new_revenue"] == 20.33
    assert error_of(crm.call("GET", f"{at(deal)}?$select=actualvalue")) == (400, "0x80060888")
    assert crm.call("PATCH", at(deal), {"new_revenue": 1}).status_code == 204
    crm.heal()
    assert crm.get(at(deal))["actualvalue"] == 1


@pytest.mark.parametrize(
    "query",
    [
        "$expand=product_opportunities($select=priceperunit)",
        "$expand=product_opportunities",
        "$expand=product_opportunities($filter=priceperunit gt 1)",
        "$filter=product_opportunities/any(o:o/priceperunit gt 1)",
    ],
)
def test_a_renamed_column_of_lines_is_met_by_whoever_asks_for_the_lines_of_deals(crm: Crm, query: str) -> None:
    crm.close_deal()
    crm.inject("rename_field", object="opportunityproducts", field="priceperunit", new_name="net_unit_price")
    crm.call("GET", "opportunities?$select=name")
    assert crm.hits() == []
    crm.call("GET", f"opportunities?{query}")
    assert [operation for _, operation, _ in crm.hits()] == ["deal.query"]


def test_a_right_that_is_lost_and_a_locked_deal_are_refused(crm: Crm) -> None:
    deal = crm.close_deal()
    crm.inject("revoke_permission", object="opportunities", access="edit")
    assert error_of(crm.call("PATCH", at(deal), {"name": "X"})) == (403, "0x80040220")
    assert crm.call("GET", at(deal)).status_code == 200
    crm.heal()
    crm.inject("lock_record", times=1)
    assert error_of(crm.call("PATCH", at(deal), {"name": "X"})) == (500, "0x80044151")
    assert crm.call("PATCH", at(deal), {"name": "X"}).status_code == 204
    assert [order for *_, order in crm.hits()] == [deal, deal]


def test_revoked_tokens_are_refused_until_a_new_login_works(crm: Crm) -> None:
    crm.inject("revoke_tokens")
    assert crm.call("GET", "WhoAmI").status_code == 401
    assert (crm.login().status_code, crm.login().json()["error_codes"]) == (401, [7000112])
    crm.heal()
    assert crm.call("GET", "WhoAmI").status_code == 401
    crm.token = crm.login().json()["access_token"]
    assert crm.call("GET", "WhoAmI").status_code == 200


def test_parts_of_a_batch_fail_inside_a_200(crm: Crm) -> None:
    deals = [crm.close_deal(f"D-{number}") for number in range(3)]
    crm.inject("partial_batch", times=1)
    parts = [
        {"id": str(number), "method": "PATCH", "url": at(deal), "body": {"new_erporderid": f"SO-{number}"},
         "headers": {"content-type": "application/json"}}
        for number, deal in enumerate(deals)
    ]  # fmt: skip
    goes_on = {"prefer": "odata.continue-on-error"}
    first = crm.call("POST", "$batch", {"requests": parts}, **goes_on)
    assert (first.status_code, {each["status"] for each in first.json()["responses"]}) == (200, {500})
    second = crm.call("POST", "$batch", {"requests": parts}, **goes_on).json()["responses"]
    assert [each["status"] for each in second] == [204, 204, 204]
    assert {each["keys"]["new_erporderid"] for each in crm.ledger()} == {"SO-0", "SO-1", "SO-2"}


def test_a_new_status_reason_is_chosen_and_means_won(crm: Crm) -> None:
    crm.inject("picklist_value", object="opportunities", field="statuscode", value="Won by renewal")
    deal = crm.close_deal()
    found = crm.get(at(deal), prefer='odata.include-annotations="*"')
    assert (found["statecode"], found["statuscode"]) == (1, 100_000_000)
    assert found["statuscode@OData.Community.Display.V1.FormattedValue"] == "Won by renewal"
    assert crm.ledger()[0]["state"] == "won"
    assert ("close_deal", deal) in [(operation, order) for _, operation, order in crm.hits()]


def test_messages_are_lost_while_there_is_no_subscription(crm: Crm, receiver: Receiver) -> None:
    crm.inject("delete_subscription")
    deal = crm.close_deal()
    assert ("deliver", deal) in [(operation, order) for _, operation, order in crm.hits()]
    crm.heal()
    crm.inject("duplicate_delivery", gap_s=0.1)
    second = crm.close_deal("D-2")
    assert {plain(receiver.next().context["PrimaryEntityId"]) for _ in range(2)} == {second}
    assert receiver.sent.empty()


def test_a_plug_in_refuses_with_its_own_code(crm: Crm) -> None:
    deal = crm.close_deal()
    for error, expected in (("plugin_error", (400, "0x80040265")), ("plugin_failed", (500, "0x80040224"))):
        crm.inject("http", action="reply", operation="deal.write", error=error)
        assert error_of(crm.call("PATCH", at(deal), {"name": "X"})) == expected
        crm.heal()
    assert crm.get(at(deal))["name"] == "Deal D-1"
