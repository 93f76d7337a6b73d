"""Sales orders: creating, upserting, revisions, prices, cancelling, holds."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.oracle_fusion.conftest import ORDERS, charge, line, order

KEY = f"{ORDERS}/GAMEDAY:006xY"


def test_an_order_is_found_by_its_source_and_by_its_id(erp: Any) -> None:
    created = erp.order()
    assert (created["OrderKey"], created["StatusCode"]) == ("GAMEDAY:006xY", "OPEN")
    assert created["lines"]["items"][0]["ExtendedAmount"] == 200
    by_id = erp.get(f"{ORDERS}/{created['HeaderId']}?onlyData=true")
    assert by_id == erp.get(f"{KEY}?onlyData=true")


def test_a_source_transaction_is_taken_once_unless_it_is_an_upsert(erp: Any) -> None:
    erp.order()
    assert erp.error_of(erp.call("POST", ORDERS, order())) == (400, "25013", "/SourceTransactionId")
    again = erp.call("POST", ORDERS, order(lines=[line(OrderedQuantity=3)]), upsert_mode="true")
    assert (again.status_code, again.json()["SourceTransactionRevisionNumber"]) == (200, 2)
    new = erp.call("POST", ORDERS, order("006new"), upsert_mode="true")
    assert new.status_code == 201
    assert [entry["total"] for entry in erp.ledger()] == ["300.00", "200.00"]


def test_what_is_missing_unknown_or_too_long_is_refused_with_its_path(erp: Any) -> None:
    def refused(**changed: Any) -> Any:
        return erp.error_of(erp.call("POST", ORDERS, order(**changed)))

    assert refused(SourceTransactionSystem=None) == (400, "27014", "/SourceTransactionSystem")
    assert refused(BuyingPartyNumber=None) == (400, "27014", "/BuyingPartyNumber")
    assert refused(BuyingPartyNumber="nobody") == (400, "27024", "/BuyingPartyNumber")
    assert refused(BusinessUnitName="other") == (400, "27024", "/BusinessUnitName")
    assert refused(TransactionalCurrencyCode="XXX") == (400, "27024", "/TransactionalCurrencyCode")
    assert refused(Comments="x" * 2001) == (400, "27010", "/Comments")
    assert refused(OrderNumber="1") == (400, "27008", "/OrderNumber")
    assert refused(Colour="red") == (400, "", "/Colour")
    assert refused(TransactionOn="yesterday") == (400, "27018", "/TransactionOn")
    assert refused(lines=[line(), line(2, ProductNumber="NUT")]) == (400, "27024", "/lines/1/ProductNumber")
    assert refused(lines=[line(OrderedQuantity=None)]) == (400, "27014", "/lines/0/OrderedQuantity")
    assert refused(lines=[line(charges=[{"Colour": 1}])]) == (400, "", "/lines/0/charges/0/Colour")
    assert refused(lines=[]) == (400, "27024", "/lines")
    assert refused(lines="none") == (400, "", "/lines")
    assert refused(totals=[{}]) == (400, "27008", "/totals")
    assert erp.ledger() == []


def test_a_price_of_a_request_counts_only_where_prices_are_frozen(erp: Any) -> None:
    sold = [line(charges=charge("100.00", "150.00"))]
    assert erp.order(lines=sold)["lines"]["items"][0]["ExtendedAmount"] == 200
    frozen = erp.order("006frozen", lines=sold, FreezePriceFlag=True)["lines"]["items"][0]
    assert (frozen["UnitListPrice"], frozen["UnitSellingPrice"], frozen["ExtendedAmount"]) == (100, 75, 150)
    # An item without a price in the currency cannot be ordered without a price.
    bolts = [line(ProductNumber="BOLT-2")]
    refused = erp.call("POST", ORDERS, order("006eur", TransactionalCurrencyCode="EUR", lines=bolts))
    assert "no price" in refused.text


def test_tax_is_that_of_the_line_else_of_its_item_unless_it_is_exempt(erp: Any) -> None:
    taxed = [
        line(1, ProductNumber="BOLT-2", OrderedQuantity=100),
        line(2, TaxClassificationCode="VAT7"),
        line(3, ProductNumber="BOLT-2", OrderedQuantity=100, TaxExemptCode="E"),
    ]
    erp.order(lines=taxed)
    (entry,) = erp.ledger()
    assert [each.get("tax") for each in entry["lines"]] == ["6.65", "14.00", None]
    totals = erp.found(f"{KEY}/child/totals")
    assert {each["TotalCode"]: each["TotalAmount"] for each in totals}["QP_TOTAL_TAX"] == 20.65


def test_a_change_of_a_submitted_order_is_a_draft_until_it_is_submitted(erp: Any) -> None:
    first = erp.order()
    more = {"SourceTransactionLineId": "1", "OrderedQuantity": 5}
    draft = erp.changed(first["OrderKey"], lines=[more])
    assert (draft["StatusCode"], draft["OrderNumber"]) == ("DOO_DRAFT", first["OrderNumber"])
    assert [entry["total"] for entry in erp.ledger()] == ["200.00"]
    assert erp.changed(first["OrderKey"], SubmittedFlag=True)["StatusCode"] == "OPEN"
    assert [entry["total"] for entry in erp.ledger()] == ["500.00"]
    # The version before is there for reference, and cannot be changed.
    before = erp.get(f"{ORDERS}/{first['HeaderId']}")
    assert (before["StatusCode"], before["OrderKey"]) == ("DOO_REFERENCE", str(first["HeaderId"]))
    assert erp.call("PATCH", f"{ORDERS}/{first['HeaderId']}", {"Comments": "x"}).status_code == 400
    versions = erp.found(f"{ORDERS}?q=SourceTransactionNumber='006xY'&fields=StatusCode&onlyData=true")
    assert [each["StatusCode"] for each in versions] == ["DOO_REFERENCE", "OPEN"]


def test_lines_that_a_change_does_not_name_stay(erp: Any) -> None:
    created = erp.order(lines=[line(1), line(2, OrderedQuantity=3)])
    erp.changed(created["OrderKey"], SubmittedFlag=True, lines=[line(2, OrderedQuantity=1), line(3)])
    (entry,) = erp.ledger()
    assert [each["quantity"] for each in entry["lines"]] == ["2", "1", "2"]


def test_the_quantity_0_cancels_lines_and_at_last_the_order(erp: Any) -> None:
    created = erp.order(lines=[line(1), line(2)])
    second = created["lines"]["items"][1]["FulfillLineId"]
    gone = {"FulfillLineId": second, "OrderedQuantity": 0, "CancelReason": "No longer needed"}
    assert erp.changed(created["OrderKey"], SubmittedFlag=True, lines=[gone])["StatusCode"] == "OPEN"
    assert [entry["total"] for entry in erp.ledger()] == ["200.00"]
    rest = {"SourceTransactionLineId": "1", "OrderedQuantity": 0}
    assert erp.changed(created["OrderKey"], SubmittedFlag=True, lines=[rest])["CanceledFlag"] is True
    assert [entry["state"] for entry in erp.ledger()] == ["cancelled"]
    assert "canceled" in erp.call("PATCH", KEY, {"Comments": "again"}).text


def test_a_draft_is_no_order_yet_and_can_be_deleted(erp: Any) -> None:
    erp.order(SubmittedFlag=False)
    assert erp.ledger() == []
    assert erp.call("DELETE", KEY).status_code == 204
    assert erp.call("GET", KEY).status_code == 404
    erp.order()
    assert erp.call("DELETE", KEY).status_code == 400


def test_a_line_is_added_and_changed_below_its_order(erp: Any) -> None:
    erp.order()
    added = erp.call("POST", f"{KEY}/child/lines", line(2))
    assert added.status_code == 201
    found = erp.found(f"{KEY}/child/lines")
    key = found[0]["links"][0]["href"].rpartition("/")[2]
    assert erp.call("PATCH", f"{KEY}/child/lines/{key}", {"OrderedQuantity": 7}).json()["OrderedQuantity"] == 7
    # Both are in a draft, since nobody has submitted the change.
    assert [entry["total"] for entry in erp.ledger()] == ["200.00"]
    assert erp.call("POST", f"{KEY}/child/totals", {}).status_code == 405


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({}, ""),
        ({"HoldCode": "WHATEVER"}, "isn't valid"),
        ({"HoldCode": None}, "is required"),
        ({"SourceTransactionId": "nobody"}, "wasn't found"),
    ],
)
def test_a_hold_is_applied_to_an_order_that_is_there(erp: Any, changed: dict[str, Any], problem: str) -> None:
    erp.order()
    asked = {
        "SourceTransactionSystem": "GAMEDAY",
        "SourceTransactionId": "006xY",
        "HoldCode": "MANUAL_REVIEW",
        **changed,
    }
    (result,) = erp.call("POST", f"{ORDERS}/action/applyHold", {"holdRequests": [asked]}).json()["result"]
    assert problem in str(result.get("ErrorMessages", "")) if problem else result["ReturnStatus"] == "SUCCESS"
    assert erp.get(KEY)["OnHoldFlag"] is not bool(problem)


def test_a_hold_is_released_with_a_reason(erp: Any) -> None:
    created = erp.order()
    line_id = created["lines"]["items"][0]["FulfillLineId"]
    named = {"FulfillLineId": line_id, "SourceTransactionSystem": "GAMEDAY", "HoldCode": "CREDIT_REVIEW"}
    erp.call("POST", f"{ORDERS}/action/applyHold", {"holdRequests": [named]})
    assert erp.get(f"{KEY}?expand=lines.holds")["lines"]["items"][0]["holds"]["items"][0]["ActiveFlag"] is True
    release = f"{ORDERS}/action/releaseHold"
    assert "HoldReleaseReason" in erp.call("POST", release, {"holdRequests": [named]}).text
    erp.call("POST", release, {"holdRequests": [{**named, "HoldReleaseReasonCode": "REVIEWED"}]})
    assert erp.get(KEY)["OnHoldFlag"] is False
    assert "no active hold" in erp.call("POST", release, {"holdRequests": [{**named, "HoldReleaseReason": "x"}]}).text


def test_a_price_has_the_days_in_which_it_is_in_effect(erp: Any) -> None:
    erp.operate("reprice", {"sku": "SAW-1", "currency": "USD", "price": "120.00"})
    expanded = "priceLists?q=CurrencyCode='USD'&expand=items.charges&onlyData=true"
    charges = erp.found(expanded)[0]["items"]["items"][0]["charges"]["items"]
    assert [(each["BasePrice"], each["EndDate"] is None) for each in charges] == [(100, False), (120, True)]
    past = erp.found(f"{expanded}&effectiveDate=2020-01-01")[0]["items"]["items"][0]["charges"]["items"]
    assert [each["BasePrice"] for each in past] == [100]
    assert erp.order(TransactionOn="2020-01-01T10:00:00+00:00")["lines"]["items"][0]["UnitListPrice"] == 100
    assert erp.order("006now", TransactionOn=None)["lines"]["items"][0]["UnitListPrice"] == 120
