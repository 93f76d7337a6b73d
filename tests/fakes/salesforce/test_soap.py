"""The partner SOAP API: the records, rules and faults of REST, in the vendor's own messages."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


class Soap:
    """A client of the partner API."""

    def __init__(self, crm: Any) -> None:
        self.crm = crm
        self.session = crm.headers["authorization"].removeprefix("Bearer ")
        self.status = 0

    def call(self, call: str, body: str = "", headers: str = "") -> Any:
        """The body's only element in the reply: the call's response, or the fault."""
        text = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:u="urn:partner.soap.sforce.com"'
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f"<e:Header><u:SessionHeader><u:sessionId>{self.session}</u:sessionId></u:SessionHeader>{headers}</e:Header>"
            f"<e:Body><u:{call}>{body}</u:{call}></e:Body></e:Envelope>"
        )
        reply = self.crm.client.post(
            f"{self.crm.url}/services/Soap/u/60.0", content=text.encode(), headers={"content-type": "text/xml"}
        )
        self.status, self.text = reply.status_code, reply.text
        return ElementTree.fromstring(reply.content).find("{*}Body")[0]  # noqa: S314 - the fake's own reply

    def results(self, call: str, body: str, headers: str = "") -> list[dict[str, Any]]:
        """The results of a call by the names of their elements."""
        return [plain(each) for each in self.call(call, body, headers)]

    def query(self, statement: str, headers: str = "", call: str = "query") -> dict[str, Any]:
        """A QueryResult."""
        [found] = self.results(call, f"<u:queryString>{escape(statement)}</u:queryString>", headers)
        return found

    def fault(self, call: str, body: str) -> tuple[int, str, str]:
        """The status of a fault, the name of its detail, and its code."""
        fault = self.call(call, body)
        detail = fault.find("detail")[0]
        return self.status, detail.tag.partition("}")[2], detail.find("{*}exceptionCode").text


def plain(element: Any) -> Any:
    """An element as its text, None for nil, or a dict; what comes again is a list."""
    if element.get(NIL) == "true":
        return None
    if not len(element):
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        name, value = child.tag.partition("}")[2], plain(child)
        if name in found:
            before = found[name]
            value = [*before, value] if isinstance(before, list) else [before, value]
        found[name] = value
    return found


def sobject(kind: str, **fields: str) -> str:
    """A record as a client writes it."""
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    return f"<u:sObjects><type>{kind}</type>{inner}</u:sObjects>"


@pytest.fixture
def soap(crm: Any) -> Soap:
    """A session of SOAP in a fresh organisation."""
    return Soap(crm)


def test_a_record_is_created_changed_and_deleted(soap: Soap) -> None:
    [made] = soap.results("create", sobject("Account", Name="Äpfel & <Birnen>", ERP_Customer_Id__c="C-9"))
    assert (made["success"], "errors" in made) == ("true", False)
    [changed] = soap.results("update", sobject("Account", Id=made["id"], Name="Pears"))
    assert changed == {"id": made["id"], "success": "true"}
    account = soap.crm.get(f"/sobjects/Account/{made['id']}").json()
    assert (account["Name"], account["ERP_Customer_Id__c"]) == ("Pears", "C-9")
    assert soap.results("delete", f"<u:ids>{made['id']}</u:ids>") == [{"id": made["id"], "success": "true"}]
    assert soap.crm.get(f"/sobjects/Account/{made['id']}").status_code == 404


def test_an_upsert_says_whether_the_record_is_new(soap: Soap) -> None:
    body = "<u:externalIDFieldName>ERP_Customer_Id__c</u:externalIDFieldName>" + sobject(
        "Account", ERP_Customer_Id__c="C-9", Name="Nine"
    )
    created, again = (soap.results("upsert", body)[0] for _ in range(2))
    assert (created["created"], again["created"]) == ("true", "false")
    assert created["id"] == again["id"]


def test_only_fields_to_null_are_emptied(soap: Soap) -> None:
    account = soap.crm.accounts["A-1"]
    soap.results("update", sobject("Account", Id=account, BillingCity="", fieldsToNull="BillingCountry"))
    found = soap.crm.get(f"/sobjects/Account/{account}").json()
    assert (found["BillingCity"], found["BillingCountry"]) == ("Bonn", None)


def test_each_record_has_its_own_result_unless_it_is_all_or_none(soap: Soap) -> None:
    body = sobject("Account", Name="Good") + sobject("Account", BillingCity="Bonn")
    good, bad = soap.results("create", body)
    assert (good["success"], bad["success"], bad["id"]) == ("true", "false", None)
    assert bad["errors"]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert bad["errors"]["fields"] == "Name"
    header = "<u:AllOrNoneHeader><u:allOrNone>true</u:allOrNone></u:AllOrNoneHeader>"
    codes = [each["errors"]["statusCode"] for each in soap.results("create", body, header)]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert len(soap.crm.rows("SELECT Id FROM Account WHERE Name = 'Good'")) == 1


def test_a_parent_is_named_by_its_external_id(soap: Soap) -> None:
    soap.results("create", sobject("Account", Name="Parent", ERP_Customer_Id__c="P-1"))
    parent = "<Account><type>Account</type><ERP_Customer_Id__c>P-1</ERP_Customer_Id__c></Account>"
    record = sobject("Contact", LastName="Doe").replace("</u:sObjects>", f"{parent}</u:sObjects>")
    [made] = soap.results("create", record)
    assert (
        soap.crm.rows(f"SELECT Account.Name FROM Contact WHERE Id = '{made['id']}'")[0]["Account"]["Name"] == "Parent"
    )


def test_a_query_has_types_moments_parents_and_children(soap: Soap) -> None:
    deal = soap.crm.close_deal()
    found = soap.query(
        "SELECT Id, Amount, IsWon, CreatedDate, ERP_Order_Id__c, Account.Name, "
        "(SELECT Quantity FROM OpportunityLineItems) FROM Opportunity"
    )
    assert (found["done"], found["queryLocator"], found["size"]) == ("true", None, "1")
    row = found["records"]
    # The partner WSDL's record has an Id of its own before the fields that were asked for.
    assert (row["type"], row["Id"]) == ("Opportunity", [deal, deal])
    assert (row["Amount"], row["IsWon"], row["ERP_Order_Id__c"]) == ("20.33", "true", None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row["CreatedDate"])
    assert row["Account"] == {"type": "Account", "Id": None, "Name": "Northwind & Sons"}
    lines = row["OpportunityLineItems"]
    assert (lines["size"], lines["done"], [line["Quantity"] for line in lines["records"]]) == ("2", "true", ["2", "1"])


def test_a_large_result_comes_page_by_page(soap: Soap) -> None:
    products = [{"sku": f"P-{number}", "name": "P", "prices": {}} for number in range(250)]
    soap.crm.operate("seed", products=products)
    header = "<u:QueryOptions><u:batchSize>200</u:batchSize></u:QueryOptions>"
    first = soap.query("SELECT Name FROM Product2 WHERE Name = 'P'", header)
    assert (first["done"], first["size"], len(first["records"])) == ("false", "250", 200)
    [rest] = soap.results("queryMore", f"<u:queryLocator>{first['queryLocator']}</u:queryLocator>")
    assert (rest["done"], len(rest["records"])) == ("true", 50)
    assert soap.fault("queryMore", "<u:queryLocator>x</u:queryLocator>")[2] == "INVALID_QUERY_LOCATOR"


def test_query_all_finds_deleted_records(soap: Soap) -> None:
    [made] = soap.results("create", sobject("Account", Name="Gone"))
    soap.results("delete", f"<u:ids>{made['id']}</u:ids>")
    statement = "SELECT Id FROM Account WHERE Name = 'Gone'"
    assert (soap.query(statement)["size"], soap.query(statement, call="queryAll")["size"]) == ("0", "1")


def test_groups_and_counts_are_answered(soap: Soap) -> None:
    soap.crm.close_deal()
    assert soap.query("SELECT COUNT() FROM Opportunity")["size"] == "1"
    row = soap.query("SELECT StageName, COUNT(Id) n FROM Opportunity GROUP BY StageName")["records"]
    assert (row["type"], row["StageName"], row["n"]) == ("AggregateResult", "Closed Won", "1")


def test_retrieve_keeps_the_places_of_the_ids(soap: Soap) -> None:
    account = soap.crm.accounts["A-1"]
    ids = f"<u:ids>001000000000AAA</u:ids><u:ids>{account}</u:ids>"
    body = f"<u:fieldList>Name, BillingCity</u:fieldList><u:sObjectType>Account</u:sObjectType>{ids}"
    missing, found = soap.results("retrieve", body)
    assert missing is None
    assert found == {"type": "Account", "Id": account, "Name": "Northwind & Sons", "BillingCity": "Bonn"}


def test_descriptions_are_those_of_rest(soap: Soap) -> None:
    [found] = soap.results("describeSObject", "<u:sObjectType>Opportunity</u:sObjectType>")
    fields = {field["name"]: field for field in found["fields"]}
    assert (found["keyPrefix"], fields["StageName"]["type"]) == ("006", "picklist")
    assert fields["AccountId"]["referenceTo"] == "Account"
    assert {each["value"] for each in fields["StageName"]["picklistValues"]} >= {"Closed Won"}
    both = soap.results("describeSObjects", "<u:sObjectType>Account</u:sObjectType><u:sObjectType>User</u:sObjectType>")
    assert [each["name"] for each in both] == ["Account", "User"]
    assert "Opportunity" in [each["name"] for each in soap.results("describeGlobal", "")[0]["sobjects"]]


def test_the_user_and_the_limits_are_those_of_the_session(soap: Soap) -> None:
    [user] = soap.results("getUserInfo", "")
    assert (user["organizationMultiCurrency"], user["userTimeZone"]) == ("true", "GMT")
    assert soap.crm.get("/sobjects/User/" + user["userId"]).status_code == 200
    assert "<limit>1000000</limit><type>API REQUESTS</type>" in soap.text
    assert soap.results("getServerTimestamp", "")[0]["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    ("call", "body", "expected"),
    [
        ("query", "<queryString>SELECT Nope FROM Account</queryString>", ("InvalidFieldFault", "INVALID_FIELD")),
        ("query", "<queryString>SELECT Id FROM Nope</queryString>", ("InvalidSObjectFault", "INVALID_TYPE")),
        ("query", "<queryString>SELECT FROM</queryString>", ("MalformedQueryFault", "MALFORMED_QUERY")),
        ("create", sobject("Account", Nope="x"), ("InvalidFieldFault", "INVALID_FIELD")),
        ("create", sobject("Nope"), ("InvalidSObjectFault", "INVALID_TYPE")),
        ("create", sobject("Account", Name="x") * 201, ("UnexpectedErrorFault", "EXCEEDED_ID_LIMIT")),
        ("describeSObject", "<sObjectType>Nope</sObjectType>", ("InvalidSObjectFault", "INVALID_TYPE")),
        ("retrieve", "<sObjectType>Account</sObjectType><ids>x</ids>", ("InvalidIdFault", "MALFORMED_ID")),
    ],
)
def test_refusals_are_the_vendors_faults(soap: Soap, call: str, body: str, expected: tuple[str, str]) -> None:
    assert soap.fault(call, body) == (500, *expected)


def test_a_querys_fault_says_where(soap: Soap) -> None:
    detail = soap.call("query", "<queryString>SELECT Nope FROM Account</queryString>").find("detail")[0]
    assert (detail.find("{*}row").text, detail.find("{*}column").text) == ("1", "8")


def test_without_a_session_every_call_is_refused_as_clients_expect(soap: Soap) -> None:
    soap.session = "expired"
    assert soap.fault("query", "<queryString>SELECT Id FROM Account</queryString>")[2] == "INVALID_SESSION_ID"
    # jsforce refreshes its session by this text.
    assert "<faultcode>sf:INVALID_SESSION_ID</faultcode>" in soap.text


def test_the_limit_of_requests_holds(soap: Soap) -> None:
    soap.crm.configure(daily_api_requests=0)
    assert soap.fault("getUserInfo", "")[2] == "REQUEST_LIMIT_EXCEEDED"


def test_a_lost_reply_leaves_the_record_written(soap: Soap) -> None:
    soap.crm.inject("http", action="reply", error="server_error", when="after", operation="record.write")
    assert soap.fault("create", sobject("Account", Name="Written"))[2] == "UNKNOWN_EXCEPTION"
    soap.crm.heal()
    assert len(soap.crm.rows("SELECT Id FROM Account WHERE Name = 'Written'")) == 1


def test_a_locked_deal_is_an_error_of_its_record(soap: Soap) -> None:
    deal = soap.crm.close_deal()
    soap.crm.inject("lock_record")
    [refused] = soap.results("update", sobject("Opportunity", Id=deal, ERP_Order_Id__c="x"))
    assert refused["errors"]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    assert soap.crm.hits() == [("deal.write", deal)]


def test_a_fault_on_deals_selects_by_the_deal_of_a_call(soap: Soap) -> None:
    deal = soap.crm.close_deal()
    soap.crm.inject("http", action="reply", error="unavailable", operation="deal.write")
    assert soap.fault("update", sobject("Opportunity", Id=deal, ERP_Order_Id__c="x"))[0] == 503
    assert soap.results("create", sobject("Account", Name="x"))[0]["success"] == "true"
    assert soap.crm.hits() == [("deal.write", deal)]


def test_a_partly_failed_batch_hits_calls_with_several_records(soap: Soap) -> None:
    first, second = soap.crm.close_deal("D-1"), soap.crm.close_deal("D-2")
    soap.crm.inject("partial_batch")
    body = "".join(sobject("Opportunity", Id=deal, ERP_Order_Id__c=deal) for deal in (first, second))
    assert [each["errors"]["statusCode"] for each in soap.results("update", body)] == ["UNABLE_TO_LOCK_ROW"] * 2
    assert soap.crm.hits() == [("batch", first), ("batch", second)]


def test_a_renamed_field_refuses_the_whole_call(soap: Soap) -> None:
    deal = soap.crm.close_deal()
    soap.crm.inject("rename_field", object="Opportunity", field="ERP_Order_Id__c", new_name="Order__c")
    assert soap.fault("update", sobject("Opportunity", Id=deal, ERP_Order_Id__c="x"))[2] == "INVALID_FIELD"
    assert soap.crm.hits() == [("deal.write", deal)]


def ids(*given: str) -> str:
    """Ids as a client writes them."""
    return "".join(f"<u:ids>{each}</u:ids>" for each in given)


def test_a_deleted_record_comes_out_of_the_bin_or_goes_for_good(soap: Soap) -> None:
    first, second = (soap.results("create", sobject("Account", Name=name))[0]["id"] for name in ("One", "Two"))
    soap.results("delete", ids(first, second))
    assert soap.results("undelete", ids(first)) == [{"id": first, "success": "true"}]
    assert soap.crm.get(f"/sobjects/Account/{first}").json()["Name"] == "One"
    assert soap.results("undelete", ids(first))[0]["errors"]["statusCode"] == "UNDELETE_FAILED"
    assert soap.results("emptyRecycleBin", ids(second)) == [{"id": second, "success": "true"}]
    assert soap.results("undelete", ids(second))[0]["errors"]["statusCode"] == "INVALID_CROSS_REFERENCE_KEY"
    assert soap.query(f"SELECT Id FROM Account WHERE Id = '{second}'", call="queryAll")["size"] == "0"


def test_a_deal_comes_out_of_the_bin_with_the_lines_that_were_deleted_with_it(soap: Soap) -> None:
    deal = soap.crm.close_deal()
    before = soap.query(f"SELECT Id FROM OpportunityLineItem WHERE OpportunityId = '{deal}'")["size"]
    assert before != "0"
    soap.results("delete", ids(deal))
    assert soap.query(f"SELECT Id FROM OpportunityLineItem WHERE OpportunityId = '{deal}'")["size"] == "0"
    soap.results("undelete", ids(deal))
    assert soap.query(f"SELECT Id FROM OpportunityLineItem WHERE OpportunityId = '{deal}'")["size"] == before


def test_a_value_of_the_wrong_type_has_a_code_of_records(soap: Soap) -> None:
    deal = sobject("Opportunity", Name="x", StageName="Open", CloseDate="junk")
    assert soap.results("create", deal)[0]["errors"]["statusCode"] == "INVALID_TYPE_ON_FIELD_IN_RECORD"


def test_what_was_deleted_and_changed_in_a_span_is_known(soap: Soap) -> None:
    kept, gone = (soap.results("create", sobject("Account", Name=name))[0]["id"] for name in ("One", "Two"))
    soap.results("delete", ids(gone))
    span = "<u:sObjectType>Account</u:sObjectType><u:startDate>{}</u:startDate><u:endDate>{}</u:endDate>"
    body = span.format("2020-01-01T00:00:00Z", "2090-01-01T00:00:00Z")
    [updated], [deleted] = soap.results("getUpdated", body), soap.results("getDeleted", body)
    assert kept in updated["ids"]
    assert (deleted["deletedRecords"]["id"], deleted["latestDateCovered"] < "2090") == (gone, True)
    backwards = span.format("2090-01-01T00:00:00Z", "2020-01-01T00:00:00Z")
    assert soap.fault("getDeleted", backwards)[2] == "INVALID_REPLICATION_DATE"


def test_accounts_are_merged_with_what_refers_to_them(soap: Soap) -> None:
    winner, loser = (soap.results("create", sobject("Account", Name=name))[0]["id"] for name in ("One", "Two"))
    contact = soap.results("create", sobject("Contact", LastName="Roe", AccountId=loser))[0]["id"]
    master = f"<u:masterRecord><type>Account</type><Id>{winner}</Id><Name>Both</Name></u:masterRecord>"
    merged = f"<u:request>{master}<u:recordToMergeIds>{loser}</u:recordToMergeIds></u:request>"
    [found] = soap.results("merge", merged)
    assert found == {"id": winner, "mergedRecordIds": loser, "success": "true", "updatedRelatedIds": contact}
    assert soap.crm.get(f"/sobjects/Contact/{contact}").json()["AccountId"] == winner
    assert soap.crm.get(f"/sobjects/Account/{winner}").json()["Name"] == "Both"
    gone = soap.query("SELECT MasterRecordId FROM Account WHERE IsDeleted = true", call="queryAll")["records"]
    assert gone["MasterRecordId"] == winner
    assert soap.results("merge", merged)[0]["errors"]["statusCode"] == "ENTITY_IS_DELETED"


def test_a_call_that_is_not_served_is_unsupported(soap: Soap) -> None:
    soap.call("convertLead")
    assert soap.status == 501
    [event] = soap.crm.events("unsupported")
    assert event["value"]["call"] == "POST /services/Soap/u, the call convertLead"


def test_what_no_xml_can_hold_is_replaced(soap: Soap) -> None:
    soap.crm.call("POST", "/sobjects/Account", json={"Name": "a\x01b"})
    assert soap.query("SELECT Name FROM Account WHERE Name LIKE 'a%'")["records"]["Name"] == "a\ufffdb"


@pytest.mark.parametrize("body", ["<a/>", "<a>" * 50 + "</a>" * 50, "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "x"])
def test_what_is_no_message_is_a_fault(soap: Soap, body: str) -> None:
    reply = soap.crm.client.post(f"{soap.crm.url}/services/Soap/u/60.0", content=body)
    assert (reply.status_code, "INVALID_SOAP_HEADER" in reply.text) == (500, True)
