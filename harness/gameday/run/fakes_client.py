"""The client of the fakes' control plane."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec

from gameday.base import json_text
from gameday.base.errors import RunError
from gameday.base.process import Child, Identity, start
from gameday.config.isolation import is_loopback
from gameday.config.stack_environment import FAKES_TOKEN_VARIABLE
from gameday.run.control_token import token_seal
from gameday.run.control_trust import FAKES_CA_VARIABLE, verification
from gameday.run.renewal import holder_headers
from gameday.run.rollback_entries import HealFake
from gameday.run.sandbox_run import tenants_file
from gameday.run.setup import Setup
from gameday_fakes.bounded_http import bounded_client
from gameday_fakes.catalogue import Catalogue
from gameday_fakes.clock import WallClock
from gameday_fakes.events import Event
from gameday_fakes.ledger import Ledger
from gameday_fakes.quiet import Quiet

T = TypeVar("T")

READY_TIMEOUT_S = 30.0
#: What stands before a tenant asks it over the internet, and sometimes hundreds of times for one answer.
TENANTS_TIMEOUT_S = 900.0
TIMEOUT_S = 30.0
#: The largest reply is the ledger of a large run.
LARGEST_REPLY_BYTES = 1024**3
UNAUTHORIZED = 401


class CallRefused(RunError):
    """The control plane refused a call; ``reason`` says why."""

    def __init__(self, call: str, reason: str) -> None:
        self.call, self.reason = call, reason
        super().__init__(f"the fakes refused {call}: {reason}")

    def __reduce__(self) -> tuple[type[CallRefused], tuple[str, str]]:
        # Processes hand it on to each other.
        return type(self), (self.call, self.reason)


class _Ready(msgspec.Struct):
    control: str
    fakes: dict[str, str]
    token: str = ""


class OverTls(msgspec.Struct, frozen=True):
    """The fakes' URLs over TLS by name, and the authority to trust, as PEM; both empty where they serve no TLS."""

    fakes: dict[str, str]
    authority: str


class _Events(msgspec.Struct):
    events: list[Event]
    next: int


class FakesClient:
    """Drives a set of running fakes. All calls raise RunError with one line when the fakes are gone.

    ``server`` is their process if the run has started them for itself.
    """

    def __init__(
        self, control_url: str, *, token: str = "", server: Identity | None = None, deadline_s: float = TIMEOUT_S
    ) -> None:
        self.control_url = control_url.rstrip("/")
        self._token = token
        self._server = server
        #: What every call carries: the name of this harness, its process, and the token.
        self.headers = holder_headers(token)
        self._http = bounded_client(
            base_url=self.control_url,
            headers=self.headers,
            most_bytes=LARGEST_REPLY_BYTES,
            deadline_s=deadline_s,
            verify=verification(self.control_url),
        )
        self._after = 0

    def rollback_entry(self, fake: str, fault_id: str) -> HealFake:
        """How to heal a fault of these fakes after a crash."""
        seal = "" if self._server else token_seal(self.control_url, self._token)
        return HealFake(self.control_url, fake, fault_id, self._server, seal)

    async def close(self) -> None:
        """Release the fakes for others, and close the connection."""
        with contextlib.suppress(RunError):
            await self._json("POST", "/release")
        await self._http.aclose()

    async def health(self) -> dict[str, Any]:
        """``{"fakes": {name: url}, "pending": n, "held": {fault id: n}}``."""
        reply: dict[str, Any] = await self._json("GET", "/health")
        return reply

    async def over_tls(self) -> OverTls:
        """Where the fakes serve TLS."""
        return await self._get("/tls", OverTls)

    async def reset(self, *, pace: float, seed: int, stack_clock: WallClock | None = None) -> None:
        """Forget everything at the fakes, which live on this clock from now on; None for the machine's own."""
        body: dict[str, Any] = {"pace": pace, "seed": seed}
        if stack_clock is not None:
            body["stack_clock"] = dataclasses.asdict(stack_clock)
            if not is_loopback(self._http.base_url.host):
                # Another machine's monotonic clock has another beginning: there the clock shows its present now.
                body["stack_clock"] = {"epoch_s": stack_clock.now_s(), "rate": stack_clock.rate}
        await self._json("POST", "/reset", body)
        self._after = 0

    async def start_clock(self, origin_s: float | None = None) -> float:
        """Scenario second 0 is now, or was then; returns that moment on the monotonic clock."""
        body = None if origin_s is None else {"origin_s": origin_s}
        return float((await self._json("POST", "/clock", body))["origin_s"])

    async def quiet(self) -> Quiet:
        """What the fakes are about."""
        return await self._get("/quiet", Quiet)

    async def skip(self, scenario_s: float, requests: int) -> Quiet:
        """Go ahead on their clock, if no more than so many requests have arrived. Raises CallRefused if they cannot."""
        body = {"seconds": scenario_s, "requests": requests}
        found: Quiet = self._decoded("POST", "/skip", await self._raw("POST", "/skip", body), Quiet)
        return found

    async def events(self) -> list[Event]:
        """The events since the last call."""
        batch = await self._get(f"/events?after={self._after}", _Events)
        self._after = batch.next
        return batch.events

    async def ledger(self, fake: str) -> Ledger:
        """A fake's ledger as it is now."""
        return await self._get(f"/{fake}/ledger", Ledger)

    async def restore(self, fake: str, ledger: Ledger) -> None:
        """Add what a ledger of this fake holds, as of the times that it says."""
        await self._raw("POST", f"/{fake}/restore", msgspec.to_builtins(ledger))

    async def catalogue(self, fake: str) -> Catalogue:
        """What a fake knows: operations, errors, objects, fault kinds, settings, business operations."""
        return await self._get(f"/{fake}/catalogue", Catalogue)

    async def operate(self, fake: str, f: str, key: str, value: dict[str, Any]) -> dict[str, Any]:
        """A business operation; returns the fake's reply (``{"id": ...}``)."""
        reply: dict[str, Any] = await self._json("POST", f"/{fake}/operations", {"f": f, "key": key, "value": value})
        return reply

    async def configure(self, fake: str, settings: dict[str, Any]) -> None:
        """Vendor settings."""
        await self._json("POST", f"/{fake}/configure", settings)

    async def inject(self, fake: str, fault_id: str, rule: dict[str, Any]) -> None:
        """Inject a fault."""
        await self._json("PUT", f"/{fake}/faults/{fault_id}", rule)

    async def heal(self, fake: str, fault_id: str) -> None:
        """Heal a fault."""
        await self._json("DELETE", f"/{fake}/faults/{fault_id}")

    async def traffic(self, fake: str) -> dict[str, int]:
        """Connections and bytes at a fake's data plane since the fakes started, by name."""
        reply: dict[str, int] = await self._json("GET", f"/{fake}/traffic")
        return reply

    async def stats(self, fake: str) -> dict[str, dict[str, int]]:
        """The requests at a fake's data plane since the last reset: by operation and status (0: dropped)."""
        reply: dict[str, dict[str, int]] = await self._json("GET", f"/{fake}/stats")
        return reply

    async def refused(self, fake: str) -> list[dict[str, Any]]:
        """The last requests that a fake refused, each with ``operation``, ``status`` and ``text``, the reply's."""
        reply: list[dict[str, Any]] = await self._json("GET", f"/{fake}/refused")
        return reply

    async def called(self, *fakes: str) -> bool:
        """Whether a request has arrived at any of these fakes since its last reset."""
        return any([await self.stats(fake) for fake in fakes])

    async def _json(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        raw = await self._raw(method, path, body)
        return self._decoded(method, path, raw, Any) if raw else None

    async def _get(self, path: str, kind: type[T]) -> T:
        found: T = self._decoded("GET", path, await self._raw("GET", path), kind)
        return found

    def _decoded(self, method: str, path: str, raw: bytes, kind: Any) -> Any:
        try:
            return json_text.decode(raw, kind)
        except json_text.Unreadable as problem:
            raise RunError(
                f"what answered {method} {path} at {self.control_url} is no control plane: {problem}"
            ) from None

    async def _raw(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        content = None if body is None else msgspec.json.encode(body, enc_hook=str)
        headers = None if body is None else {"content-type": "application/json"}
        try:
            reply = await self._http.request(method, path, content=content, headers=headers)
        except httpx.HTTPError as problem:
            raise self._no_reply(problem) from None
        if reply.status_code == UNAUTHORIZED:
            hint = f"set {FAKES_TOKEN_VARIABLE} to the token with which they were started"
            raise RunError(f"the fakes at {self.control_url} take no request without their token", hint=hint)
        if reply.status_code >= 400:
            raise CallRefused(f"{method} {path}", _reason(reply))
        return reply.content

    def _no_reply(self, problem: httpx.HTTPError) -> RunError:
        if "CERTIFICATE_VERIFY_FAILED" in str(problem):
            hint = f"set {FAKES_CA_VARIABLE} to the file of their authority"
            return RunError(f"the fakes at {self.control_url} have a certificate that is not trusted", hint=hint)
        return RunError(f"the fakes at {self.control_url} did not answer: {type(problem).__name__}")


def _reason(reply: httpx.Response) -> str:
    try:
        return str(json_text.decode(reply.content)["error"])[:500]
    except (json_text.Unreadable, KeyError, TypeError):
        return f"status {reply.status_code}"


async def start_fakes(log: Path, env: dict[str, str], setup: Setup) -> tuple[Child, FakesClient, dict[str, str]]:
    """Start the bundled fakes for one run: the process, its client and the fakes' URLs by name."""
    table, organisation = setup.table, setup.config.organisation
    command = [sys.executable, "-m", "gameday_fakes.serve", "--json", *(["--tls"] if setup.over_tls else [])]
    command += [f"--tls-name={table.fakes_host}"] if table.fakes_host else []
    command += ["--lasting-ca"] if table.lasting_ca else []
    command += [f"--organisation={organisation}"] if organisation else []
    command += [f"--endpoints={name}={path}" for name, path in setup.config.endpoints.items()]
    command += [f"--sandbox={tenants_file(setup)}"] if setup.tenants else []
    child = await start("the fakes", command, log, env=env, pipes=True)
    try:
        ready = json_text.decode(await child.ready_line(READY_TIMEOUT_S), _Ready)
    except BaseException:
        await child.end()
        raise
    deadline_s = TENANTS_TIMEOUT_S if setup.tenants else TIMEOUT_S
    client = FakesClient(ready.control, token=ready.token, server=child.identity, deadline_s=deadline_s)
    return child, client, ready.fakes
