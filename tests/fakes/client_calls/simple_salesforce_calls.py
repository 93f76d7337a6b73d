"""Calls every public method of simple-salesforce against the fake, unmodified, and prints what became of each.

The printed JSON is ``{"Class.method": "passes" | "501: ..." | "fails: ..."}``; the methods are read from the client.

    python simple_salesforce_calls.py '{"login": {...}, "account": ID, "deal": ID}'
"""

from __future__ import annotations

import csv
import datetime
import inspect
import io
import json
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simple_salesforce import Salesforce, SFType
from simple_salesforce.bulk import SFBulkHandler, SFBulkType
from simple_salesforce.bulk2 import SFBulk2Type
from simple_salesforce.metadata import MetadataType, SfdcMetadataApi

CLASSES = (Salesforce, SFType, SFBulkHandler, SFBulkType, SFBulk2Type, SfdcMetadataApi, MetadataType)
GIVEN = json.loads(sys.argv[1])
LONG_AGO, SOON = (datetime.datetime(year, 1, 1, tzinfo=datetime.UTC) for year in (2020, 2099))
FAST: dict[str, Any] = {"wait": 0}
DEALS = "SELECT Id, Name FROM Opportunity"


def connect() -> Salesforce:
    """A session at the vendor's own names."""
    client = GIVEN["client"]
    return Salesforce(
        consumer_key=client["clientId"],
        consumer_secret=client["clientSecret"],
        domain="gameday.my",
        version="60.0",
    )


SF = connect()
ACCOUNTS: Any = SF.Account


def need(holds: Any) -> None:
    """Fail unless a reply is right."""
    if not holds:
        raise AssertionError(f"wrong reply: {holds!r}")


def added(name: str, **more: Any) -> str:
    """A new account; its id."""
    id_: str = ACCOUNTS.create({"Name": name, **more})["id"]
    return id_


def rows(text: str) -> list[dict[str, str]]:
    """CSV as records."""
    return list(csv.DictReader(io.StringIO(text)))


def page() -> Any:
    """The first page of a query that has two."""
    return SF.restful("query", {"q": "SELECT Id FROM Product2"}, headers={"Sforce-Query-Options": "batchSize=200"})


class AsTheVendor(Exception):
    """A call that the vendor refuses too; the text says why."""


def refuses(call: Callable[[], Any], text: str, why: str) -> None:
    """Fail unless a call is refused with a text."""
    try:
        call()
    except Exception as problem:
        if text in str(problem):
            raise AsTheVendor(why) from None
        raise
    raise AssertionError("not refused")


HARD = ("special user profile permission", "the integration user may not delete for good")
FILE = ("No such column 'Body'", "no object here has a field that holds a file")


def first_of_two(results: Any) -> None:
    """Of two records the first was written."""
    need([result["success"] for result in results] == [True, False])


TWO = [{"Name": "First"}, {"BillingCity": "Oslo"}]

SALESFORCE: dict[str, Callable[[], Any]] = {
    "describe": lambda: need("Opportunity" in {each["name"] for each in SF.describe()["sobjects"]}),
    "is_sandbox": lambda: need(SF.is_sandbox() is not None),
    "set_password": lambda: SF.set_password("005000000000001", "x"),
    "restful": lambda: need(SF.restful("limits")["DailyApiRequests"]),
    "oauth2": lambda: need(SF.oauth2("userinfo")["user_id"]),
    "search": lambda: SF.search("FIND {North}"),
    "quick_search": lambda: SF.quick_search("North"),
    "limits": lambda: need(SF.limits()["DailyApiRequests"]),
    "query": lambda: need(SF.query(DEALS)["totalSize"] == 1),
    "query_more": lambda: need(SF.query_more(page()["nextRecordsUrl"], identifier_is_url=True)["records"]),
    "query_all_iter": lambda: need(len(list(SF.query_all_iter(DEALS))) == 1),
    "query_all": lambda: need(SF.query_all(DEALS, include_deleted=True)["totalSize"] == 1),
    "toolingexecute": lambda: SF.toolingexecute("query?q=SELECT+Id+FROM+ApexClass"),
    "apexecute": lambda: SF.apexecute("anything"),
    "parse_api_usage": lambda: need(SF.parse_api_usage("api-usage=1/2")["api-usage"].used == 1),
    "deploy": lambda: SF.deploy(archive(), sandbox=True),
    "checkDeployStatus": lambda: SF.checkDeployStatus("0Af000000000001"),
    "parse_result_to_json": lambda: need(SF.restful("limits")),
}


def archive() -> str:
    """A file to deploy."""
    path = Path(tempfile.mkdtemp()) / "package.zip"
    path.write_bytes(b"PK")
    return str(path)


def upserted() -> None:
    """Created, then updated."""
    first = ACCOUNTS.upsert("ERP_Customer_Id__c/C-simple", {"Name": "One"})
    need((first, ACCOUNTS.upsert("ERP_Customer_Id__c/C-simple", {"Name": "Two"})) == (201, 200))


def fetched() -> None:
    """By external id."""
    added("Found", ERP_Customer_Id__c="C-found")
    need(ACCOUNTS.get_by_custom_id("ERP_Customer_Id__c", "C-found")["Name"] == "Found")


RECORDS: dict[str, Callable[[], Any]] = {
    "metadata": lambda: need(ACCOUNTS.metadata()["objectDescribe"]["name"] == "Account"),
    "describe": lambda: need(ACCOUNTS.describe()["fields"]),
    "describe_layout": lambda: ACCOUNTS.describe_layout("012000000000001"),
    "get": lambda: need(ACCOUNTS.get(GIVEN["account"])["Name"] == "Northwind"),
    "get_by_custom_id": fetched,
    "create": lambda: need(ACCOUNTS.create({"Name": "Made"})["success"]),
    "upsert": upserted,
    "update": lambda: need(ACCOUNTS.update(added("Before"), {"Name": "After"}) == 204),
    "delete": lambda: need(ACCOUNTS.delete(added("Gone")) == 204),
    "deleted": lambda: need("deletedRecords" in ACCOUNTS.deleted(LONG_AGO, SOON)),
    "updated": lambda: need(ACCOUNTS.updated(LONG_AGO, SOON)["ids"]),
    "parse_result_to_json": lambda: need(ACCOUNTS.get(GIVEN["account"])),
    "upload_base64": lambda: refuses(lambda: ACCOUNTS.upload_base64(archive()), *FILE),
    "update_base64": lambda: refuses(lambda: ACCOUNTS.update_base64(GIVEN["account"], archive()), *FILE),
    "get_base64": lambda: ACCOUNTS.get_base64(GIVEN["account"]),
}

BULK: Any = SF.bulk


BULK_1: dict[str, Callable[[], Any]] = {
    "insert": lambda: first_of_two(BULK.Account.insert(TWO)),
    "update": lambda: need(BULK.Account.update([{"Id": added("Before"), "Name": "After"}])[0]["success"]),
    "upsert": lambda: need(
        BULK.Account.upsert([{"Name": "x", "ERP_Customer_Id__c": "C-v1"}], "ERP_Customer_Id__c")[0]["created"]
    ),
    "delete": lambda: need(BULK.Account.delete([{"Id": added("Gone")}])[0]["success"]),
    "hard_delete": lambda: refuses(lambda: BULK.Account.hard_delete([{"Id": added("Kept")}]), *HARD),
    "query": lambda: need(BULK.Opportunity.query(DEALS, **FAST)[0]["Name"] == "Deal"),
    "query_all": lambda: need(BULK.Opportunity.query_all(DEALS, **FAST)[0]["Name"] == "Deal"),
    "submit_dml": lambda: first_of_two(BULK.Account.submit_dml("insert", TWO)),
    "worker": lambda: first_of_two(BULK.Account.insert(TWO, include_detailed_results=True)),
}

BULK_2: Any = SF.bulk2


def loaded() -> str:
    """A job of two records, one of which fails; its id."""
    ((result,)) = BULK_2.Account.insert(records=[{"Name": "One"}, {"Name": ""}], **FAST)
    need((result["numberRecordsProcessed"], result["numberRecordsFailed"]) == (2, 1))
    id_: str = result["job_id"]
    return id_


def downloaded() -> None:
    """A file for each page."""
    (result,) = BULK_2.Opportunity.download(DEALS, path=tempfile.mkdtemp(), **FAST)
    need(rows(Path(result["file"]).read_text())[0]["Name"] == "Deal")


def one(results: Any) -> None:
    """One record, without an error."""
    need((results[0]["numberRecordsProcessed"], results[0]["numberRecordsFailed"]) == (1, 0))


BULK_2_0: dict[str, Callable[[], Any]] = {
    "insert": loaded,
    "update": lambda: one(BULK_2.Account.update(records=[{"Id": added("Before"), "Name": "After"}], **FAST)),
    "upsert": lambda: one(
        BULK_2.Account.upsert(
            records=[{"Name": "x", "ERP_Customer_Id__c": "C-v2"}], external_id_field="ERP_Customer_Id__c", **FAST
        )
    ),
    "delete": lambda: one(BULK_2.Account.delete(records=[{"Id": added("Gone")}], **FAST)),
    "hard_delete": lambda: refuses(lambda: BULK_2.Account.hard_delete(records=[{"Id": added("Kept")}], **FAST), *HARD),
    "query": lambda: need(rows("".join(BULK_2.Opportunity.query(DEALS, **FAST)))[0]["Name"] == "Deal"),
    "query_all": lambda: need(rows("".join(BULK_2.Opportunity.query_all(DEALS, **FAST)))[0]["Name"] == "Deal"),
    "download": downloaded,
    "get_successful_records": lambda: need(rows(BULK_2.Account.get_successful_records(loaded()))[0]["Name"] == "One"),
    "get_failed_records": lambda: need(rows(BULK_2.Account.get_failed_records(loaded()))[0]["sf__Error"]),
    "get_unprocessed_records": lambda: need(BULK_2.Account.get_unprocessed_records(loaded()).startswith('"Name"')),
    "get_all_ingest_records": lambda: need(
        [len(each) for each in BULK_2.Account.get_all_ingest_records(loaded()).values()] == [1, 1, 0]
    ),
}

CALLS: dict[str, dict[str, Callable[[], Any]]] = {
    "Salesforce": SALESFORCE,
    "SFType": RECORDS,
    "SFBulkHandler": {"submit_dml": lambda: first_of_two(BULK.submit_dml("Account", "insert", TWO))},
    "SFBulkType": BULK_1,
    "SFBulk2Type": BULK_2_0,
}

#: APIs that the fake leaves out as a whole: one call stands for all methods of their classes.
PROBES: dict[str, Callable[[], Any]] = {
    "SfdcMetadataApi": lambda: SF.restful("metadata/deployRequest/x"),
    "MetadataType": lambda: SF.restful("metadata/deployRequest/x"),
}


def outcome(call: Callable[[], Any]) -> str:
    """What became of a call."""
    try:
        call()
    except AsTheVendor as refused:
        return f"refused: {refused}"
    except Exception as problem:  # noqa: BLE001 - what a client raises is what is to be shown
        text = str(problem)
        absent = re.search(r"the fake of salesforce has no ([^\"<}]*)", text)
        return f"501: {absent[1].rstrip(chr(39))}" if absent else f"fails: {type(problem).__name__}: {text[:300]}"
    return "passes"


def main() -> None:
    """Call everything."""
    outcomes = {}
    for kind in CLASSES:
        known = CALLS.get(kind.__name__, {})
        for name, member in vars(kind).items():
            if name.startswith("_") or isinstance(member, property):
                continue
            if not inspect.isfunction(inspect.unwrap(getattr(member, "__func__", member))):
                continue
            call = known.get(name) or PROBES.get(kind.__name__)
            outcomes[f"{kind.__name__}.{name}"] = outcome(call) if call else "fails: no call"
    sys.stdout.write(json.dumps(outcomes))


if __name__ == "__main__":
    main()
