"""What gateways of version 2 do beside the standard: ETags that are times, sessions, annotations, padded numbers."""

from __future__ import annotations

import datetime
import json
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from fakes.odata.sample import SampleService, ask, filled, schema_of
from gameday_fakes.http import Reply
from gameday_fakes.odata import multipart
from gameday_fakes.odata.csrf import CsrfTokens
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.metadata import csdl_xml
from gameday_fakes.odata.model import EntitySet, Property, Schema
from gameday_fakes.odata.multipart import Part
from gameday_fakes.odata.values import read
from support.rows import rows

SAP = "{http://www.sap.com/Protocols/SAPData}"


def changed_sets(schema: Schema, **changed: dict[str, Any]) -> Schema:
    """A schema with other attributes of some entity sets."""
    sets = {name: msgspec.structs.replace(of, **changed.get(name, {})) for name, of in schema.sets.items()}
    return msgspec.structs.replace(schema, sets=sets)


@pytest.fixture
def service() -> SampleService:
    """Orders whose ETag is the time of their last change, and items without one."""
    found = filled("2.0", needs_if_match=True)
    found.schema = changed_sets(found.schema, Orders={"etag": "Changed"}, Items={"etag": None})
    return found


def test_an_etag_is_the_time_of_the_last_change(service: SampleService) -> None:
    reply = ask(service, "Orders('O001')")
    etag = "W/\"datetimeoffset'2026-01-01T01%3A30%3A00.0000000Z'\""
    assert dict(reply.headers)[b"etag"].decode() == etag
    assert json.loads(reply.body)["d"]["__metadata"]["etag"] == etag
    assert ask(service, "Orders('O001')", if_none_match=etag).status == 304
    later = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
    service.records.change("Orders", service.records["Orders"].records["O001",], Changed=later)
    with pytest.raises(ODataError) as refused:
        ask(service, "Orders('O001')", "PATCH", {"Reference": "x"}, if_match=etag)
    assert refused.value.kind == "precondition_failed"


def test_records_without_an_etag_need_none(service: SampleService) -> None:
    path = "Items(OrderNumber='O001',Line=10)"
    assert b"etag" not in dict(ask(service, path).headers)
    assert "etag" not in json.loads(ask(service, path).body)["d"]["__metadata"]
    assert ask(service, path, "PATCH", {"Quantity": "3"}).status == 204
    with pytest.raises(ODataError) as refused:
        ask(service, "Orders('O001')", "PATCH", {"Reference": "x"})
    assert refused.value.kind == "precondition_required"


def test_the_metadata_says_what_cannot_be_written() -> None:
    document = ElementTree.fromstring(csdl_xml(schema_of("2.0")))  # noqa: S314 - our own
    found = {each.get("Name"): each for each in document.iter() if each.get("Name")}
    assert (found["Computed"].get(f"{SAP}creatable"), found["Computed"].get(f"{SAP}updatable")) == ("false", "false")
    assert found["Reference"].get(f"{SAP}creatable") is None
    assert found["Customers"].get(f"{SAP}deletable") == "false"
    assert b"SAPData" not in csdl_xml(schema_of("4.0"))


@rows(("given", "kept"), [("0000004711", "4711"), ("000", "0"), ("A01", "A01"), ("", "")])
def test_leading_zeros_are_taken_off_numbers(given: str, kept: str) -> None:
    of = Property("Number", length=10, unpadded=True)
    schema = Schema("2.0", "S", "C", {"O": EntitySet("O", "O", ("Number",), {"Number": of})})
    assert read(given, of, schema) == kept


def test_links_that_were_read_can_be_sent_back(service: SampleService) -> None:
    read = json.loads(ask(service, "Orders('O002')").body)["d"]
    etag = read.pop("__metadata")["etag"]
    body = {**read, "Reference": "x", "Buyer": {"__deferred": {"uri": "x"}}, "Items": []}
    del body["Number"], body["Computed"]
    assert ask(service, "Orders('O002')", "PUT", body, if_match=etag).status == 204
    with pytest.raises(ODataError) as refused:
        ask(service, "Orders('O002')", "PATCH", {"Items": [{"Line": 30}]}, if_match="*")
    assert refused.value.kind == "not_implemented"


def test_no_delimiter_of_a_batch_begins_with_another_one() -> None:
    """RFC 2046, section 5.1.1: clients look for how a line begins."""
    part = Part("GET", "Orders", {}, b"", "1", "changes")
    lines = multipart.write([(part, Reply(204), False)], "outer").split(b"\r\n")
    assert {line for line in lines if line.startswith(b"--outer")} == {b"--outer", b"--outer--"}


def test_a_session_ends_when_it_is_not_used() -> None:
    now = [0.0]
    tokens = CsrfTokens(lambda: now[0], lambda: 30.0)
    session, token = tokens.fetch("")
    for now[0] in (20.0, 40.0):
        assert tokens.accepts(session, token)
    now[0] = 69.0
    assert tokens.fetch(session) == (session, token)
    now[0] = 99.0
    assert not tokens.accepts(session, token)
    assert tokens.fetch(session) != (session, token)
