"""Every public method of the vendors' clients, called unmodified: docs/clients.md says what passes.

``make docs`` writes the page from ``client_calls/outcomes.json``. After a change of the fake or of a client, these
tests name the calls whose outcome is another one now.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from gameday_fakes.dataverse.manifest import dashed
from support.credentials import DATAVERSE, HUBSPOT, NETSUITE, S4HANA, SALESFORCE

CALLS = Path(__file__).with_name("client_calls")
JSFORCE = Path(__file__).parents[1] / "stacks" / "jsforce" / "node_modules" / "jsforce"
OUTCOMES: dict[str, dict[str, str]] = json.loads((CALLS / "outcomes.json").read_text())
#: Calls that ordinary syncs make, and what becomes of them.
ORDINARY: dict[str, dict[str, str]] = json.loads((CALLS / "ordinary.json").read_text())
REDIRECT = "http://localhost:1717/OauthRedirect"


@pytest.fixture
def given(fakes: Any) -> dict[str, Any]:
    """An organisation with an account, a won deal of one line, and more products than a page of rows holds."""
    settings = {"bulk_queue_s": 0, "bulk_chunk_s": 0, "change_events": ["Account"]}
    fakes.call("POST", "/salesforce/configure", settings).raise_for_status()
    products = [{"sku": f"SKU-{number}", "name": f"Product {number}", "prices": {"EUR": "1"}} for number in range(250)]
    accounts = [{"key": "A-1", "name": "Northwind", "currency": "EUR"}]
    account = fakes.operate("salesforce", "seed", accounts=accounts, products=products)["accounts"]["A-1"]
    lines = [{"sku": "SKU-1", "quantity": "2", "unit_price": "5", "amount": "10"}]
    value = {"name": "Deal", "account": "A-1", "currency": "EUR", "amount": "10", "close_date": "2024-03-31"}
    deal = fakes.operate("salesforce", "close_deal", "D-1", lines=lines, **value)["id"]
    client = {"clientId": SALESFORCE["client_id"], "clientSecret": SALESFORCE["client_secret"], "redirectUri": REDIRECT}
    login = {"username": SALESFORCE["username"], "password": SALESFORCE["password"] + SALESFORCE["security_token"]}
    return {
        "url": fakes.urls["salesforce"],
        "client": client,
        "login": login,
        "refresh": SALESFORCE["refresh_token"],
        "account": account,
        "deal": deal,
    }


def outcomes(*command: str, env: dict[str, str]) -> dict[str, str]:
    """What a program prints about its calls."""
    done = subprocess.run([*command], env=env, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def differing(found: dict[str, str], known: dict[str, str]) -> dict[str, tuple[str | None, str | None]]:
    """The calls with another outcome than the known one: (now, known)."""
    return {
        name: (found.get(name), known.get(name))
        for name in sorted({*found, *known})
        if found.get(name) != known.get(name)
    }


@pytest.mark.slow
@pytest.mark.needs("jsforce")
def test_each_method_of_jsforce_does_what_the_page_says(given: dict[str, Any], client_environment: Any) -> None:
    script = str(CALLS / "jsforce_calls.mjs")
    # It takes the fake's own URL, and a proxy for https also for http.
    env = {name: value for name, value in client_environment.items() if name != "HTTPS_PROXY"}
    found = outcomes("node", script, str(JSFORCE), json.dumps(given), env=env)
    assert differing(found, OUTCOMES["jsforce"]) == {}


@pytest.mark.slow
@pytest.mark.needs("jsforce")
def test_each_ordinary_call_of_jsforce_does_what_the_page_says(given: dict[str, Any], client_environment: Any) -> None:
    env = {name: value for name, value in client_environment.items() if name != "HTTPS_PROXY"}
    found = outcomes("node", str(CALLS / "jsforce_ordinary.mjs"), str(JSFORCE), json.dumps(given), env=env)
    assert differing(found, ORDINARY["jsforce"]) == {}


def test_of_the_ordinary_calls_95_in_100_pass_by_jsforce_and_90_by_netsuite_s_rest_and_suiteql() -> None:
    for client, most, least in (("jsforce", 120, 0.95), ("netsuite", 110, 0.9)):
        known = ORDINARY[client]
        assert len(known) >= most
        assert sum(outcome == "passes" for outcome in known.values()) >= least * len(known)


@pytest.mark.slow
def test_each_method_of_simple_salesforce_does_what_the_page_says(
    given: dict[str, Any], client_environment: Any
) -> None:
    script = str(CALLS / "simple_salesforce_calls.py")
    found = outcomes(sys.executable, script, json.dumps(given), env=client_environment)
    assert differing(found, OUTCOMES["simple-salesforce"]) == {}


def test_no_call_fails() -> None:
    others = {
        f"{client} {name}": outcome
        for client, known in OUTCOMES.items()
        for name, outcome in known.items()
        if outcome != "passes" and not outcome.startswith(("501: ", "refused: "))
    }
    assert others == {}


NETSUITE_REST = Path(__file__).with_name("node_clients") / "node_modules" / "netsuite-rest"
TAP = Path(__file__).with_name("tap_salesforce") / ".venv" / "bin" / "tap-salesforce"
SYNCED = ("Account", "Opportunity", "OpportunityLineItem")


@pytest.fixture
def erp(fakes: Any) -> dict[str, Any]:
    """An ERP with a customer and an item."""
    products = [{"sku": "SKU-1", "name": "Product", "prices": {"USD": "5"}}]
    accounts = [{"id": "A-1", "key": "A-1", "name": "Northwind", "currency": "USD"}]
    fakes.operate("netsuite", "seed", accounts=accounts, products=products)
    return {"url": fakes.urls["netsuite"], "credentials": dict(NETSUITE)}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Use 'content=", "ignore:use sign_hmac_sha256_with_client")
def test_each_method_of_netsuite_does_what_the_page_says(erp: dict[str, Any], client_environment: Any) -> None:
    from fakes.client_calls import netsuite_calls

    assert differing(netsuite_calls.outcomes(erp["credentials"]), OUTCOMES["netsuite"]) == {}


@pytest.mark.slow
@pytest.mark.needs("netsuite_rest")
def test_each_method_of_netsuite_rest_does_what_the_page_says(erp: dict[str, Any]) -> None:
    script = str(CALLS / "netsuite_rest_calls.mjs")
    found = outcomes("node", script, str(NETSUITE_REST), json.dumps(erp), env=dict(os.environ))
    assert differing(found, OUTCOMES["netsuite-rest"]) == {}


@pytest.mark.slow
@pytest.mark.needs("tap_salesforce")
def test_tap_salesforce_does_what_the_page_says(given: dict[str, Any], client_environment: Any, tmp_path: Path) -> None:
    found = {}
    for api in ("REST", "BULK"):
        tap = Tap(given, client_environment, tmp_path, api)
        catalog = tap.run("--discover")
        for stream in catalog["streams"] if isinstance(catalog, dict) else ():
            if stream["stream"] in SYNCED:
                chosen = {"selected": True, "replication-method": "INCREMENTAL", "replication-key": "SystemModstamp"}
                next(each for each in stream["metadata"] if not each["breadcrumb"])["metadata"].update(chosen)
        (tmp_path / "catalog.json").write_text(json.dumps(catalog))
        known = [stream["stream"] for stream in catalog["streams"]]
        found[f"{api}.discover"] = "passes" if set(SYNCED) <= set(known) else f"fails: {known}"
        first = tap.run("--properties", "catalog.json")
        records = Counter(line["stream"] for line in first if line["type"] == "RECORD")
        found[f"{api}.sync"] = "passes" if set(records) == set(SYNCED) else f"fails: {records}"
        state = [line["value"] for line in first if line["type"] == "STATE"][-1]
        (tmp_path / "state.json").write_text(json.dumps(state))
        again = tap.run("--properties", "catalog.json", "--state", "state.json")
        # It asks for what has changed since, up to and with the last one.
        later = Counter(line["stream"] for line in again if line["type"] == "RECORD")
        found[f"{api}.sync with state"] = "passes" if later["Opportunity"] == 1 else f"fails: {later}"
    assert differing(found, OUTCOMES["tap-salesforce"]) == {}


class Tap:
    """The command tap-salesforce with one of its ways to read."""

    def __init__(self, given: dict[str, Any], env: dict[str, str], folder: Path, api: str) -> None:
        self.env, self.folder = env, folder
        client = given["client"]
        config = {
            "client_id": client["clientId"],
            "client_secret": client["clientSecret"],
            "refresh_token": given["refresh"],
            "start_date": "2020-01-01T00:00:00Z",
            "api_type": api,
            "select_fields_by_default": True,
            "is_sandbox": "false",
        }
        (folder / "config.json").write_text(json.dumps(config))

    def run(self, *options: str) -> Any:
        """What it prints: the catalogue, or a list of messages."""
        command = [str(TAP), "--config", "config.json", *options]
        done = subprocess.run(
            command, cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=180, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        if "--discover" in options:
            return json.loads(done.stdout)
        return [json.loads(line) for line in done.stdout.splitlines()]


HUBSPOT_NODE = Path(__file__).with_name("node_clients") / "node_modules" / "@hubspot" / "api-client"
#: Objects without a unique property of their own, and the group of one.
_WITHOUT_UNIQUE = {"line_items": "lineiteminformation", "products": "productinformation"}


@pytest.fixture
def portal(fakes: Any) -> dict[str, Any]:
    """An account with a company, a won deal of one line, and a unique property of lines and products."""
    settings = {"index_lag_s": 0, "requests_per_ten_seconds": 100_000, "searches_per_second": 1_000}
    fakes.call("POST", "/hubspot/configure", settings).raise_for_status()
    products = [{"sku": "SKU-1", "name": "Product", "prices": {"EUR": "5"}}]
    accounts = [{"key": "A-1", "name": "Northwind", "currency": "EUR"}]
    company = fakes.operate("hubspot", "seed", accounts=accounts, products=products)["accounts"]["A-1"]
    lines = [{"sku": "SKU-1", "quantity": "2", "unit_price": "5", "amount": "10"}]
    value = {"account": "A-1", "currency": "EUR", "amount": "10", "close_date": "2024-03-31", "lines": lines}
    deal = fakes.operate("hubspot", "close_deal", "D-1", **value)["id"]
    url, credentials = fakes.urls["hubspot"], HUBSPOT
    headers = {"authorization": f"Bearer {credentials['access_token']}"}
    for object_, group in _WITHOUT_UNIQUE.items():
        body = {"name": "erp_id", "label": "ERP", "type": "string", "groupName": group, "hasUniqueValue": True}
        httpx.post(f"{url}/crm/v3/properties/{object_}", json=body, headers=headers).raise_for_status()
    return {"url": url, "credentials": credentials, "deal": deal, "company": company}


@pytest.mark.slow
def test_each_method_of_hubspot_api_client_does_what_the_page_says(portal: dict[str, Any]) -> None:
    script = str(CALLS / "hubspot_calls.py")
    found = outcomes(sys.executable, script, json.dumps(portal), env=dict(os.environ))
    assert differing(found, OUTCOMES["hubspot-api-client"]) == {}


@pytest.mark.slow
@pytest.mark.needs("hubspot_node")
def test_each_method_of_hubspots_node_client_does_what_the_page_says(portal: dict[str, Any]) -> None:
    script = str(CALLS / "hubspot_calls.mjs")
    found = outcomes("node", script, str(HUBSPOT_NODE), json.dumps(portal), env=dict(os.environ))
    assert differing(found, OUTCOMES["@hubspot/api-client"]) == {}


SAP_NODE = Path(__file__).with_name("node_clients") / "node_modules" / "@sap-cloud-sdk" / "odata-v2"


@pytest.fixture
def client_of_sap(fakes: Any) -> dict[str, Any]:
    """A client with a customer, a product, an order, and billing documents to cancel."""
    # By itself it would bill the order that a client deletes, sooner or later.
    fakes.call("POST", "/s4hana/configure", {"bill_after_s": None}).raise_for_status()
    products = [{"sku": "SKU-1", "name": "Product", "prices": {"USD": "5"}}]
    accounts = [{"id": "A-1", "key": "A-1", "name": "Northwind", "currency": "USD"}]
    fakes.operate("s4hana", "seed", accounts=accounts, products=products)
    lines = [{"sku": "SKU-1", "quantity": "2", "unit_price": "5", "amount": "10"}]
    invoices = []
    for number in range(40):
        order = fakes.operate("s4hana", "book_order", f"D-{number}", account="A-1", currency="USD", lines=lines)["id"]
        if number:
            invoices.append(fakes.operate("s4hana", "bill", order)["id"])
    area = {
        "salesOrganization": S4HANA["sales_organization"],
        "distributionChannel": S4HANA["distribution_channel"],
        "organizationDivision": S4HANA["division"],
    }
    order = {"order": "30000001", "deal": "D-0", "customer": "17100001", "invoices": invoices, "area": area}
    return {"url": fakes.urls["s4hana"], "user": S4HANA["user"], "password": S4HANA["password"], **order}


@pytest.mark.slow
def test_each_method_of_pyodata_does_what_the_page_says(client_of_sap: dict[str, Any]) -> None:
    script = str(CALLS / "pyodata_calls.py")
    found = outcomes(sys.executable, script, json.dumps(client_of_sap), env=dict(os.environ))
    assert differing(found, OUTCOMES["pyodata"]) == {}


@pytest.mark.slow
@pytest.mark.needs("sap_cloud_sdk")
def test_each_method_of_saps_client_does_what_the_page_says(client_of_sap: dict[str, Any]) -> None:
    script = str(CALLS / "sap_cloud_sdk_calls.mjs")
    found = outcomes("node", script, str(SAP_NODE), json.dumps(client_of_sap), env=dict(os.environ))
    assert differing(found, OUTCOMES["@sap-cloud-sdk/odata-v2"]) == {}


DYNAMICS_NODE = Path(__file__).with_name("node_clients") / "node_modules" / "dynamics-web-api"


@pytest.fixture
def environment(fakes: Any) -> dict[str, Any]:
    """An environment with an account, a product and a won deal, and a token of its application user."""
    products = [{"sku": "SKU-1", "name": "Product", "prices": {"USD": "5"}}]
    fakes.operate(
        "dataverse", "seed", accounts=[{"key": "A-1", "name": "Northwind", "currency": "USD"}], products=products
    )
    lines = [{"sku": "SKU-1", "quantity": "2", "unit_price": "5", "amount": "10"}]
    value = {"account": "A-1", "currency": "USD", "amount": "10", "close_date": "2024-03-31", "lines": lines}
    deal = dashed(fakes.operate("dataverse", "close_deal", "D-1", **value)["id"])
    url, own = fakes.urls["dataverse"], {name: DATAVERSE[name] for name in ("client_id", "client_secret", "scope")}
    form = {"grant_type": "client_credentials", **own}
    token = httpx.post(f"{url}/{DATAVERSE['tenant']}/oauth2/v2.0/token", data=form).json()["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    account = httpx.get(f"{url}/api/data/v9.2/accounts(accountnumber='A-1')", headers=headers).json()["accountid"]
    return {"url": url, "token": token, "deal": deal, "account": account}


@pytest.mark.slow
@pytest.mark.needs("dynamics_node")
def test_each_method_of_dynamics_web_api_does_what_the_page_says(environment: dict[str, Any]) -> None:
    script = str(CALLS / "dynamics_web_api_calls.mjs")
    found = outcomes("node", script, str(DYNAMICS_NODE), json.dumps(environment), env=dict(os.environ))
    assert differing(found, OUTCOMES["dynamics-web-api"]) == {}
