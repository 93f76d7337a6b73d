"""What leads a stack to its tenants after the run: the same guard, no faults, over TLS too."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from fakes.sandbox.conftest import CRM, ENVIRONMENT, ERP, Staging, be_production
from gameday.base.ports import free_port
from gameday_fakes.lasting_authority import lasting_folder
from gameday_fakes.protocols.oauth1 import Signer
from gameday_fakes.registry import fake_kinds
from gameday_fakes.sandbox.passing_on import passing_on
from gameday_fakes.sandbox.settings import PassThrough, TakenAt, TenantSettings
from support.control import NO_AUTHORITY
from support.credentials import NETSUITE, SALESFORCE

Go = Callable[[Any], Any]
LIMITS = "/services/data/v60.0/limits"
ORDERS = "/services/rest/record/v1/salesOrder"


def way(staging: Staging, *, allow: str = "", tls: bool = False) -> PassThrough:
    """Both tenants at free ports, over TLS behind a CONNECT listener."""
    tenants = {
        "salesforce": TenantSettings(CRM, (allow or staging.organisation,)),
        "netsuite": TenantSettings(ERP, ("1234567_SB1",)),
    }
    listeners = tuple(TakenAt(vendor, "127.0.0.1", 0 if tls else free_port(), tls) for vendor in tenants)
    return PassThrough(tenants, listeners, TakenAt("", "127.0.0.1", free_port()) if tls else None)


async def asked(at: TakenAt, method: str, target: str, **more: Any) -> httpx.Response:
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{at.port}", verify=NO_AUTHORITY, trust_env=False
    ) as client:
        return await client.request(method, target, **more)


async def token(at: TakenAt) -> str:
    form = {"grant_type": "client_credentials", **{name: SALESFORCE[name] for name in ("client_id", "client_secret")}}
    reply = await asked(at, "POST", "/services/oauth2/token", data=form)
    return str(reply.json()["access_token"])


def test_requests_reach_the_tenants_as_in_a_run(staging: Staging, go: Go) -> None:
    taken = way(staging)

    async def day() -> None:
        async with passing_on(fake_kinds(), taken, ENVIRONMENT):
            crm, erp = taken.listeners
            login = await asked(crm, "POST", "/services/oauth2/token", data={"grant_type": "nonsense"})
            assert login.status_code == 400
            limits = await asked(crm, "GET", LIMITS, headers={"authorization": f"Bearer {await token(crm)}"})
            assert limits.json()["DailyApiRequests"]["Max"] > 0
            url = f"http://127.0.0.1:{erp.port}{ORDERS}"
            orders = await asked(erp, "GET", ORDERS, headers={"authorization": Signer(NETSUITE).header("GET", url)})
            assert orders.status_code == 200
            assert all(link["href"].startswith(url) for link in orders.json()["links"])

    go(day())


def test_a_tenant_that_has_not_proved_itself_gets_no_request(staging: Staging, go: Go) -> None:
    taken = way(staging, allow="00D7Q000000abcdUAA")

    async def day() -> None:
        async with passing_on(fake_kinds(), taken, ENVIRONMENT):
            for _ in range(2):
                with pytest.raises(httpx.HTTPError):
                    await asked(taken.listeners[0], "DELETE", "/services/data/v60.0/sobjects/Account/1")

    go(day())
    assert staging.writes() == []


def test_a_tenant_that_becomes_production_gets_no_request_on_a_new_connection(staging: Staging, go: Go) -> None:
    taken = way(staging)
    given = staging.open_at

    async def ending(*at: Any) -> Any:
        """A connection that serves the proof and one call."""
        connection = await given(*at)
        call, left = connection.call, [3]

        async def counted(*args: Any) -> Any:
            answer = await call(*args)
            left[0] -= 1
            connection.usable = left[0] > 0
            return answer

        connection.call = counted  # type: ignore[method-assign]
        return connection

    staging.open_at = ending  # type: ignore[method-assign]

    async def day() -> None:
        async with passing_on(fake_kinds(), taken, ENVIRONMENT):
            assert (await asked(taken.listeners[0], "GET", "/services/data")).status_code == 200
            be_production(staging)
            for _ in range(3):
                with contextlib.suppress(httpx.HTTPError):
                    await asked(taken.listeners[0], "DELETE", "/services/data/v60.0/sobjects/Account/1")

    go(day())
    assert staging.writes() == []


def test_a_proof_counts_for_a_time_only(staging: Staging, go: Go, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{passing_on.__module__}.PROVED_FOR_S", 0.01)
    taken = way(staging)

    async def day() -> None:
        async with passing_on(fake_kinds(), taken, ENVIRONMENT):
            assert (await asked(taken.listeners[0], "GET", "/services/data")).status_code == 200
            be_production(staging)
            # The connection is the same: what counts is how old the proof is.
            while True:
                try:
                    await asked(taken.listeners[0], "GET", "/services/data")
                except httpx.HTTPError:
                    return

    go(day())
    assert {method for _, method, target in staging.calls if "oauth2" not in target} == {"GET"}


def test_a_request_for_another_host_of_the_vendor_goes_nowhere(staging: Staging, go: Go) -> None:
    taken = way(staging)

    async def day() -> None:
        async with passing_on(fake_kinds(), taken, ENVIRONMENT):
            reply = await asked(taken.listeners[0], "GET", LIMITS, headers={"host": "acme.my.salesforce.com"})
            assert reply.status_code == 501

    go(day())
    assert staging.calls == []


def test_over_tls_the_users_lasting_authority_vouches_for_the_vendors_names(
    staging: Staging, go: Go, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    taken = way(staging, tls=True)
    assert taken.connect is not None
    assert taken.addresses == (("127.0.0.1", taken.connect.port),)

    async def day() -> None:
        async with passing_on(fake_kinds(), taken, ENVIRONMENT):
            trusted = ssl.create_default_context(cafile=str(lasting_folder() / "ca.pem"))
            proxy = f"http://127.0.0.1:{taken.connect.port}"  # type: ignore[union-attr]
            async with httpx.AsyncClient(proxy=proxy, verify=trusted, trust_env=False) as client:
                assert (await client.get(f"https://{CRM}/services/data")).status_code == 200
                with pytest.raises(httpx.ProxyError):
                    await client.get("https://example.com/")

    go(day())


def test_without_credentials_nothing_listens(staging: Staging, go: Go) -> None:
    taken = way(staging)

    async def day() -> None:
        async with passing_on(fake_kinds(), taken, {}):
            raise AssertionError

    with pytest.raises(ValueError, match="the environment lacks GAMEDAY_SALESFORCE_CLIENT_ID"):
        go(day())
