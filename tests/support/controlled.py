"""A running fake by its control plane, for the tests of one vendor."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx

from gameday_fakes.serve import serving
from gameday_fakes.serve_options import ServeOptions
from support.control import NO_AUTHORITY, ControlToken


class Address(NamedTuple):
    """Where a fake and its control plane are, and the token of the latter."""

    url: str
    control_url: str
    token: str


@contextlib.contextmanager
def served(name: str) -> Iterator[Address]:
    """A fake on an event loop of its own, in a separate thread."""
    ready: dict[str, Any] = {}
    started = threading.Event()

    async def serve() -> None:
        async with serving(ServeOptions(fakes=(name,))) as (fake_set, control_url):
            stop = asyncio.Event()
            address = Address(fake_set.urls[name], control_url, fake_set.token)
            ready.update(address=address, stop=stop, loop=asyncio.get_running_loop())
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert started.wait(30)
    yield ready["address"]
    ready["loop"].call_soon_threadsafe(ready["stop"].set)
    thread.join()


class Controlled:
    """The control plane of one fake, by its name: business operations, faults, settings, ledger and events."""

    def __init__(self, name: str, control_url: str, token: str) -> None:
        token_of = ControlToken(control_url, token)
        self._control = httpx.Client(base_url=f"{control_url}/{name}", auth=token_of, verify=NO_AUTHORITY)
        self._all = httpx.Client(base_url=control_url, auth=token_of, verify=NO_AUTHORITY)

    def close(self) -> None:
        self._control.close()
        self._all.close()

    def begin(self, pace: float, accounts: list[dict[str, str]], products: list[dict[str, Any]]) -> None:
        """Start again with these accounts and products."""
        self._all.post("/reset", json={"pace": pace, "seed": 7}).raise_for_status()
        self.operate("seed", {"accounts": accounts, "products": products})

    def operate(self, f: str, value: dict[str, Any], key: str = "") -> None:
        self.try_operation(f, value, key).raise_for_status()

    def try_operation(self, f: str, value: dict[str, Any], key: str = "") -> httpx.Response:
        """A business operation that may be refused."""
        return self._control.post("/operations", json={"f": f, "key": key, "value": value})

    def restore(self, ledger: dict[str, Any]) -> httpx.Response:
        return self._control.post("/restore", json=ledger)

    def configure(self, **settings: Any) -> httpx.Response:
        return self._control.post("/configure", json=settings)

    def inject(self, kind: str, fault: str = "fault", **params: Any) -> httpx.Response:
        reply = self._control.put(f"/faults/{fault}", json={"kind": kind, **params})
        assert reply.status_code < 300, reply.text
        return reply

    def heal(self, fault: str = "fault") -> None:
        self._control.delete(f"/faults/{fault}").raise_for_status()

    def events(self, f: str) -> list[dict[str, Any]]:
        """The events of one word, as the harness fetches them."""
        events = self._all.get("/events").raise_for_status().json()["events"]
        return [event for event in events if event["f"] == f]

    def hits(self) -> list[tuple[str, str, str | None]]:
        """The hits of faults: fault, operation, order."""
        return [tuple(event["value"].values()) for event in self.events("hit")]

    def whole_ledger(self) -> dict[str, Any]:
        ledger: dict[str, Any] = self._control.get("/ledger").raise_for_status().json()
        return ledger

    def ledger(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.whole_ledger()["entries"]
        return entries

    def snapshot(self) -> dict[str, Any]:
        snapshot: dict[str, Any] = self._control.get("/snapshot").raise_for_status().json()
        return snapshot
