"""Whatever a client sends is answered as Salesforce answers, and leaves the records consistent."""

from __future__ import annotations

import asyncio
import json
import string
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.http import Request
from gameday_fakes.salesforce.bulk_jobs import Job
from gameday_fakes.salesforce.csv_data import Format
from gameday_fakes.salesforce.fields import OBJECTS
from gameday_fakes.salesforce.handlers import Salesforce
from gameday_fakes.salesforce.routes import ROUTES
from support.thorough import examples

IDS = (
    "006Gd0000000001IAA",
    "001Gd0000000001IAA",
    "00kGd0000000001IAA",
    "01uGd0000000001IAA",
    "006Gd0000000001",
    "006Gd0000000009",
)
NAMES = st.sampled_from(
    sorted({field for thing in OBJECTS.values() for field in thing.fields} | set(OBJECTS) | {"attributes", "id"})
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(string.printable, max_size=8),
    st.sampled_from([*IDS, "EUR", "USD", "Closed Won", "2024-01-01", "2024-01-01T00:00:00Z", "@{a.id}", "1.5"]),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
)
RECORDS = st.dictionaries(NAMES, VALUES, max_size=6)
PARTS = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT"]),
        "url": st.sampled_from([f"/services/data/v60.0/sobjects/{thing}" for thing in OBJECTS])
        | st.sampled_from([f"/services/data/v60.0/sobjects/Opportunity/{id_}" for id_ in IDS]),
        "referenceId": st.just("a") | SCALARS,
        "body": RECORDS,
    }
)
TYPED = st.builds(
    lambda thing, record: {**record, "attributes": {"type": thing}}, st.sampled_from(sorted(OBJECTS)), RECORDS
)
BODIES = st.one_of(
    RECORDS,
    VALUES,
    st.fixed_dictionaries({"allOrNone": st.booleans(), "compositeRequest": st.lists(PARTS, max_size=4)}),
    st.fixed_dictionaries({"haltOnError": st.booleans(), "batchRequests": st.lists(PARTS, max_size=4)}),
    st.fixed_dictionaries({"allOrNone": st.booleans(), "records": st.lists(TYPED, max_size=4)}),
    st.fixed_dictionaries(
        {"graphs": st.lists(st.fixed_dictionaries({"compositeRequest": st.lists(PARTS, max_size=3)}), max_size=2)}
    ),
)
SEGMENTS = {
    "version": st.sampled_from(["v60.0", "v45.0", "v31.0", "v30.0", "v0", "x"]),
    "object": st.sampled_from([*OBJECTS, "account", "Nothing"]),
    "id": st.sampled_from(IDS) | st.text(max_size=18),
    "field": NAMES,
}


@st.composite
def requests(draw: Any) -> tuple[str, str, bytes]:
    route = draw(st.sampled_from(ROUTES))
    segments = [
        quote(str(draw(SEGMENTS.get(part[1:-1], SCALARS))), safe="") if part.startswith("{") else part
        for part in route.segments
    ]
    body = draw(BODIES.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=20))
    return route.method, "/" + "/".join(segments), body


def fake_with_a_deal() -> Salesforce:
    clock = Clock()
    fake = Salesforce(clock, EventLog(clock))
    fake.operate("seed", "", {"accounts": [{"key": "A"}], "products": [{"sku": "S", "prices": {"EUR": "2"}}]})
    lines = [{"sku": "S", "quantity": "2", "unit_price": "2", "amount": "4"}]
    deal = {"account": "A", "currency": "EUR", "close_date": "2024-01-01", "amount": "4", "lines": lines}
    assert fake.operate("close_deal", "D", deal)["id"] == IDS[0]
    return fake


@pytest.mark.slow
@given(st.lists(requests(), min_size=1, max_size=8), st.dictionaries(st.just("q"), st.text(max_size=30)))
@settings(max_examples=examples(100), deadline=None)
def test_every_request_is_answered_and_amounts_stay_the_sums_of_their_lines(
    sent: list[tuple[str, str, bytes]], query: dict[str, str]
) -> None:
    fake = fake_with_a_deal()
    token = fake.sessions.open(fake.seeded.organization_id).encode()
    headers = {b"authorization": b"Bearer " + token, b"x-sfdc-session": token, b"host": b"localhost"}
    for method, path, body in sent:
        query_string = "&".join(f"{name}={quote(value)}" for name, value in query.items()).encode()
        reply = asyncio.run(fake.respond(Request(method, path, query_string=query_string, headers=headers, body=body)))
        assert 200 <= reply.status < 600
        assert reply.status != 500 or "/Soap/" in path
    for deal in fake.store.tables["Opportunity"].values():
        lines = fake.store.matching("OpportunityLineItem", "OpportunityId", deal.id)
        if lines:
            assert deal.fields["Amount"] == sum((line.fields["TotalPrice"] for line in lines), Decimal(0))
    fake.ledger()


LINES = st.lists(st.sampled_from([*IDS, "", "#N/A", "1", "x", "true", "2024-01-01", "A", "Closed Won"]), max_size=4)


@pytest.mark.slow
@given(
    st.sampled_from(["insert", "update", "upsert", "delete"]),
    st.sampled_from(sorted(name for name, thing in OBJECTS.items() if thing.writable)),
    st.lists(NAMES | st.sampled_from(["Account.Name", "Account.ERP_Customer_Id__c", "Id", ""]), max_size=4),
    st.lists(LINES, max_size=4) | st.binary(max_size=30),
    st.booleans(),
)
@settings(max_examples=examples(200), deadline=None)
def test_every_upload_ends_and_each_of_its_records_has_an_outcome(
    operation: str, sobject: str, header: list[str], lines: list[list[str]] | bytes, as_json: bool
) -> None:
    fake = fake_with_a_deal()
    fake.configure({"bulk_queue_s": 0, "bulk_chunk_s": 0})
    if isinstance(lines, bytes):
        data = lines
    elif as_json:
        data = json.dumps([dict(zip(header, line, strict=False)) for line in lines]).encode()
    else:
        data = "\n".join(",".join(row) for row in [header, *lines]).encode()
    job = fake.jobs.add(
        Job(
            id="",
            kind="batch",
            operation=operation,
            object=sobject,
            version="v60.0",
            format=Format(),
            user_id=fake.seeded.integration_user_id,
            created="",
            modified="",
            state="UploadComplete",
            external_id="Id",
            json=as_json,
            uploads=[data],
        )
    )
    asyncio.run(fake.load(job))
    assert job.state in ("JobComplete", "Failed")
    assert "InternalServerError" not in job.error
    assert job.state == "Failed" or len(job.outcomes) == len(job.rows)
    fake.ledger()
