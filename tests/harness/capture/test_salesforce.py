"""Recording from Salesforce: against the fake on real sockets, with the requests for the real one."""

from __future__ import annotations

import asyncio
import datetime
import json
import queue
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from gameday.base.errors import GamedayError, RunError
from gameday.capture.capture import CaptureSettings, capture
from gameday.capture.raw_record import RawRecord
from gameday.model.contract import Contract, Field
from gameday.vendors.salesforce.source import SalesforceSource
from gameday_fakes.serve import serving
from gameday_fakes.serve_options import ServeOptions
from support.control import ControlToken
from support.credentials import SALESFORCE

ENVIRONMENT = {
    "SALESFORCE_CLIENT_ID": SALESFORCE["client_id"],
    "SALESFORCE_CLIENT_SECRET": SALESFORCE["client_secret"],
}
CATALOG = {
    "accounts": [{"key": "A-1", "name": "Zwölfkammer Quantenfabrik", "currency": "EUR"}],
    "products": [{"sku": "SKU-1", "name": "Anvil", "prices": {"EUR": "4831.29"}}],
}


class Crm:
    """The fake and its control plane."""

    def __init__(self, url: str, control: str, client: httpx.Client) -> None:
        self.url = url
        self._control = control
        self._client = client

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return self._client.request(method, f"{self._control}{path}", json=body).raise_for_status()

    def operate(self, f: str, key: str = "", **value: Any) -> Any:
        return self.call("POST", "/salesforce/operations", {"f": f, "key": key, "value": value}).json()

    def close_deal(self, key: str, quantity: int = 2) -> str:
        total = f"{quantity * 4831.29:.2f}"
        lines = [{"sku": "SKU-1", "quantity": str(quantity), "unit_price": "4831.29", "amount": total}]
        deal: str = self.operate(
            "close_deal",
            key,
            name=f"Geheimvorhaben {key}",
            account="A-1",
            currency="EUR",
            amount=total,
            close_date="2024-03-31",
            lines=lines,
        )["id"]
        return deal


@pytest.fixture(scope="module")
def _serving() -> Iterator[Crm]:
    """The fake on another event loop."""
    ready: queue.Queue[tuple[str, str, str]] = queue.Queue()
    loop, end = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with serving(ServeOptions(fakes=("salesforce",))) as (environment, control):
            ready.put((environment.urls["salesforce"], control, environment.token))
            await end.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    url, control, token = ready.get(timeout=30)
    with httpx.Client(auth=ControlToken(control, token), trust_env=False, timeout=30) as client:
        yield Crm(url, control, client)
    loop.call_soon_threadsafe(end.set)
    thread.join(timeout=30)
    loop.close()


@pytest.fixture
def crm(_serving: Crm) -> Crm:
    """The fake after a reset, with a catalogue."""
    _serving.call("POST", "/reset", {"pace": 60, "seed": 7})
    _serving.operate("seed", **CATALOG)
    return _serving


@pytest.fixture
def fetch(crm: Crm, contract: Contract) -> Callable[..., list[RawRecord]]:
    """Fetches all records."""

    def call(environment: dict[str, str] = ENVIRONMENT, limit: int = 10_000, **more: Any) -> list[RawRecord]:
        source = SalesforceSource(crm.url, contract.crm_fields, environment, limit=limit, **more)
        return [one for one in source.read() if isinstance(one, RawRecord)]

    return call


def ids(found: list[RawRecord]) -> set[str]:
    return {raw.record["Opportunity"]["Id"] for raw in found}


def test_won_deals_come_with_their_lines(crm: Crm, fetch: Any) -> None:
    deal = crm.close_deal("D-1")
    (found,) = fetch()
    assert found.record["Opportunity"]["Id"] == deal
    assert [line["PricebookEntry"]["ProductCode"] for line in found.record["OpportunityLineItem"]] == ["SKU-1"]


def test_a_recording_of_them_keeps_the_sums_and_no_name(crm: Crm, contract: Contract, tmp_path: Path) -> None:
    for number in range(5):
        crm.close_deal(f"D-{number}", number + 1)
    source = SalesforceSource(crm.url, contract.crm_fields, ENVIRONMENT, limit=100)
    recording = capture(source, contract, tmp_path / "r", CaptureSettings(key=b"a key of the tests")).recording
    text = recording.records_path.read_text()
    records = [json.loads(line) for line in text.splitlines()]
    assert len(records) == 5
    assert all(
        abs(one["Opportunity"]["Amount"] - sum(line["TotalPrice"] for line in one["OpportunityLineItem"])) < 0.005
        for one in records
    )
    assert not re.search("Geheim|4831", text)


def test_deals_that_are_no_longer_won_are_not_queried(crm: Crm, fetch: Any) -> None:
    crm.close_deal("D-1")
    kept = crm.close_deal("D-2")
    crm.operate("void_deal", "D-1")
    assert ids(fetch()) == {kept}


@pytest.mark.slow
def test_all_pages_are_followed(crm: Crm, fetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # The fewest rows on a page that Salesforce lets a client ask for.
    monkeypatch.setattr("gameday_fakes.salesforce.query_handlers.PAGE", 200)
    deals = {crm.close_deal(f"D-{number}", 1) for number in range(450)}
    found = fetch()
    assert ids(found) == deals
    assert all(len(raw.record["OpportunityLineItem"]) == 1 for raw in found)


def test_no_more_than_the_limit_are_fetched(crm: Crm, fetch: Any) -> None:
    for number in range(5):
        crm.close_deal(f"D-{number}")
    assert len(fetch(limit=2)) == 2


@pytest.mark.parametrize(("hours", "count"), [(-1, 1), (1, 0)])
def test_only_what_changed_since_is_fetched(hours: int, count: int, crm: Crm, fetch: Any) -> None:
    crm.close_deal("D-1")
    since = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=hours)
    assert len(fetch(since=since)) == count


def test_an_access_token_makes_the_login_unnecessary(crm: Crm, fetch: Any) -> None:
    crm.close_deal("D-1")
    form = {
        "grant_type": "client_credentials",
        "client_id": SALESFORCE["client_id"],
        "client_secret": SALESFORCE["client_secret"],
    }
    reply = httpx.post(f"{crm.url}/services/oauth2/token", data=form, trust_env=False)
    assert len(fetch({"SALESFORCE_ACCESS_TOKEN": reply.json()["access_token"]})) == 1


def test_missing_credentials_are_named_by_their_variables(fetch: Any) -> None:
    with pytest.raises(GamedayError, match=r"no credentials for Salesforce .*SALESFORCE_CLIENT_ID"):
        fetch({})


def test_a_refused_token_is_named_by_its_variable(fetch: Any) -> None:
    with pytest.raises(RunError, match=r"401 INVALID_SESSION_ID \(is the token in SALESFORCE_ACCESS_TOKEN") as refused:
        fetch({"SALESFORCE_ACCESS_TOKEN": "old-and-secret"})
    assert "old-and-secret" not in str(refused.value)


def test_a_refused_login_is_reported_without_the_secret(fetch: Any) -> None:
    with pytest.raises(RunError, match=r"refused the login with 4\d\d \(are SALESFORCE_CLIENT_ID") as refused:
        fetch(ENVIRONMENT | {"SALESFORCE_CLIENT_SECRET": "wrong-and-secret"})
    assert "wrong-and-secret" not in str(refused.value)


def test_a_missing_field_is_named_and_no_record_is_quoted(crm: Crm, fetch: Any) -> None:
    deal = crm.close_deal("D-1")
    fault = {"kind": "hide_field", "object": "OpportunityLineItem", "field": "TotalPrice"}
    crm.call("PUT", "/salesforce/faults/f1", fault)
    with pytest.raises(RunError, match="400 INVALID_FIELD: no such column 'TotalPrice'") as refused:
        fetch()
    assert deal[:15] not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://example.my.salesforce.com", "is unencrypted to another machine"),
        ("http://192.0.2.1:80", "is unencrypted to another machine"),
        ("https://user:secret@example.my.salesforce.com", "contains a user or a password"),
        ("ftp://127.0.0.1", "is not a URL"),
        ("127.0.0.1", "is not a URL"),
        ("http://[::1", "is not a URL"),
    ],
)
def test_records_are_never_fetched_unencrypted(url: str, problem: str, contract: Contract) -> None:
    with pytest.raises(GamedayError, match=problem) as refused:
        SalesforceSource(url, contract.crm_fields, ENVIRONMENT, limit=1)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("path", ["Opportunity.Name FROM Account --", "Opportunity.Größe"])
def test_a_name_that_soql_does_not_allow_is_refused(path: str, crm: Crm) -> None:
    fields = [Field("deal.id", "string", True, "Opportunity.Id"), Field("deal.name", "string", False, path)]
    with pytest.raises(GamedayError, match="is not a Salesforce name"):
        SalesforceSource(crm.url, fields, ENVIRONMENT, limit=1)


def test_an_answer_that_is_not_json_is_reported_without_quoting_it(contract: Contract) -> None:
    class Odd(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>Geheimvorhaben</html>")

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Odd) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        try:
            with pytest.raises(RunError, match="something other than JSON") as refused:
                SalesforceSource(url, contract.crm_fields, {"SALESFORCE_ACCESS_TOKEN": "t"}, limit=1)
        finally:
            server.shutdown()
    assert "Geheim" not in str(refused.value)
