"""Endpoints of the user's own: Apex REST and RESTlets from a Python file, over the same records, faults and history."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from gameday_fakes.endpoints import running
from gameday_fakes.intercept import Dropped
from gameday_fakes.organisation import OrganisationError
from gameday_fakes.registry import kinds_in
from gameday_fakes.serve_options import ServeError, parse_endpoints
from support.rows import rows
from support.served import DEAL, Served

APEX = """
    from gameday_fakes.endpoints import Answer, Refusal, endpoint

    seen = []

    @endpoint("PATCH", "/deals/{version}/order", operation="deal.write", deal="version")
    def book(call):
        call.update("Opportunity", call.params["version"], {"ERP_Order_Id__c": call.body["order"]})
        seen.append(call.body["order"])
        return Answer({"seen": seen}, status=201)

    @endpoint("GET", "/deals")
    def deals(call):
        return call.query("SELECT Id, Name FROM Opportunity WHERE StageName = 'Closed Won'")

    @endpoint("POST", "/two")
    def two(call):
        made = call.create("Account", {"Name": "First"})
        if call.params.get("caught"):
            try:
                call.create("Account", {})
            except Refusal as refusal:
                return Answer(f"{refusal.status} {refusal.code} {refusal.fields}", 422, "text/plain")
        call.create("Account", {})

    @endpoint("POST", "/broken")
    def broken(call):
        call.create("Account", {"Name": "Never"})
        return call.body["no such key"]

    @endpoint("DELETE", "/slow")
    def slow(call):
        while True:
            pass
"""

RESTLET = """
    from gameday_fakes.endpoints import endpoint

    @endpoint("POST", "customscript_orders/customdeploy1", operation="order.write", deal="deal")
    def take(call):
        line = {"item": {"externalId": "SKU-1"}, "quantity": call.body["quantity"]}
        body = {"entity": {"externalId": "A-1"}, "item": {"items": [line]}}
        order = call.upsert("salesOrder", "externalId", call.body["deal"], body)
        invoice = call.transform("salesOrder", order, "invoice", {}) if call.body.get("bill") else None
        return {"order": order, "invoice": invoice, "total": call.read("salesOrder", order)["total"]}

    @endpoint("GET", "customscript_orders/customdeploy1", operation="order.read")
    def count(call):
        return call.query("SELECT COUNT(*) AS n FROM transaction")[0]
"""


def written(folder: Path, text: str) -> Path:
    """A file of endpoints."""
    path = folder / "endpoints.py"
    path.write_text(dedent(text))
    return path


@pytest.fixture
def crm(tmp_path: Path) -> Served:
    """A CRM with Apex REST."""
    return Served("salesforce", endpoints=written(tmp_path, APEX))


@pytest.fixture
def erp(tmp_path: Path) -> Served:
    """An ERP with a RESTlet."""
    return Served("netsuite", endpoints=written(tmp_path, RESTLET))


def restlet(erp: Served, body: Any = None, method: str = "POST", script: str = "customscript_orders") -> Any:
    """A call to the RESTlet."""
    query = {"script": script, "deploy": "customdeploy1"}
    return erp.call(method, "/app/site/hosting/restlet.nl", body, query=query)


def events(served: Served, f: str) -> list[tuple[str, dict[str, Any]]]:
    """The outcomes and values of one kind of event."""
    return [(event.outcome, event.value) for event in served.fake.events.after(0) if event.f == f]


def test_an_endpoint_reads_and_writes_the_organisations_records(crm: Served) -> None:
    deal = crm.fake.operate("close_deal", "D-1", {**DEAL, "name": "Deal"})["id"]
    assert crm.call("PATCH", f"/services/apexrest/deals/{deal}/order", {"order": "17"}) == (201, {"seen": ["17"]})
    assert crm.soql("SELECT ERP_Order_Id__c FROM Opportunity")[1]["records"][0]["ERP_Order_Id__c"] == "17"
    status, rows = crm.call("GET", "/services/apexrest/deals/")
    assert (status, [row["Id"] for row in rows]) == (200, [deal])


def test_what_an_endpoint_keeps_in_its_variables_does_not_outlive_a_reset(crm: Served) -> None:
    for _ in range(2):
        crm.fake.start_again(1)
        crm.fake.operate(
            "seed", "", {"accounts": [{"key": "A-1"}], "products": [{"sku": "SKU-1", "prices": {"USD": "5"}}]}
        )
        deal = crm.fake.operate("close_deal", "D-1", {**DEAL, "name": "Deal"})["id"]
        assert crm.call("PATCH", f"/services/apexrest/deals/{deal}/order", {"order": "1"})[1] == {"seen": ["1"]}


def test_a_refusal_that_is_not_caught_rolls_back_and_is_an_apex_error(crm: Served) -> None:
    status, body = crm.call("POST", "/services/apexrest/two", {})
    assert (status, body[0]["errorCode"]) == (500, "APEX_ERROR")
    assert body[0]["message"] == (
        "System.DmlException: Insert failed. First exception on row 0; first error: REQUIRED_FIELD_MISSING, "
        "Required fields are missing: [Name]: [Name]"
    )
    assert crm.soql("SELECT COUNT() FROM Account WHERE Name = 'First'")[1]["totalSize"] == 0
    assert events(crm, "unsupported") == []


def test_a_refusal_can_be_caught_and_then_nothing_is_rolled_back(crm: Served) -> None:
    reply = crm.reply("POST", "/services/apexrest/two", query={"caught": "yes"})
    assert (reply.status, reply.body) == (422, b"400 REQUIRED_FIELD_MISSING ('Name',)")
    assert reply.media_type == "text/plain"
    assert crm.soql("SELECT COUNT() FROM Account WHERE Name = 'First'")[1]["totalSize"] == 1


def test_an_error_in_the_file_is_said_with_its_line_and_proves_nothing_about_the_stack(crm: Served) -> None:
    line = next(n for n, text in enumerate(dedent(APEX).splitlines(), 1) if "no such key" in text)
    status, body = crm.call("POST", "/services/apexrest/broken", {})
    assert (status, body[0]["errorCode"]) == (500, "APEX_ERROR")
    assert body[0]["message"] == f"endpoints.py, line {line}: KeyError: 'no such key'"
    [(outcome, value)] = events(crm, "unsupported")
    assert (outcome, value["call"]) == (
        "fail",
        f"POST broken: an error in your own endpoints.py, line {line} (KeyError)",
    )
    assert crm.soql("SELECT COUNT() FROM Account WHERE Name = 'Never'")[1]["totalSize"] == 0


def test_an_endpoint_that_does_not_end_is_stopped(crm: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LONGEST_S", 0.05)
    status, body = crm.call("DELETE", "/services/apexrest/slow")
    assert status == 500
    assert "TooSlow: it took longer than 0.05 s" in body[0]["message"]


def test_a_fault_on_deals_hits_an_endpoint_that_writes_them(crm: Served) -> None:
    deal = crm.fake.operate("close_deal", "D-1", {**DEAL, "name": "Deal"})["id"]
    crm.fake.inject("f1", {"kind": "http", "action": "drop", "when": "after", "operation": "deal.write"})
    with pytest.raises(Dropped):
        crm.reply("PATCH", f"/services/apexrest/deals/{deal}/order", {"order": "17"})
    assert crm.soql("SELECT ERP_Order_Id__c FROM Opportunity")[1]["records"][0]["ERP_Order_Id__c"] == "17"
    assert [value["order"] for _, value in events(crm, "hit")] == [deal]


def test_a_locked_deal_is_locked_for_an_endpoint_too(crm: Served) -> None:
    deal = crm.fake.operate("close_deal", "D-1", {**DEAL, "name": "Deal"})["id"]
    crm.fake.inject("f1", {"kind": "lock_record"})
    status, body = crm.call("PATCH", f"/services/apexrest/deals/{deal}/order", {"order": "17"})
    assert status == 500
    assert "UNABLE_TO_LOCK_ROW" in body[0]["message"]
    assert [value["order"] for _, value in events(crm, "hit")] == [deal]


def test_an_endpoint_that_the_file_lacks_is_unsupported(crm: Served) -> None:
    status, body = crm.call("GET", "/services/apexrest/nothing")
    assert (status, body["error"]) == (501, "unsupported")
    assert "endpoints.py has none for this method and path" in body["message"]
    assert len(events(crm, "unsupported")) == 1


def test_a_restlets_writes_are_in_the_history_and_in_the_ledger(erp: Served) -> None:
    status, body = restlet(erp, {"deal": "D-1", "quantity": 2, "bill": True})
    assert (status, body["total"]) == (200, 10)
    [entry] = erp.fake.ledger().entries
    assert (entry.keys["externalId"], entry.total, len(entry.invoices)) == ("D-1", 10, 1)
    assert [(outcome, value["deal"]) for outcome, value in events(erp, "order_write")] == [("ok", "D-1")]
    assert [outcome for outcome, _ in events(erp, "invoice_write")] == ["ok"]
    assert restlet(erp, method="GET") == (200, {"n": "2"})


def test_a_restlets_write_whose_reply_is_lost_is_indeterminate(erp: Served) -> None:
    erp.fake.inject("f1", {"kind": "http", "action": "drop", "when": "after", "operation": "order.write"})
    with pytest.raises(Dropped):
        restlet(erp, {"deal": "D-1", "quantity": 2})
    assert len(erp.fake.ledger().entries) == 1
    assert [(outcome, value["deal"]) for outcome, value in events(erp, "order_write")] == [("info", "D-1")]
    assert [value["order"] for _, value in events(erp, "hit")] == ["D-1"]


def test_a_refused_write_of_a_restlet_is_recorded_once_and_shown_as_its_own_error(erp: Served) -> None:
    status, body = restlet(erp, {"deal": "D-1", "quantity": 0})
    assert (status, body["error"]["code"]) == (400, "INVALID_CONTENT")
    assert [outcome for outcome, _ in events(erp, "order_write")] == ["fail"]


def test_an_error_after_a_write_of_a_restlet_takes_nothing_back(tmp_path: Path) -> None:
    after = RESTLET.replace('call.body.get("bill")', 'call.body["bill"]')
    erp = Served("netsuite", endpoints=written(tmp_path, after))
    status, body = restlet(erp, {"deal": "D-1", "quantity": 2})
    assert (status, body["error"]["code"]) == (400, "UNEXPECTED_ERROR")
    assert "KeyError: 'bill'" in body["error"]["message"]
    assert [outcome for outcome, _ in events(erp, "order_write")] == ["info"]


def test_what_the_role_may_not_write_a_restlet_may_not_write(erp: Served) -> None:
    erp.fake.inject("f1", {"kind": "revoke_permission", "record": "invoice", "access": "edit"})
    status, body = restlet(erp, {"deal": "D-1", "quantity": 2, "bill": True})
    assert (status, body["error"]["code"]) == (400, "INSUFFICIENT_PERMISSION")
    assert [value["operation"] for _, value in events(erp, "hit")] == ["invoice.write"]


def test_the_limit_of_requests_is_said_as_restlets_say_it(erp: Served) -> None:
    erp.fake.inject("f1", {"kind": "http", "action": "reply", "error": "rate_limited", "operation": "order"})
    status, body = restlet(erp, {"deal": "D-1", "quantity": 2})
    assert (status, body["error"]["code"]) == (400, "SSS_REQUEST_LIMIT_EXCEEDED")


def test_a_restlet_that_the_file_lacks_is_unsupported(erp: Served) -> None:
    assert restlet(erp, {}, script="customscript_other")[0] == 501
    assert len(events(erp, "unsupported")) == 1


@rows(
    ("vendor", "text", "words"),
    [
        ("salesforce", "def (", "endpoints.py, line 1: "),
        ("salesforce", "x = 1\ny = x.z", "endpoints.py, line 2: AttributeError: "),
        ("salesforce", "import sys\nsys.exit(3)", "ends the process"),
        ("salesforce", "", "endpoints.py has no endpoint"),
        ("salesforce", '@endpoint("LOOK", "/x")\ndef f(call): ...', "unknown method 'LOOK'; known: GET, POST"),
        ("salesforce", '@endpoint("GET", "{a}/{a}")\ndef f(call): ...', "'{a}/{a}' cannot be the path of an endpoint"),
        ("salesforce", '@endpoint("GET", "../x")\ndef f(call): ...', "'../x' cannot be the path of an endpoint"),
        ("salesforce", '@endpoint("GET", "/x y")\ndef f(call): ...', "'x y' cannot be the path of an endpoint"),
        (
            "salesforce",
            '@endpoint("GET", "x", operation="deel.read")\ndef f(call): ...',
            "unknown operation 'deel.read'",
        ),
        ("salesforce", '@endpoint("GET", "x")\nasync def f(call): ...', "line 2: an endpoint is a plain function"),
        (
            "salesforce",
            '@endpoint("GET", "{a}")\n@endpoint("GET", "{b}")\ndef f(call): ...',
            "two endpoints for GET {}",
        ),
        ("netsuite", '@endpoint("PATCH", "1/1")\ndef f(call): ...', "PATCH 1/1 is no RESTlet"),
        ("netsuite", '@endpoint("POST", "orders")\ndef f(call): ...', "POST orders is no RESTlet"),
        ("slack", "", "endpoints of 'slack': known: netsuite, salesforce"),
    ],
)
def test_a_file_that_cannot_be_served_is_said_in_one_line(tmp_path: Path, vendor: str, text: str, words: str) -> None:
    head = "from gameday_fakes.endpoints import endpoint\n" if "@endpoint" in text else ""
    path = written(tmp_path, head + text)
    with pytest.raises(OrganisationError) as refused:
        kinds_in("", {vendor: str(path)})
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(OrganisationError, match=r"cannot read /nowhere/x\.py: No such file"):
        kinds_in("", {"salesforce": "/nowhere/x.py"})


def test_without_a_file_apex_rest_and_restlets_say_how_to_name_one() -> None:
    status, body = Served("salesforce").call("GET", "/services/apexrest/x")
    assert (status, "[organisation.endpoints] can name a file" in body["message"]) == (501, True)


def test_the_command_line_names_a_file_for_each_fake() -> None:
    assert parse_endpoints(["salesforce=a=b.py", "netsuite=c.py"]) == {"salesforce": "a=b.py", "netsuite": "c.py"}
    with pytest.raises(ServeError, match=r"bad endpoints 'a\.py'; expected FAKE=FILE"):
        parse_endpoints(["a.py"])
