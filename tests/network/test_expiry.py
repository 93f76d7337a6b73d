"""The embedded Toxiproxy heals the faults of a run that stops calling; in a run its API wants a token."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.slow
LIMIT_S = 30.0
HOLDER = {"x-gameday-holder": "run"}


@pytest.fixture(scope="module")
def ready() -> Iterator[dict[str, Any]]:
    """What the server says when it is ready, as a run starts it."""
    command = [sys.executable, "-m", "gameday_fakes.toxiproxy", "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())


@pytest.fixture
def api(ready: dict[str, Any]) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {ready['token']}"}
    with httpx.Client(base_url=ready["url"], headers=headers, trust_env=False, timeout=LIMIT_S) as client:
        yield client
        client.post("/reset")


def with_fault(api: httpx.Client, name: str, headers: dict[str, str]) -> None:
    """A proxy with a toxic, and one that is disabled."""
    for each in (name, f"{name}-down"):
        api.post("/proxies", json={"name": each, "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"}).raise_for_status()
    toxic = {"type": "latency", "name": "slow", "attributes": {"latency": 1000}}
    api.post(f"/proxies/{name}/toxics", json=toxic, headers=headers).raise_for_status()
    api.post(f"/proxies/{name}-down", json={"enabled": False}, headers=headers).raise_for_status()


def faults(api: httpx.Client, name: str) -> tuple[int, bool]:
    """How many toxics the one has, and whether the other is enabled."""
    proxies = api.get("/proxies").json()
    return len(proxies[name]["toxics"]), proxies[f"{name}-down"]["enabled"]


def test_toxics_and_disabled_proxies_of_a_run_that_stops_calling_are_healed(api: httpx.Client) -> None:
    with_fault(api, "held", HOLDER)
    assert faults(api, "held") == (1, False)
    deadline_s = time.monotonic() + LIMIT_S
    while faults(api, "held") != (0, True):
        assert time.monotonic() < deadline_s
        time.sleep(0.1)
    expired = api.post("/gameday/renew", headers=HOLDER).json()["expired"]
    assert sorted(expired) == ["held-down", "held/slow"]


def test_what_a_client_without_a_name_does_stays_longer_than_that(api: httpx.Client) -> None:
    with_fault(api, "free", {})
    with_fault(api, "held-too", HOLDER)
    deadline_s = time.monotonic() + LIMIT_S
    while faults(api, "held-too") != (0, True):
        assert time.monotonic() < deadline_s
        time.sleep(0.1)
    assert faults(api, "free") == (1, False)


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer shut"}])
def test_in_a_run_the_api_wants_its_token(ready: dict[str, Any], headers: dict[str, str]) -> None:
    reply = httpx.get(f"{ready['url']}/proxies", headers=headers, trust_env=False)
    assert (reply.status_code, reply.json()["status"]) == (401, 401)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.test"}, 403),
        ({"host": "evil.test"}, 421),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_the_api_takes_no_request_that_a_page_can_send(api: httpx.Client, headers: dict[str, str], status: int) -> None:
    body = b'{"name": "evil", "upstream": "127.0.0.1:9"}'
    assert api.post("/proxies", content=body, headers=headers).status_code == status
    assert "evil" not in api.get("/proxies").json()
