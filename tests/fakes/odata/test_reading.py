"""Reading records: pages, order, what is selected and expanded, changes since, and the metadata."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.odata.sample import ROOT, ask, customer_id, filled, schema_of
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.model import Version
from gameday_fakes.odata.service import Service
from support.rows import rows


def body(service: Service, path: str, **headers: str) -> Any:
    """The document of a reply with 200."""
    reply = ask(service, path, **headers)
    assert reply.status == 200
    return json.loads(reply.body)


def pages(service: Service, path: str, size: int) -> list[dict[str, Any]]:
    """All records, page by page, as a client follows the links."""
    found: list[dict[str, Any]] = []
    for _ in range(100):
        document = body(service, path, prefer=f"odata.maxpagesize={size}")
        rows = document["d"]["results"] if service.schema.is_v2 else document["value"]
        assert len(rows) <= size
        found += rows
        link = document["d"].get("__next") if service.schema.is_v2 else document.get("@odata.nextLink")
        if link is None:
            return found
        parts = urlsplit(link)
        path = f"{parts.path.removeprefix(ROOT)}?{parts.query}"
    raise AssertionError("the links do not end")


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "$orderby": st.sampled_from(("Total desc", "Status,Number desc", "Reference", "Buyer/Name desc")),
        "$top": st.integers(0, 14).map(str),
        "$skip": st.integers(0, 14).map(str),
        "$filter": st.sampled_from(("Total gt 5", "Status ne 'Open'", "Urgent")),
        "$expand": st.just("Items"),
    },
)


@given(st.sampled_from(("2.0", "4.0")), OPTIONS, st.integers(1, 15))
def test_pages_of_any_size_give_the_same_records(version: Version, options: dict[str, str], size: int) -> None:
    service = filled(version)
    path = f"Orders?{'&'.join(f'{name}={value}' for name, value in options.items())}"
    whole = body(service, path)
    assert pages(service, path, size) == (whole["d"]["results"] if service.schema.is_v2 else whole["value"])


def test_a_page_begins_after_the_last_record_although_others_are_gone() -> None:
    service = filled("4.0")
    link = urlsplit(body(service, "Orders?$select=Number", prefer="maxpagesize=5")["@odata.nextLink"])
    for number in ("O001", "O003"):
        service.records.remove("Orders", (number,))
    rest = body(service, f"Orders?{link.query}")["value"]
    assert [row["Number"] for row in rest] == [f"O{number:03}" for number in range(5, 12)]


def test_null_comes_first_in_an_order() -> None:
    rows = body(filled("4.0"), "Orders?$orderby=Reference,Number desc&$top=3&$select=Number")["value"]
    assert [row["Number"] for row in rows] == ["O009", "O004", "O007"]


def test_the_count_is_of_all_records_that_meet_the_filter() -> None:
    document = body(filled("4.0"), "Orders?$filter=Status eq 'Open'&$top=1&$count=true")
    assert (document["@odata.count"], len(document["value"])) == (4, 1)
    assert body(filled("2.0"), "Orders?$top=1&$inlinecount=allpages")["d"]["__count"] == "12"
    assert ask(filled("4.0"), "Customers('x')/Orders/$count".replace("'x'", customer_id(0))).body == b"6"


def test_what_is_expanded_has_options_of_its_own() -> None:
    options = "$select=Number;$expand=Items($orderby=Line desc;$top=1;$select=Line);$top=2;$skip=1;$count=true"
    customer = body(filled("4.0"), f"Customers({customer_id(0)})?$expand=Orders({options})")
    assert customer["Orders@odata.count"] == 6
    assert [(each["Number"], [item["Line"] for item in each["Items"]]) for each in customer["Orders"]] == [
        ("O002", [20]),
        ("O004", [10]),
    ]


def test_version_2_expands_and_selects_by_paths() -> None:
    path = f"Customers(guid'{customer_id(1)}')?$expand=Orders/Items&$select=Name,Orders/Number,Orders/Items/Line"
    customer = body(filled("2.0"), path)["d"]
    assert customer.keys() == {"__metadata", "Name", "Orders"}
    first = customer["Orders"]["results"][0]
    assert first.keys() - {"__metadata", "Items"} == {"Number"}
    assert [item["Line"] for item in first["Items"]["results"]] == [10]


def test_what_is_not_expanded_is_deferred_in_version_2() -> None:
    order = body(filled("2.0"), "Orders('O001')")["d"]
    assert order["Items"] == {"__deferred": {"uri": f"http://fake{ROOT}Orders('O001')/Items"}}
    assert order["__metadata"]["type"] == "Sample.Order"


@rows(
    ("path", "expected"),
    [
        ("Orders('O001')/Total", {"@odata.context": "http://fake/sales/$metadata#Orders('O001')/Total", "value": 2.5}),
        ("Orders('O001')/Buyer/Name/$value", "Bravo"),
        ("Orders('O001')/Items(OrderNumber='O001',Line=10)/Quantity", 1),
        ("Items(Line=10,OrderNumber='O001')/Order/Number/$value", "O001"),
        ("Orders('O001')/Urgent/$value", "false"),
        ("Orders('O001')/Items/$ref", "http://fake/sales/Items(OrderNumber='O001',Line=10)"),
        # By an alternate key.
        ("Orders(Reference='deal-5')/Number/$value", "O005"),
        (f"Orders(Placed=2026-01-03,Customer={customer_id(0)})/Number/$value", "O002"),
    ],
)
def test_a_path_leads_to_a_part_of_a_record(path: str, expected: Any) -> None:
    reply = ask(filled("4.0"), path)
    assert reply.status == 200
    if isinstance(expected, dict):
        assert json.loads(reply.body) == expected
    else:
        assert str(expected) in reply.body.decode()


@rows(
    ("path", "kind"),
    [
        ("Orders('nosuch')", "not_found"),
        ("Orders('O001')/Nosuch", "unknown_resource"),
        ("Orders('O001')/Items(OrderNumber='O002',Line=10)", "not_found"),
        ("Orders(5)", "bad_value"),
        ("Orders('a'", "bad_url"),
        ("Orders('a' eq 'b')", "bad_url"),
        ("Items(Line=10)", "bad_url"),
        ("Orders(Placed=2026-01-03)", "bad_url"),
        ("Orders(Reference='deal-1',Number='O001')", "bad_url"),
        ("Orders(Reference='deal-1')/Nosuch", "unknown_resource"),
        # Two records have it, which an alternate key forbids: none is guessed.
        ("Orders(Reference='deal-0')", "not_found"),
        ("Customers(x)", "bad_url"),
        ("Orders?$nosuch=1", "bad_option"),
        ("Orders?$top=-1", "bad_option"),
        ("Orders?$top=9999999999999", "bad_option"),
        ("Orders?$count=maybe", "bad_option"),
        ("Orders?$select=Nosuch", "bad_option"),
        ("Orders?$expand=Nosuch", "bad_option"),
        ("Orders?$expand=Items($nosuch=1)", "bad_option"),
        ("Orders?$skiptoken=nosuch", "bad_option"),
        ("Orders?$deltatoken=99999", "bad_option"),
        ("Items?$search=x", "bad_option"),
        ("/".join(["Orders('O001')"] * 20), "bad_url"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(path: str, kind: str) -> None:
    with pytest.raises(ODataError) as refused:
        ask(filled("4.0"), path)
    assert refused.value.kind == kind


def test_a_navigation_that_leads_nowhere_is_empty() -> None:
    service = filled("4.0")
    service.records.change("Orders", service.records["Orders"].records["O001",], Customer=None)
    assert ask(service, "Orders('O001')/Buyer").status == 204


def test_a_search_finds_all_words_in_what_is_searched() -> None:
    rows = body(filled("4.0"), "Orders?$search=DEAL 00&$select=Number")["value"]
    assert len(rows) == 8


def test_a_record_that_has_not_changed_is_not_sent_again() -> None:
    service = filled("4.0")
    etag = next(value for name, value in ask(service, "Orders('O001')").headers if name == b"etag").decode()
    assert ask(service, "Orders('O001')", if_none_match=etag).status == 304
    service.records.change("Orders", service.records["Orders"].records["O001",], Urgent=True)
    assert ask(service, "Orders('O001')", if_none_match=etag).status == 200


def test_numbers_are_texts_where_a_client_asks_for_it() -> None:
    accept = "application/json;IEEE754Compatible=true;odata.metadata=none"
    item = body(filled("4.0"), "Items(OrderNumber='O001',Line=10)", accept=accept)
    assert (item["Quantity"], item["Stock"]) == ("1", str(2**40))
    assert [name for name in item if "@" in name] == []


def test_full_metadata_has_the_addresses_of_records() -> None:
    order = body(filled("4.0"), "Orders('O001')", accept="application/json;odata.metadata=full")
    assert order["@odata.id"] == order["@odata.editLink"] == f"http://fake{ROOT}Orders('O001')"


def test_a_delta_link_gives_what_has_changed_since() -> None:
    service, path = filled("4.0"), "Orders?$filter=Total lt 20&$select=Number"
    first = body(service, path, prefer="odata.track-changes,maxpagesize=5")
    orders = service.records["Orders"].records
    # Between two pages counts as since.
    service.records.change("Orders", orders["O001",], Urgent=True)
    parts = urlsplit(first["@odata.nextLink"])
    second = body(service, f"Orders?{parts.query}")
    service.records.change("Orders", orders["O002",], Total=99)
    service.records.remove("Orders", ("O003",))
    parts = urlsplit(second["@odata.deltaLink"])
    changed = body(service, f"Orders?{parts.query}")
    assert changed["@odata.context"].endswith("#Orders/$delta")
    assert [row.get("Number") or (row["id"].rpartition("/")[2], row["reason"]) for row in changed["value"]] == [
        "O001",
        ("Orders('O002')", "changed"),
        ("Orders('O003')", "deleted"),
    ]
    parts = urlsplit(changed["@odata.deltaLink"])
    assert body(service, f"Orders?{parts.query}")["value"] == []


def test_a_vendor_shows_the_bare_keys_of_deleted_records() -> None:
    service = filled("4.0", bare_deleted_ids=True)
    first = body(service, "Orders", prefer='odata.include-annotations="a.B,c.D*",odata.track-changes')
    service.records.remove("Orders", ("O003",))
    (row,) = body(service, f"Orders?{urlsplit(first['@odata.deltaLink']).query}")["value"]
    assert (row["id"], row["reason"]) == ("O003", "deleted")


def test_an_index_finds_what_all_records_would() -> None:
    service = filled("4.0")
    assert service.records["Orders"].is_indexed(("Reference",))
    service.records.change("Orders", service.records["Orders"].records["O001",], Reference="deal-6")
    rows = body(service, "Orders?$filter=Reference eq 'deal-6' and Total ge 0&$select=Number")["value"]
    assert sorted(row["Number"] for row in rows) == ["O001", "O006"]


def test_an_or_on_distinct_fields_is_refused_where_a_vendor_does() -> None:
    service = filled("4.0", or_on_one_field=True)
    assert len(body(service, "Orders?$filter=Status eq 'Open' or Status eq 'Draft'")["value"]) == 8
    with pytest.raises(ODataError, match="'OR' operator is not supported on distinct fields"):
        ask(service, "Orders?$filter=Status eq 'Open' or Urgent eq true")


def test_a_filter_with_a_lambda_is_ignored_where_a_vendor_does() -> None:
    service = filled("4.0", lambdas=False)
    assert len(body(service, "Orders?$filter=Items/any(i:i/Line eq 99)")["value"]) == 12


# -- metadata ------------------------------------------------------------------------------------------


@rows("version", ["2.0", "4.0"])
def test_the_metadata_names_all_that_there_is(version: Version) -> None:
    schema = schema_of(version)
    root = ElementTree.fromstring(ask(filled(version), "$metadata").body)  # noqa: S314 - our own
    types = {each.get("Name"): each for each in root.iter() if each.tag.endswith("}EntityType")}
    for of in schema.sets.values():
        names = [each.get("Name") for each in types[of.type] if each.tag.endswith("Property")]
        assert names == [*of.properties, *of.navigations]
    sets = [each.get("Name") for each in root.iter() if each.tag.endswith("}EntitySet")]
    assert sets == [*schema.sets]


def test_the_metadata_of_version_4_is_json_where_a_client_accepts_only_that() -> None:
    document = body(filled("4.0"), "$metadata", accept="application/json")
    order = document["Sample"]["Order"]
    assert order["$Key"] == ["Number"]
    assert order["Items"] == {
        "$Kind": "NavigationProperty",
        "$Type": "Sample.Item",
        "$Collection": True,
        "$Partner": "Order",
        "$ContainsTarget": True,
    }
    assert document["Sample"]["Close"][0]["$IsBound"]


def test_the_service_document_names_the_entity_sets() -> None:
    assert [each["name"] for each in body(filled("4.0"), "")["value"]] == ["Orders", "Items", "Customers"]
    assert body(filled("2.0"), "")["d"] == {"EntitySets": ["Orders", "Items", "Customers"]}
