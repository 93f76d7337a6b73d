"""Reading and writing records: keys, lookups, annotations, upserts, conditions, and what is refused."""

from __future__ import annotations

from typing import Any

from fakes.dataverse.conftest import Crm, at, error_of
from support.rows import rows

FORMATTED = "OData.Community.Display.V1.FormattedValue"
ALL = 'odata.include-annotations="*"'


def account(crm: Crm, number: str = "A-1") -> str:
    """An account's id."""
    found: str = crm.get(f"accounts(accountnumber='{number}')?$select=name")["accountid"]
    return found


def test_a_won_deal_is_read_with_all_that_a_sync_needs(crm: Crm) -> None:
    deal = crm.close_deal()
    expand = (
        "transactioncurrencyid($select=isocurrencycode),customerid_account($select=accountnumber),"
        "product_opportunities($select=quantity,priceperunit,extendedamount;$expand=productid($select=productnumber))"
    )
    found = crm.get(f"{at(deal)}?$select=name,actualvalue,actualclosedate,statecode&$expand={expand}", prefer=ALL)
    assert (found["actualvalue"], found["actualclosedate"], found["statecode"]) == (20.33, "2024-03-31", 1)
    assert found[f"statecode@{FORMATTED}"] == "Won"
    assert found[f"actualvalue@{FORMATTED}"] == "€20.33"
    assert found["transactioncurrencyid"]["isocurrencycode"] == "EUR"
    assert found["customerid_account"]["accountnumber"] == "A-1"
    lines = [(each["productid"]["productnumber"], each["extendedamount"]) for each in found["product_opportunities"]]
    assert lines == [("SKU-1", 19.98), ("SKU-2", 0.35)]


def test_a_lookup_says_what_it_leads_to_and_how(crm: Crm) -> None:
    deal, customer = crm.close_deal(), account(crm)
    found = crm.get(f"{at(deal)}?$select=_customerid_value", prefer=ALL)
    assert found["_customerid_value"] == customer
    notes = {name.partition("@")[2]: value for name, value in found.items() if name.startswith("_customerid_value@")}
    assert notes == {
        FORMATTED: "Northwind & Sons",
        "Microsoft.Dynamics.CRM.associatednavigationproperty": "customerid_account",
        "Microsoft.Dynamics.CRM.lookuplogicalname": "account",
    }
    only = crm.get(f"{at(deal)}?$select=_customerid_value", prefer=f'odata.include-annotations="{FORMATTED}"')
    assert [name for name in only if "lookuplogicalname" in name] == []
    bare = crm.get(f"{at(deal)}?$select=_customerid_value")
    assert [name for name in bare if "_value@" in name] == []


def test_a_create_is_answered_without_the_record_unless_it_is_asked_for(crm: Crm) -> None:
    assert crm.create("accounts", name="Fourth").startswith("accounts(")
    reply = crm.call("POST", "accounts?$select=name", {"name": "Fifth"}, prefer="return=representation")
    assert (reply.status_code, reply.json()["name"]) == (201, "Fifth")
    changed = crm.call("PATCH", "accounts(accountnumber='A-1')", {"name": "N"}, prefer="return=representation")
    assert (changed.status_code, changed.json()["name"]) == (200, "N")


def test_a_deal_is_inserted_with_its_lines_and_its_customer(crm: Crm) -> None:
    currency = crm.get("transactioncurrencies?$filter=isocurrencycode eq 'EUR'")["value"][0]["transactioncurrencyid"]
    where = crm.create(
        "opportunities",
        **{
            "name": "Deep",
            "customerid_account": {"name": "Brand new", "accountnumber": "B-1"},
            "transactioncurrencyid@odata.bind": f"/transactioncurrencies({currency})",
            "product_opportunities": [
                {"productid@odata.bind": "/products(productnumber='SKU-1')", "quantity": 3, "manualdiscountamount": 1},
                {"productid@odata.bind": "/products(productnumber='SKU-2')", "quantity": 2, "tax": 0.14},
            ],
        },
    )
    found = crm.get(f"{where}?$expand=customerid_account($select=accountnumber)")
    assert found["customerid_account"]["accountnumber"] == "B-1"
    # 3 x 9.99 - 1, and 2 x 0.35: the list prices of the deal's currency.
    assert (found["totallineitemamount"], found["totaltax"], found["totalamount"]) == (29.67, 0.14, 29.81)
    assert found["estimatedvalue"] == 29.81


def test_a_patch_creates_what_is_not_there_and_conditions_forbid_either(crm: Crm) -> None:
    path = "accounts(accountnumber='N-1')"
    assert error_of(crm.call("PATCH", path, {"name": "X"}, if_match="*")) == (404, "0x80040217")
    assert crm.call("PATCH", path, {"name": "New"}, if_none_match="*").status_code == 204
    assert error_of(crm.call("PATCH", path, {"name": "Newer"}, if_none_match="*")) == (412, "0x80040237")
    assert crm.call("PATCH", path, {"name": "Newer"}).status_code == 204
    assert crm.get(path)["name"] == "Newer"
    shown = crm.call("PATCH", "accounts(accountnumber='N-2')", {"name": "Y"}, prefer="return=representation")
    assert (shown.status_code, shown.json()["accountnumber"]) == (201, "N-2")


def test_what_another_has_changed_is_not_overwritten(crm: Crm) -> None:
    path = "accounts(accountnumber='A-1')"
    etag = crm.get(path)["@odata.etag"]
    assert crm.call("PATCH", path, {"name": "First"}, if_match=etag).status_code == 204
    assert error_of(crm.call("PATCH", path, {"name": "Second"}, if_match=etag)) == (412, "0x80060882")
    assert error_of(crm.call("DELETE", path, if_match=etag)) == (412, "0x80060882")
    now = crm.get(path)["@odata.etag"]
    assert crm.call("GET", path, if_none_match=now).status_code == 304


def test_a_key_that_another_record_has_is_refused(crm: Crm) -> None:
    assert error_of(crm.call("POST", "accounts", {"name": "X", "accountnumber": "A-1"})) == (412, "0x80040237")
    other = crm.create("accounts", name="Other", accountnumber="O-1")
    assert error_of(crm.call("PATCH", other, {"accountnumber": "A-1"})) == (412, "0x80040237")
    assert crm.call("PATCH", other, {"accountnumber": "O-1"}).status_code == 204
    # Several may have none.
    assert [crm.create("accounts", name=name) for name in ("P", "Q")]


@rows(
    ("method", "path", "body", "expected"),
    [
        ("GET", "accounts?$select=nosuch", None, (400, "0x80060888")),
        ("GET", "accounts?$skip=5", None, (400, "0x80060888")),
        ("GET", "accounts?$filter=name eq", None, (400, "0x80060888")),
        ("GET", "accounts(00000000-0000-0000-0000-000000000001)", None, (404, "0x80040217")),
        ("GET", "accounts(accountnumber='nobody')", None, (404, "0x80040217")),
        ("POST", "accounts", {"nosuch": 1}, (400, "0x80048d19")),
        ("POST", "accounts", {"name": "X", "numberofemployees": "many"}, (400, "0x80048d19")),
        ("POST", "accounts", {"name": "X", "customertypecode": 99}, (400, "0x8004431a")),
        ("POST", "accounts", {"name": "X", "telephone1": "1" * 51}, (400, "0x80044331")),
        ("POST", "accounts", {"name": "X", "_primarycontactid_value": None}, (400, "0x80048d19")),
        ("POST", "accounts", {}, (400, "0x80040203")),
        ("POST", "accounts", {"name": "X", "parentaccountid@odata.bind": "/accounts(accountnumber='nobody')"},
         (404, "0x80040217")),
        ("POST", "opportunities", {"name": "X", "statecode": 1}, (400, "0x80048408")),
        ("POST", "opportunities", {"name": "X", "statecode": 0, "statuscode": 3}, (400, "0x80048408")),
        ("POST", "opportunityproducts", {"quantity": 1}, (400, "0x80040203")),
        ("POST", "EntityDefinitions", {"LogicalName": "new_x"}, (501, "0x80060888")),
        ("DELETE", "systemusers(7ba5d0c1-6a6e-4dd5-9f0a-67616d656412)", None, (405, "0x80060888")),
        ("PATCH", "accounts", {"name": "X"}, (405, "0x80060888")),
    ],
)  # fmt: skip
def test_a_request_that_makes_no_sense_is_refused_with_its_code(
    crm: Crm, method: str, path: str, body: Any, expected: tuple[int, str]
) -> None:
    assert error_of(crm.call(method, path, body)) == expected


def test_an_error_is_annotated_where_the_client_asks_for_it(crm: Crm) -> None:
    path = "accounts(accountnumber='nobody')"
    assert set(crm.call("GET", path).json()["error"]) == {"code", "message"}
    error = crm.call("GET", path, prefer=ALL).json()["error"]
    assert "80040217" in error["@Microsoft.PowerApps.CDS.HelpLink"]
    assert error["@Microsoft.PowerApps.CDS.InnerError.Message"] == error["message"]


def test_what_others_refer_to_is_not_deleted(crm: Crm) -> None:
    deal = crm.close_deal()
    assert error_of(crm.call("DELETE", "accounts(accountnumber='A-1')")) == (405, "0x80040227")
    assert error_of(crm.call("DELETE", "products(productnumber='SKU-1')")) == (405, "0x80040227")
    assert crm.call("DELETE", at(deal)).status_code == 204
    assert crm.get("opportunityproducts")["value"] == []


def test_records_are_related_by_references_and_let_go(crm: Crm) -> None:
    contact = crm.create("contacts", firstname="Ada", lastname="Lovelace")
    one, way = "accounts(accountnumber='A-1')", "accounts(accountnumber='A-1')/contact_customer_accounts"
    assert crm.get(contact)["fullname"] == "Ada Lovelace"
    assert crm.call("POST", f"{way}/$ref", {"@odata.id": f"{crm.root}/{contact}"}).status_code == 204
    assert crm.get(f"{way}?$select=fullname")["value"][0]["fullname"] == "Ada Lovelace"
    assert crm.call("DELETE", f"{way}/$ref?$id={crm.root}/{contact}").status_code == 204
    assert crm.get(way)["value"] == []
    assert crm.call("PUT", f"{one}/primarycontactid/$ref", {"@odata.id": f"{crm.root}/{contact}"}).status_code == 204
    assert crm.get(f"{one}/primarycontactid")["fullname"] == "Ada Lovelace"
    assert crm.call("DELETE", f"{one}/primarycontactid/$ref").status_code == 204
    assert crm.call("GET", f"{one}/primarycontactid").status_code == 204
    assert crm.call("PUT", f"{one}/name", {"value": "Renamed"}).status_code == 204
    assert crm.get(f"{one}/name")["value"] == "Renamed"
    assert crm.call("DELETE", f"{one}/address1_city").status_code == 204
    assert crm.get(one)["address1_city"] is None


def test_pages_are_as_long_as_the_client_prefers(crm: Crm) -> None:
    for number in range(5):
        crm.create("accounts", name=f"Page {number}")
    reply = crm.call("GET", "accounts?$select=name&$orderby=name&$count=true", prefer="odata.maxpagesize=3")
    assert reply.headers["preference-applied"] == "odata.maxpagesize=3"
    first = reply.json()
    assert (len(first["value"]), first["@odata.count"]) == (3, 7)
    rest = crm.get(first["@odata.nextLink"].removeprefix(f"{crm.root}/"), prefer="odata.maxpagesize=3")
    assert [each["name"] for each in rest["value"]][-1] == "Page 3"


def test_a_delta_link_gives_what_has_changed_and_what_is_gone(crm: Crm) -> None:
    kept, gone = crm.close_deal("D-1"), crm.close_deal("D-2")
    reply = crm.call("GET", "opportunities?$select=name", prefer="odata.track-changes")
    assert reply.headers["preference-applied"] == "odata.track-changes"
    link = reply.json()["@odata.deltaLink"].removeprefix(f"{crm.root}/")
    assert crm.get(link)["value"] == []
    crm.call("PATCH", at(kept), {"description": "changed"})
    crm.call("DELETE", at(gone))
    changed, removed = crm.get(link)["value"]
    assert changed["opportunityid"].replace("-", "") == kept
    assert (removed["id"].replace("-", ""), removed["reason"]) == (gone, "deleted")
    refused = crm.call("GET", "opportunities?$filter=name eq 'x'", prefer="odata.track-changes")
    assert refused.status_code == 400
    assert '"filter" query parameter' in refused.json()["error"]["message"]


def test_a_change_set_is_kept_whole_or_not_at_all(crm: Crm) -> None:
    deal = crm.close_deal()

    def requests(*bodies: Any) -> dict[str, Any]:
        group = [
            {"id": str(n), "atomicityGroup": "g", "method": "PATCH", "url": f"{ROOT}/{at(deal)}", "body": body,
             "headers": {"content-type": "application/json"}}
            for n, body in enumerate(bodies)
        ]  # fmt: skip
        return {"requests": group}

    wrong = requests({"stepname": "a"}, {"nosuch": 1})
    reply = crm.call("POST", "$batch", wrong)
    assert (reply.status_code, {each["status"] for each in reply.json()["responses"]}) == (400, {400, 424})
    assert crm.call("POST", "$batch", wrong, prefer="odata.continue-on-error").status_code == 200
    assert crm.get(at(deal))["stepname"] is None
    answers = crm.call("POST", "$batch", requests({"stepname": "a"}, {"description": "b"})).json()["responses"]
    assert [each["status"] for each in answers] == [204, 204]
    assert crm.get(at(deal))["stepname"] == "a"


ROOT = "/api/data/v9.2"


def test_a_deal_is_won_and_lost_by_actions_only(crm: Crm) -> None:
    where = crm.create(
        "opportunities", **{"name": "X", "customerid_account@odata.bind": "/accounts(accountnumber='A-1')"}
    )
    closing = {"subject": "Won", "opportunityid@odata.bind": f"/{where}", "actualrevenue": 12.5,
               "actualend": "2026-03-15T10:00:00Z"}  # fmt: skip
    body = {"Status": -1, "OpportunityClose": closing}
    assert crm.call("POST", "WinOpportunity", {"Status": 5, "OpportunityClose": closing}).status_code == 400
    assert crm.call("POST", "WinOpportunity", body).status_code == 204
    found = crm.get(where)
    assert (found["statecode"], found["statuscode"]) == (1, 3)
    assert (found["actualvalue"], found["actualclosedate"]) == (12.5, "2026-03-15")
    assert error_of(crm.call("POST", "LoseOpportunity", body)) == (400, "0x80040203")
    assert crm.call("PATCH", where, {"statecode": 0}).status_code == 204
    assert crm.get(where)["actualvalue"] is None
    assert crm.call("POST", "LoseOpportunity", body).status_code == 204
    assert [each["state"] for each in crm.ledger()] == ["void"]
    assert len(crm.get("opportunitycloses")["value"]) == 2
    for wrong in (
        {},
        {"Status": 3},
        {"Status": "won", "OpportunityClose": closing},
        {"Status": 3, "OpportunityClose": {}},
    ):
        assert crm.call("POST", "WinOpportunity", wrong).status_code == 400


def test_merged_accounts_give_their_deals_to_the_one_that_stays(crm: Crm) -> None:
    deal, kept, gone = crm.close_deal(account="A-1"), account(crm, "A-2"), account(crm, "A-1")
    body = {"Target": {"accountid": kept}, "Subordinate": {"accountid": gone}, "PerformParentingChecks": False}
    assert crm.call("POST", "Merge", body).status_code == 204
    assert crm.get(at(deal))["_customerid_value"] == kept
    merged = crm.get(f"accounts({gone})")
    assert (merged["merged"], merged["statecode"], merged["_masterid_value"]) == (True, 1, kept)
    assert crm.ledger()[0]["customer"] == "A-2"
    assert crm.call("POST", "Merge", {**body, "Subordinate": {"accountid": kept}}).status_code == 400


def test_who_am_i_and_the_metadata_are_answered(crm: Crm) -> None:
    assert crm.get("WhoAmI()")["UserId"] == crm.get("WhoAmI")["UserId"]
    columns = crm.get("EntityDefinitions(LogicalName='opportunity')/Attributes?$select=LogicalName")["value"]
    assert {"actualvalue", "customerid", "new_erporderid"} <= {each["LogicalName"] for each in columns}
    tables = crm.get("EntityDefinitions?$select=LogicalName,EntitySetName&$filter=LogicalName eq 'salesorder'")
    assert tables["value"][0]["EntitySetName"] == "salesorders"
    one = crm.get("EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name')?$select=AttributeType")
    assert one["AttributeType"] == "String"
    document = crm.call("GET", "$metadata")
    assert (document.status_code, b'EntitySet Name="opportunities"' in document.content) == (200, True)
    addresses = ["RelationshipDefinitions", "tasks", "accounts?fetchXml=<fetch/>"]
    addresses += ["accounts?$apply=aggregate($count as n)", "accounts?$filter=name eq @name&@name='Acme'"]
    addresses += ["accounts?$filter=Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['Acme'])"]
    for left_out in addresses:
        reply = crm.call("GET", left_out)
        assert (reply.status_code, "the fake of dataverse has no" in reply.json()["error"]["message"]) == (501, True)
