"""Recording from Dataverse: against the fake on real sockets, with the requests for the real one."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fakes.dataverse.conftest import Crm
from gameday.base.errors import GamedayError, RunError
from gameday.capture.capture import CaptureSettings, capture
from gameday.capture.raw_record import RawRecord
from gameday.contracts.odcs import load_contract
from gameday.model.contract import Field
from gameday.records.validator import Validator
from gameday.vendors.dataverse.source import DataverseSource
from gameday_fakes.dataverse.manifest import plain
from support.credentials import DATAVERSE

CONTRACT = load_contract("closed-won-to-sales-order.dataverse.oracle-fusion")
Fetch = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def fetch(crm: Crm) -> Fetch:
    """Fetches all records."""

    def call(environment: dict[str, str] | None = None, limit: int = 10_000, **more: Any) -> list[dict[str, Any]]:
        known = {"DATAVERSE_ACCESS_TOKEN": crm.token} if environment is None else environment
        fields = more.pop("fields", CONTRACT.crm_fields)
        source = DataverseSource(crm.url, fields, known, limit=limit, **more)
        return [one.record for one in source.read() if isinstance(one, RawRecord)]

    return call


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [plain(each["opportunities"]["opportunityid"]) for each in found]


def test_won_deals_come_with_what_the_contract_names_and_nothing_else(crm: Crm, fetch: Fetch) -> None:
    crm.close_deal("D-1")
    kept = crm.close_deal("D-2")
    crm.operate("void_deal", {}, "D-1")
    (found,) = fetch()
    deal = found["opportunities"]
    assert (ids([found]), deal["actualvalue"], deal["statecode"]) == ([kept], Decimal("20.33"), 1)
    assert (deal["customerid_account"], deal["transactioncurrencyid"]) == (
        {"accountnumber": "A-1"},
        {"isocurrencycode": "EUR"},
    )
    assert [(line["productid"], line["new_netamount"]) for line in found["opportunityproducts"]] == [
        ({"productnumber": "SKU-1"}, Decimal("19.98")),
        ({"productnumber": "SKU-2"}, Decimal("0.35")),
    ]
    named = {field.physical_name.split(".")[1] for field in CONTRACT.crm_fields}
    assert {*deal, *found["opportunityproducts"][0]} == named
    assert not Validator(CONTRACT.crm_fields).examine(json.dumps(found, default=float).encode()).problems


@pytest.mark.slow
def test_a_recording_of_them_keeps_the_sums_and_no_name(crm: Crm, tmp_path: Path) -> None:
    for number in range(5):
        crm.close_deal(f"D-{number}", name=f"Geheimvorhaben {number}")
    source = DataverseSource(crm.url, CONTRACT.crm_fields, {"DATAVERSE_ACCESS_TOKEN": crm.token}, limit=100)
    recording = capture(source, CONTRACT, tmp_path / "r", CaptureSettings(key=b"a key of the tests")).recording
    text = recording.records_path.read_text()
    records = [json.loads(line) for line in text.splitlines()]
    assert len(records) == 5
    for each in records:
        total = sum(line["new_netamount"] for line in each["opportunityproducts"])
        assert abs(each["opportunities"]["actualvalue"] - total) < 0.005
    assert not re.search("Geheim|19\\.98", text)


def test_all_pages_are_followed_up_to_the_limit(crm: Crm, fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gameday.vendors.dataverse.source.PAGE", 2)
    won = [crm.close_deal(f"D-{number}") for number in range(5)]
    assert sorted(ids(fetch())) == sorted(won)
    assert len(fetch(limit=3)) == 3


def test_no_token_is_sent_to_another_server_that_a_link_names(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    page = {"value": [], "@odata.nextLink": "http://127.0.0.1:9/api/data/v9.2/opportunities?$skiptoken=1"}
    monkeypatch.setattr("gameday.capture.vendor_api._decode", lambda _: page)
    with pytest.raises(RunError, match="links to another server, to which no token is sent"):
        DataverseSource(crm.url, CONTRACT.crm_fields, {"DATAVERSE_ACCESS_TOKEN": crm.token}, limit=9)


@pytest.mark.parametrize(("hours", "count"), [(-1, 1), (1, 0)])
def test_only_what_changed_since_is_fetched(hours: int, count: int, crm: Crm, fetch: Fetch) -> None:
    crm.close_deal("D-1")
    since = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=hours)
    assert len(fetch(since=since)) == count


def test_an_application_user_logs_in_where_the_environment_says(crm: Crm, fetch: Fetch) -> None:
    crm.close_deal("D-1")
    own = {f"DATAVERSE_{name.upper()}": DATAVERSE[name] for name in ("tenant", "client_id", "client_secret", "scope")}
    own |= {"DATAVERSE_LOGIN_URL": crm.url}
    assert len(fetch(own)) == 1
    with pytest.raises(RunError, match=r"refused the login with 4\d\d \(are DATAVERSE_TENANT") as refused:
        fetch(own | {"DATAVERSE_CLIENT_SECRET": "wrong-and-secret"})
    assert "wrong-and-secret" not in str(refused.value)
    with pytest.raises(GamedayError, match="DATAVERSE_LOGIN_URL is unencrypted to another machine"):
        fetch(own | {"DATAVERSE_LOGIN_URL": "http://login.example"})


def test_missing_and_refused_credentials_are_named_by_their_variables(fetch: Fetch) -> None:
    with pytest.raises(GamedayError, match=r"no credentials for Dataverse .*DATAVERSE_ACCESS_TOKEN"):
        fetch({})
    with pytest.raises(RunError, match=r"401 \(is the token in DATAVERSE_ACCESS_TOKEN") as refused:
        fetch({"DATAVERSE_ACCESS_TOKEN": "old-and-secret"})
    assert "old-and-secret" not in str(refused.value)


def test_a_missing_column_is_named_and_no_record_is_quoted(crm: Crm, fetch: Fetch) -> None:
    crm.close_deal("D-1")
    crm.inject("hide_field", object="opportunityproducts", field="priceperunit")
    with pytest.raises(RunError, match="400 0x80060888: no such column 'priceperunit'"):
        fetch()


@pytest.mark.parametrize(
    ("paths", "problem"),
    [
        (("opportunities.x,y",), "is not a Dataverse name"),
        (("leads.fullname",), "unknown table to record from 'leads'; known: opportunities, quotes, salesorders"),
        (("opportunities.name", "tasks.subject"), "unknown table of lines 'tasks'; known: opportunityproducts"),
    ],
)
def test_what_no_query_can_ask_for_is_refused(paths: tuple[str, ...], problem: str, fetch: Fetch) -> None:
    with pytest.raises(GamedayError, match=problem):
        fetch(fields=[Field(f"field.{place}", "string", False, path) for place, path in enumerate(paths)])
