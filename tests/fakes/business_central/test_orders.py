"""Orders and their lines: what they need, what they take over, and their sums."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.business_central.conftest import order


def test_an_order_is_inserted_with_its_lines(erp: Any) -> None:
    created = erp.order()
    assert created["number"] == "S-ORD101001"
    assert created["customerName"] == "Acme"
    assert (created["status"], created["currencyCode"]) == ("Draft", "USD")
    assert created["currencyId"] == "00000000-0000-0000-0000-000000000000"
    assert (created["sellToCity"], created["billToCountry"]) == ("Austin", "US")
    line = created["salesOrderLines"][0]
    assert (line["unitPrice"], line["netAmount"], line["description"], line["sequence"]) == (100, 200, "Saw", 10000)
    assert erp.get(f"salesOrders({created['id']})")["totalAmountExcludingTax"] == 200


def test_a_code_is_kept_in_upper_case_and_the_ledger_states_what_was_written(erp: Any) -> None:
    created = erp.order("006xY")
    assert created["externalDocumentNumber"] == "006XY"
    assert erp.get("salesOrders?$filter=externalDocumentNumber eq '006XY'")["value"] != []
    entry = erp.ledger()[0]
    assert entry["keys"] == {"externalDocumentNumber": "006xY", "number": "S-ORD101001"}
    assert entry["customer"] == "001aB"


def test_lines_are_added_changed_and_deleted_and_the_order_follows(erp: Any) -> None:
    created = erp.order(salesOrderLines=[])
    path = f"salesOrders({created['id']})/salesOrderLines"
    first = erp.call("POST", path, {"lineObjectNumber": "SAW-1", "quantity": 1}).json()
    second = erp.call("POST", path, {"lineObjectNumber": "BOLT-2", "quantity": 10, "unitPrice": 0.5}).json()
    assert (second["sequence"], second["taxCode"], second["taxPercent"], second["totalTaxAmount"]) == (
        20000,
        "VAT19",
        19,
        0.95,
    )
    shown = erp.get(f"salesOrders({created['id']})")
    assert (shown["totalAmountExcludingTax"], shown["totalTaxAmount"]) == (105, 0.95)
    changed = erp.call("PATCH", f"salesOrderLines({first['id']})", {"quantity": 3})
    assert changed.json()["netAmount"] == 300
    assert erp.call("DELETE", f"salesOrderLines({second['id']})").status_code == 204
    assert erp.get(f"salesOrders({created['id']})")["totalAmountIncludingTax"] == 300


def test_discounts_are_given_in_percent_or_as_an_amount(erp: Any) -> None:
    lines = [
        {"lineObjectNumber": "SAW-1", "quantity": 3, "discountPercent": 10},
        {"lineObjectNumber": "SAW-1", "quantity": 3, "discountAmount": 75},
    ]
    created = erp.order(salesOrderLines=lines)
    shown = [
        (line["discountPercent"], line["discountAmount"], line["netAmount"]) for line in created["salesOrderLines"]
    ]
    assert shown == [(10, 30, 270), (25, 75, 225)]
    assert [line["discount"] for line in erp.ledger()[0]["lines"]] == ["10", "25"]


def test_a_discount_of_the_whole_order_is_spread_over_its_lines(erp: Any) -> None:
    lines = [
        {"lineObjectNumber": "SAW-1", "quantity": 1},
        {"lineObjectNumber": "BOLT-2", "quantity": 10, "unitPrice": 20},
    ]
    created = erp.order(salesOrderLines=lines, discountAmount=10)
    shown = erp.get(f"salesOrders({created['id']})?$expand=salesOrderLines")
    allocated = [(line["invoiceDiscountAllocation"], line["netAmount"]) for line in shown["salesOrderLines"]]
    assert allocated == [(3.33, 96.67), (6.67, 193.33)]
    assert (shown["totalAmountExcludingTax"], shown["totalTaxAmount"]) == (290, 36.73)
    assert [line["amount"] for line in erp.ledger()[0]["lines"]] == ["96.67", "193.33"]


def test_amounts_have_the_decimals_of_their_currency(erp: Any) -> None:
    created = erp.order(customerNumber="001BC", salesOrderLines=[{"lineObjectNumber": "SAW-1", "quantity": 1.5}])
    assert (created["currencyCode"], created["salesOrderLines"][0]["netAmount"]) == ("JPY", 22500)
    odd = {"lineObjectNumber": "SAW-1", "quantity": 1, "unitPrice": 10.6}
    assert erp.order("006z", customerNumber="001BC", salesOrderLines=[odd])["salesOrderLines"][0]["netAmount"] == 11


def test_a_currency_is_named_by_its_code_or_its_id(erp: Any) -> None:
    euro = erp.get("currencies?$filter=code eq 'EUR'")["value"][0]["id"]
    assert erp.order("1", currencyCode="eur")["currencyId"] == euro
    assert erp.order("2", currencyId=euro)["currencyCode"] == "EUR"
    assert erp.order("3", currencyCode="USD")["currencyCode"] == "USD"


def test_a_customer_is_named_by_its_number_or_its_id(erp: Any) -> None:
    customer = erp.get("customers?$filter=number eq '001BC'")["value"][0]["id"]
    assert erp.order("1", customerNumber=None, customerId=customer)["customerNumber"] == "001BC"
    created = erp.order("2")
    changed = erp.call("PATCH", f"salesOrders({created['id']})", {"customerId": customer}).json()
    assert (changed["customerName"], changed["currencyCode"]) == ("Bravo KK", "USD")


@pytest.mark.parametrize(
    ("changed", "expected", "said"),
    [
        ({"customerNumber": None}, (400, "Application_DialogException"), "A customerNumber or a customerID must be"),
        ({"customerNumber": "NOSUCH"}, (400, "Internal_InvalidTableRelation"), "sell-to customer cannot be found"),
        ({"currencyCode": "XXX"}, (400, "Internal_InvalidTableRelation"), "related table (Currency)"),
        ({"nosuch": 1}, (400, "BadRequest"), "'nosuch' does not exist on type 'Microsoft.NAV.salesOrder'"),
        ({"number": "1"}, (400, "BadRequest_InvalidOperation"), "Control 'number' is read-only"),
        ({"externalDocumentNumber": "x" * 36}, (400, "Application_StringExceededLength"), "length of the string is 36"),
        ({"orderDate": "15/03/2026"}, (400, "BadRequest"), "Cannot convert the literal '15/03/2026'"),
        (
            {"salesOrderLines": [{"lineObjectNumber": "NO"}]},
            (400, "Internal_InvalidTableRelation"),
            "Item does not exist",
        ),
        ({"salesOrderLines": [{"quantity": 1}]}, (400, "Application_DialogException"), "item must be specified"),
        ({"salesOrderLines": [{"lineType": "Nosuch"}]}, (400, "BadRequest"), "'Nosuch' is not an option. The existing"),
        (
            {"salesOrderLines": [{"lineObjectNumber": "SAW-1", "quantity": 1, "discountPercent": 101}]},
            (400, "BadRequest"),
            "between 0 and 100",
        ),
        (
            {"salesOrderLines": [{"lineObjectNumber": "SAW-1", "quantity": 1e20, "unitPrice": 1e15}]},
            (400, "BadRequest"),
            "too large",
        ),
        ({"discountAmount": 500}, (400, "BadRequest"), "larger than the amount"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(erp: Any, changed: Any, expected: Any, said: str) -> None:
    reply = erp.call("POST", "salesOrders", order(**changed))
    assert erp.error_of(reply) == expected
    assert said in erp.message_of(reply)
    assert reply.json()["error"]["message"].partition("CorrelationId:  ")[2] != ""
    assert erp.ledger() == []
    assert erp.call("GET", "salesOrders/$count").text == "0"
    assert [event["outcome"] for event in erp.events("order_write")] == ["fail"]


def test_a_change_needs_the_etag_of_what_is_there(erp: Any) -> None:
    created = erp.order()
    path = f"salesOrders({created['id']})"
    missing = erp.call("PATCH", path, {"email": "a@example.com"}, etag="")
    assert erp.error_of(missing) == (400, "BadRequest_InvalidToken")
    etag = erp.get(path)["@odata.etag"]
    assert erp.call("PATCH", path, {"email": "a@example.com"}, etag=etag).json()["email"] == "a@example.com"
    stale = erp.call("PATCH", path, {"email": "b@example.com"}, etag=etag)
    assert erp.error_of(stale) == (409, "Request_EntityChanged")
    # A change of a line changes its order, too.
    etag = erp.get(path)["@odata.etag"]
    line = erp.get(f"{path}/salesOrderLines")["value"][0]["id"]
    erp.call("PATCH", f"salesOrderLines({line})", {"quantity": 5})
    assert erp.call("DELETE", path, etag=etag).status_code == 409


def test_an_order_is_deleted_with_its_lines(erp: Any) -> None:
    created = erp.order()
    assert erp.call("DELETE", f"salesOrders({created['id']})").status_code == 204
    assert erp.get("salesOrderLines")["value"] == []
    assert erp.ledger() == []
    assert [event["value"]["state"] for event in erp.events("order_write")] == ["open", "deleted"]


def test_a_write_becomes_an_event_with_what_has_to_agree(erp: Any) -> None:
    created = erp.order()
    erp.call("PATCH", f"salesOrders({created['id']})", {"email": "a@example.com"})
    line = created["salesOrderLines"][0]["id"]
    erp.call("PATCH", f"salesOrderLines({line})", {"quantity": 3})
    first, same, other = [event["value"] for event in erp.events("order_write")]
    assert (first["deal"], first["order"], first["total"], first["state"]) == ("006xY", created["id"], "200.00", "open")
    assert first["content"] == same["content"] != other["content"]


def test_the_documented_limits_of_filters_hold(erp: Any) -> None:
    reply = erp.call("GET", "salesOrders?$filter=number eq 'a' or customerName eq 'b'")
    assert reply.status_code == 400
    assert "'OR' operator is not supported on distinct fields" in erp.message_of(reply)
    erp.order()
    assert len(erp.get("salesOrders?$filter=salesOrderLines/any(l:l/quantity gt 99)")["value"]) == 1


def test_a_set_that_the_fake_lacks_is_reported_as_missing(erp: Any) -> None:
    assert erp.call("GET", "vendors").status_code == 501
    assert erp.events("unsupported") != []


def test_customers_and_items_are_created_and_looked_up(erp: Any) -> None:
    created = erp.call("POST", "customers", {"displayName": "New Ltd", "currencyCode": "EUR"}).json()
    assert created["number"].startswith("C1")
    duplicate = erp.call("POST", "customers", {"number": "001ab", "displayName": "Twice"})
    assert erp.error_of(duplicate) == (400, "Internal_EntityWithSameKeyExists")
    assert erp.error_of(erp.call("POST", "customers", {}))[1] == "BadRequest_RequiredParamNotProvided"
    item = erp.call("POST", "items", {"number": "nut-3", "displayName": "Nut", "taxGroupCode": "VAT7"}).json()
    assert item["taxGroupId"] == erp.get("taxGroups?$filter=code eq 'VAT7'")["value"][0]["id"]
    ledger = erp.whole_ledger()
    assert ledger["new_customers"] == [created["number"]]
    assert ledger["new_items"] == {item["id"]: {"number": "NUT-3", "displayName": "Nut"}}
    assert ledger["items"] == ["SAW-1", "BOLT-2"]


def test_a_customer_with_documents_is_not_deleted(erp: Any) -> None:
    erp.order()
    customer = erp.get("customers?$filter=number eq '001AB'")["value"][0]["id"]
    assert erp.error_of(erp.call("DELETE", f"customers({customer})")) == (400, "Application_DialogException")


def test_another_company_is_not_there(erp: Any) -> None:
    reply = erp.call("GET", "/companies(7ba5d0c1-6a6e-4dd5-9f0a-000000000000)/salesOrders")
    assert erp.error_of(reply) == (404, "Internal_CompanyNotFound")
    assert erp.get("/companies")["value"][0]["name"] == "Gameday International"


def test_the_context_names_the_company(erp: Any) -> None:
    context = erp.get("salesOrders")["@odata.context"]
    assert context.startswith(f"{erp.root}/$metadata#companies(")
    assert context.endswith(")/salesOrders")


def test_a_batch_in_isolation_is_taken_back_as_a_whole(erp: Any) -> None:
    requests = [
        {"id": "1", "method": "POST", "url": "salesOrders", "body": order("1")},
        {"id": "2", "method": "POST", "url": "salesOrders", "body": order("2", customerNumber="NOSUCH")},
    ]
    headers = {"isolation": "snapshot"}
    reply = erp.call("POST", "$batch", {"requests": requests}, **headers)
    assert [each["status"] for each in reply.json()["responses"]] == [201, 400]
    assert erp.ledger() == []
    kept = erp.call("POST", "$batch", {"requests": requests}, prefer="odata.continue-on-error")
    assert [each["status"] for each in kept.json()["responses"]] == [201, 400]
    assert [entry["keys"]["externalDocumentNumber"] for entry in erp.ledger()] == ["1"]
    written = [(event["outcome"], event["value"]["deal"]) for event in erp.events("order_write")]
    assert ("fail", "1") in written
    assert ("ok", "1") in written


def test_a_batch_has_at_most_a_hundred_requests(erp: Any) -> None:
    requests = [{"id": str(number), "method": "GET", "url": "items"} for number in range(101)]
    assert erp.error_of(erp.call("POST", "$batch", {"requests": requests}))[0] == 400
