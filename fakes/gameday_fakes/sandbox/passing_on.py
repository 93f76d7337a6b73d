"""Leads a stack to its sandbox tenants without a run: no fault, no control plane, and the guard as ever.

It takes requests at the addresses at which the proxies of a run took them, over TLS with certificates of the user's
lasting authority. Nothing but a tenant that proves to be a sandbox gets any of them, and nothing of them is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import NoReturn, cast

from gameday_fakes.clock import Clock
from gameday_fakes.connect import ConnectListener
from gameday_fakes.events import EventLog
from gameday_fakes.fake import Fake
from gameday_fakes.http import Reply, Request
from gameday_fakes.intercept import Dropped
from gameday_fakes.sandbox.connection import TenantConnection, TenantGone
from gameday_fakes.sandbox.proved import NotASandbox, ProvedConnections
from gameday_fakes.sandbox.proxy import SandboxProxy, proxy_kind
from gameday_fakes.sandbox.settings import PassThrough, RunRecords, TakenAt, new_tag
from gameday_fakes.server import bind

#: The proxies of a run that was killed may need a moment to let go of their ports (real seconds).
_FREE_AFTER_S = 15.0
_POLL_S = 0.1
#: How long a proof counts (real seconds). In a run it ends at each injection, and here there is none.
PROVED_FOR_S = 60.0


class PassingOn(SandboxProxy):
    """Passes every request on to a tenant and its answer back; without one the connection ends, as in a run."""

    async def respond(self, request: Request) -> Reply:
        if self.is_elsewhere(request.header("host")):
            return Reply.json(501, {"error": "unsupported", "message": "another host than the tenant's"})
        try:
            return self.tenant.reply_of(request, await self.tenant.forward(request))
        except (NotASandbox, TenantGone):
            raise Dropped from None


@contextlib.asynccontextmanager
async def passing_on(
    kinds: Mapping[str, type[Fake]], settings: PassThrough, environment: Mapping[str, str]
) -> AsyncIterator[None]:
    """Lead to the tenants until the block ends. Raises ValueError, AuthorityError, and OSError for an address in use.

    ``kinds`` are the vendors' fakes, ``environment`` has gameday's own credentials.
    """
    clock, records = Clock(), RunRecords(new_tag())
    targets: dict[str, tuple[str, int]] = {}
    async with contextlib.AsyncExitStack() as opened:
        fakes: dict[str, PassingOn] = {}
        for vendor, tenant in settings.tenants.items():
            base = proxy_kind(kinds[vendor], tenant, records, environment)
            kind = cast("type[PassingOn]", type(base.__name__, (PassingOn, base), {"__module__": __name__}))
            fakes[vendor] = kind(clock, EventLog(clock))
            opened.push_async_callback(fakes[vendor].close)
            distrusting = asyncio.create_task(_distrust(fakes[vendor].tenant.connections))
            opened.callback(distrusting.cancel)
        for at in settings.listeners:
            fake = fakes[at.vendor]
            context = None
            if at.tls:
                from gameday_fakes.tls import Authority

                folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="gameday-pass-")))
                context = Authority(folder, lasting=True).context((*fake.hosts, at.host, *settings.names))
            listener = await fake.serve_on(await _bound(at), tls=context)
            opened.push_async_callback(listener.close)
            if at.tls:
                targets.update(dict.fromkeys(fake.hosts, (listener.host, listener.port)))
        if settings.connect is not None:
            proxy = ConnectListener(targets)
            await proxy.listen(await _bound(settings.connect))
            opened.push_async_callback(proxy.close)
        yield


async def _distrust(connections: ProvedConnections[TenantConnection]) -> NoReturn:
    while True:
        await asyncio.sleep(PROVED_FOR_S)
        connections.distrust()


async def _bound(at: TakenAt) -> socket.socket:
    """A socket at an address, as soon as what listened there has ended. Raises OSError."""
    deadline_s = time.monotonic() + _FREE_AFTER_S
    while True:
        try:
            return bind(at.host, at.port)
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE or time.monotonic() >= deadline_s:
                raise OSError(problem.errno, f"cannot listen on {at.host}:{at.port}: {problem.strerror}") from None
        await asyncio.sleep(_POLL_S)
