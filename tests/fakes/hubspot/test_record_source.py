"""Recording from HubSpot: against the fake on real sockets, with the requests for the real one."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fakes.hubspot.conftest import Crm
from gameday.base.errors import GamedayError, RunError
from gameday.capture.capture import CaptureSettings, capture
from gameday.capture.raw_record import RawRecord
from gameday.contracts.odcs import load_contract
from gameday.model.contract import Field
from gameday.records.validator import Validator
from gameday.vendors.hubspot.source import HubSpotSource

CONTRACT = load_contract("closed-won-to-sales-order.hubspot.business-central")
Fetch = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def fetch(crm: Crm) -> Fetch:
    """Fetches all records."""

    def call(environment: dict[str, str] | None = None, limit: int = 10_000, **more: Any) -> list[dict[str, Any]]:
        known = {"HUBSPOT_ACCESS_TOKEN": crm.credentials["access_token"]} if environment is None else environment
        fields = more.pop("fields", CONTRACT.crm_fields)
        source = HubSpotSource(crm.url, fields, known, limit=limit, **more)
        return [one.record for one in source.read() if isinstance(one, RawRecord)]

    return call


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [each["deals"]["hs_object_id"] for each in found]


def test_won_deals_come_with_lines_and_company_in_the_types_of_the_contract(crm: Crm, fetch: Fetch) -> None:
    crm.deal()
    voided = crm.close_deal("D-1")
    kept = crm.close_deal("D-2")
    crm.operate("void_deal", "D-1")
    (found,) = fetch()
    assert found["deals"]["hs_object_id"] == kept != voided
    assert (
        found["deals"]["company"]
        == crm.read("deals", kept, associations="companies")["associations"]["companies"]["results"][0]["id"]
    )
    assert (found["deals"]["amount"], found["deals"]["hs_is_closed_won"]) == (Decimal("20.33"), True)
    assert [(line["hs_sku"], line["amount"]) for line in found["line_items"]] == [
        ("SKU-1", Decimal("19.98")),
        ("SKU-2", Decimal("0.35")),
    ]
    assert {line["deal"] for line in found["line_items"]} == {kept}
    examined = Validator(CONTRACT.crm_fields).examine(json.dumps(found, default=float).encode())
    assert not examined.problems


@pytest.mark.slow
def test_a_recording_of_them_keeps_the_sums_and_no_name(crm: Crm, tmp_path: Path) -> None:
    for number in range(5):
        crm.close_deal(f"D-{number}", name=f"Geheimvorhaben {number}")
    environment = {"HUBSPOT_ACCESS_TOKEN": crm.credentials["access_token"]}
    source = HubSpotSource(crm.url, CONTRACT.crm_fields, environment, limit=100)
    recording = capture(source, CONTRACT, tmp_path / "r", CaptureSettings(key=b"a key of the tests")).recording
    text = recording.records_path.read_text()
    records = [json.loads(line) for line in text.splitlines()]
    assert len(records) == 5
    for each in records:
        assert abs(each["deals"]["amount"] - sum(line["amount"] for line in each["line_items"])) < 0.005
    assert not re.search("Geheim|19\\.98", text)


def test_all_deals_are_found_though_a_search_shows_few(crm: Crm, fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("gameday.vendors.hubspot.newest.MOST_FOUND", "gameday_fakes.hubspot.search.MOST_RESULTS"):
        monkeypatch.setattr(module, 4)
    monkeypatch.setattr("gameday.vendors.hubspot.newest.PAGE", 2)
    won = [crm.close_deal(f"D-{number}") for number in range(11)]
    assert sorted(ids(fetch())) == sorted(won)
    assert len(ids(fetch(limit=7))) == len(set(ids(fetch(limit=7)))) == 7


def test_all_deals_of_one_moment_are_found_by_their_ids(
    fetch: Fetch, monkeypatch: pytest.MonkeyPatch, crm: Crm
) -> None:
    for module in ("gameday.vendors.hubspot.newest.MOST_FOUND", "gameday_fakes.hubspot.search.MOST_RESULTS"):
        monkeypatch.setattr(module, 4)
    monkeypatch.setattr("gameday.vendors.hubspot.newest.PAGE", 2)
    won = [crm.close_deal(f"D-{number}") for number in range(9)]
    # All of them were closed on the same day.
    assert sorted(ids(fetch(ordering="deals.closedate"))) == sorted(won)


@pytest.mark.parametrize(("hours", "count"), [(-1, 1), (1, 0)])
def test_only_what_changed_since_is_fetched(hours: int, count: int, crm: Crm, fetch: Fetch) -> None:
    crm.close_deal("D-1")
    since = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=hours)
    assert len(fetch(since=since)) == count


def test_a_refused_search_is_made_again_after_a_wait(crm: Crm, fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.close_deal("D-1")
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        crm.configure(searches_per_second=1_000_000).raise_for_status()

    monkeypatch.setattr("gameday.capture.vendor_api.sleep", wait)
    crm.configure(searches_per_second=0).raise_for_status()
    assert len(fetch()) == 1
    assert waits == [1.0]
    monkeypatch.setattr("gameday.capture.vendor_api.sleep", waits.append)
    crm.configure(searches_per_second=0).raise_for_status()
    with pytest.raises(RunError, match="HubSpot refused a query with 429 RATE_LIMITS"):
        fetch()
    assert waits == [1.0, 1.0, 2.0, 4.0, 8.0, 16.0]


def test_a_public_app_logs_in_by_its_refresh_token(crm: Crm, fetch: Fetch) -> None:
    crm.close_deal("D-1")
    own = {f"HUBSPOT_{name.upper()}": crm.credentials[name] for name in ("client_id", "client_secret", "refresh_token")}
    assert len(fetch(own)) == 1
    with pytest.raises(RunError, match=r"refused the login with 4\d\d \(are HUBSPOT_CLIENT_ID") as refused:
        fetch(own | {"HUBSPOT_CLIENT_SECRET": "wrong-and-secret"})
    assert "wrong-and-secret" not in str(refused.value)


def test_missing_and_refused_credentials_are_named_by_their_variables(fetch: Fetch) -> None:
    with pytest.raises(GamedayError, match=r"no credentials for HubSpot .*HUBSPOT_ACCESS_TOKEN"):
        fetch({})
    with pytest.raises(RunError, match=r"401 INVALID_AUTHENTICATION \(is the token in HUBSPOT_ACCESS_TOKEN") as refused:
        fetch({"HUBSPOT_ACCESS_TOKEN": "old-and-secret"})
    assert "old-and-secret" not in str(refused.value)


@pytest.mark.parametrize(("object_", "field"), [("deals", "deal_currency_code"), ("line_items", "price")])
def test_a_missing_property_is_named_and_no_record_is_quoted(object_: str, field: str, crm: Crm, fetch: Fetch) -> None:
    crm.close_deal("D-1")
    crm.inject("hide_field", object=object_, field=field)
    with pytest.raises(RunError, match=f"HubSpot has no property '{field}' of {object_}"):
        fetch()


def test_a_name_that_is_no_property_s_is_refused(fetch: Fetch) -> None:
    fields = [Field("deal.id", "string", True, "deals.hs_object_id"), Field("deal.x", "string", False, "deals.../x")]
    with pytest.raises(GamedayError, match="is not a HubSpot name"):
        fetch(fields=fields)
