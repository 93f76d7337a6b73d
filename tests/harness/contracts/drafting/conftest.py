"""The fake CRM and ERP on real sockets, with a token for each."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple

import httpx
import jwt
import pytest

from gameday_fakes.netsuite.oauth2 import ASSERTION_TYPE, CERTIFICATE_ID, private_key_pem
from gameday_fakes.serve import serving
from gameday_fakes.serve_options import ServeOptions
from support.credentials import NETSUITE, SALESFORCE

TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"


class Vendor(NamedTuple):
    """Where a fake is, and what opens it."""

    url: str
    token: str


@pytest.fixture(scope="session")
def _urls() -> Iterator[dict[str, str]]:
    ready: queue.Queue[dict[str, str]] = queue.Queue()
    loop = asyncio.new_event_loop()
    end = asyncio.Event()

    async def serve() -> None:
        async with serving(ServeOptions(fakes=("salesforce", "netsuite"))) as (environment, _):
            ready.put(environment.urls)
            await end.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    yield ready.get(timeout=30)
    loop.call_soon_threadsafe(end.set)
    thread.join(timeout=30)
    loop.close()


@pytest.fixture(scope="session")
def salesforce(_urls: dict[str, str]) -> Vendor:
    """The CRM."""
    url = _urls["salesforce"]
    form = {"grant_type": "client_credentials", **{name: SALESFORCE[name] for name in ("client_id", "client_secret")}}
    reply = httpx.post(f"{url}/services/oauth2/token", data=form, trust_env=False).raise_for_status()
    return Vendor(url, reply.json()["access_token"])


@pytest.fixture(scope="session")
def netsuite(_urls: dict[str, str]) -> Vendor:
    """The ERP."""
    url = _urls["netsuite"]
    now_s = int(time.time())
    claims = {
        "iss": NETSUITE["consumer_key"],
        "scope": ["rest_webservices"],
        "aud": f"{url}{TOKEN_PATH}",
        "iat": now_s,
        "exp": now_s + 600,
    }
    signed = jwt.encode(claims, private_key_pem(), algorithm="ES256", headers={"kid": CERTIFICATE_ID})
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": signed,
    }
    reply = httpx.post(f"{url}{TOKEN_PATH}", data=form, trust_env=False).raise_for_status()
    return Vendor(url, reply.json()["access_token"])
