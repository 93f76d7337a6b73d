"""All fakes in a separate process, as the harness starts them; and the environment that leads clients there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from support.control import ControlToken

#: Variables that lead a client past the fakes, or past the authority that is to be trusted.
_MISLEADING = ("https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "no_proxy", "SSL_CERT_DIR")


class Fakes:
    """The fakes as the harness sees them: where they are, and their control plane."""

    def __init__(self, ready: dict[str, Any], client: httpx.Client) -> None:
        self.urls: dict[str, str] = ready["fakes"]
        self.tls_urls: dict[str, str] = ready["tls"]
        self.control: str = ready["control"]
        client.auth = ControlToken(ready["control"], ready["token"])
        self.proxy: str = ready["proxy"]
        self.ca: str = ready["ca"]
        self.client = client

    @property
    def environment(self) -> dict[str, str]:
        """The variables that a client needs."""
        return {
            "HTTPS_PROXY": self.proxy,
            "NO_PROXY": "localhost,127.0.0.1",
            "REQUESTS_CA_BUNDLE": self.ca,
            "SSL_CERT_FILE": self.ca,
            "NODE_EXTRA_CA_CERTS": self.ca,
        }

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """A request to the control plane."""
        return self.client.request(method, f"{self.control}{path}", json=body)

    def reset(self, seed: int = 7) -> None:
        self.call("POST", "/reset", {"pace": 60, "seed": seed}).raise_for_status()

    def operate(self, fake: str, f: str, key: str = "", **value: Any) -> Any:
        return self.call("POST", f"/{fake}/operations", {"f": f, "key": key, "value": value}).raise_for_status().json()

    def inject(self, fake: str, fault: str = "f1", **params: Any) -> None:
        self.call("PUT", f"/{fake}/faults/{fault}", {"kind": "http", **params}).raise_for_status()

    def heal(self, fake: str, fault: str = "f1") -> None:
        self.call("DELETE", f"/{fake}/faults/{fault}").raise_for_status()

    def snapshot(self, fake: str) -> Any:
        return self.call("GET", f"/{fake}/snapshot").raise_for_status().json()

    def events(self, f: str) -> list[dict[str, Any]]:
        found = self.call("GET", "/events").raise_for_status().json()["events"]
        return [event for event in found if event["f"] == f]

    def statuses(self, fake: str, operation: str) -> dict[str, int]:
        """How often the fake answered an operation with each status; 0 is no answer."""
        found: dict[str, int] = self.call("GET", f"/{fake}/stats").raise_for_status().json().get(operation, {})
        return found

    def requests(self, fake: str, operation: str) -> int:
        """How many requests for an operation the fake saw."""
        return sum(self.statuses(fake, operation).values())


@pytest.fixture(scope="session")
def _fakes_process() -> Iterator[Fakes]:
    """One process and one client for all tests."""
    command = [sys.executable, "-m", "gameday_fakes.serve", "--json", "--tls"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    with process, httpx.Client(trust_env=False, timeout=30) as client:
        yield Fakes(json.loads(process.stdout.readline()), client)
        process.stdin.close()
        assert process.wait(timeout=30) == 0


@pytest.fixture
def fakes(_fakes_process: Fakes) -> Fakes:
    """The fakes, fresh."""
    _fakes_process.reset()
    return _fakes_process


@pytest.fixture
def client_environment(fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment in which the vendors' host names lead to the fakes; set in this process too."""
    for name in _MISLEADING:
        monkeypatch.delenv(name, raising=False)
    for name, value in fakes.environment.items():
        monkeypatch.setenv(name, value)
    return {name: value for name, value in os.environ.items() if name not in _MISLEADING} | fakes.environment
