"""Serves the fakes: one process, a port for each vendor and one for the control plane.

``python -m gameday_fakes.serve --json`` is what the harness starts: it prints one line of JSON when it is ready and
ends when its standard input closes, so that it cannot outlive the harness. ``gameday fakes serve`` does the same for
users.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import json
import os
import signal
import ssl
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import uvloop

from gameday_fakes.control import control_app
from gameday_fakes.expiry import expire_forever
from gameday_fakes.fake_set import FakeSet
from gameday_fakes.garbage import lasting
from gameday_fakes.gate import Gate, new_token
from gameday_fakes.registry import kinds_in
from gameday_fakes.serve_options import (
    OWN_LISTENERS,
    ServeError,
    ServeOptions,
    is_loopback,
    parse_endpoints,
    parse_ports,
)
from gameday_fakes.server import LOOPBACK, AnyListener, bind, listen
from gameday_fakes.stdin import set_when_stdin_closes

if TYPE_CHECKING:
    from gameday_fakes.fake import Fake
    from gameday_fakes.tls import Authority


@contextlib.asynccontextmanager
async def serving(options: ServeOptions) -> AsyncIterator[tuple[FakeSet, str]]:
    """Serve until the block ends; yields the fakes and the control plane's URL. Raises ServeError.

    Without a token in the options the control plane gets a random one: ``token`` of the fakes.
    """
    if not is_loopback(options.host) and not options.token:
        raise ServeError(f"listening on {options.host} needs a token: set GAMEDAY_FAKES_TOKEN")
    try:
        kinds = kinds_in(options.organisation, options.endpoints)
        if options.sandbox:
            kinds = _before_tenants(kinds, Path(options.sandbox))
    except ValueError as problem:
        raise ServeError(str(problem)) from None
    wanted = options.fakes or tuple(kinds)
    for name in (*wanted, *options.ports):
        if name not in (*kinds, *OWN_LISTENERS):
            known = ", ".join((*sorted(kinds), *OWN_LISTENERS))
            raise ServeError(f"unknown fake {name!r}; known: {known}")
    fake_set = FakeSet({name: kinds[name] for name in wanted}, pace=options.pace)
    async with contextlib.AsyncExitStack() as opened:
        for fake in fake_set.fakes.values():
            opened.push_async_callback(fake.close)
        for name, fake in fake_set.fakes.items():
            fake_set.urls[name] = _url(await _open(opened, options, name, fake.serve_on), fake.scheme)
        fake_set.token = options.token or new_token()
        app = control_app(
            fake_set, Gate(fake_set.token, host=options.host, names=options.names, hint="add it with --tls-name")
        )
        serve_control = functools.partial(listen, app)
        control = await _open(opened, options, "control", serve_control)
        expiring = asyncio.create_task(expire_forever(fake_set.holds, fake_set.expire))
        opened.callback(expiring.cancel)
        if options.tls:
            authority = await _open_tls(opened, options, fake_set)
            context = authority.context((*_own(options.host), *options.names))
            listener = await _open(opened, options, "control_https", serve_control, tls=context)
            fake_set.control_tls_url = _url(listener, "https")
        yield fake_set, _url(control)


def _before_tenants(kinds: Mapping[str, type[Fake]], file: Path) -> Mapping[str, type[Fake]]:
    from gameday_fakes.sandbox.proxy import with_tenants
    from gameday_fakes.sandbox.settings import SandboxRun

    return with_tenants(kinds, msgspec.json.decode(file.read_bytes(), type=SandboxRun), os.environ)


async def _open(
    opened: contextlib.AsyncExitStack,
    options: ServeOptions,
    name: str,
    serve_on: Callable[..., Awaitable[AnyListener]],
    *,
    tls: ssl.SSLContext | None = None,
) -> AnyListener:
    """A listener that is closed with ``opened``; a fake's over TLS on a free port."""
    twin = tls is not None and name not in OWN_LISTENERS
    with _named_problem(name, options.host, port := 0 if twin else options.ports.get(name, 0)):
        listener = await serve_on(bind(options.host, port), tls=tls)
    opened.push_async_callback(listener.close)
    return listener


async def _open_tls(opened: contextlib.AsyncExitStack, options: ServeOptions, fake_set: FakeSet) -> Authority:
    """Every fake once more over TLS, and the CONNECT listener: on loopback only, because it needs no token.

    Returns the authority of the certificates.
    """
    from gameday_fakes.connect import ConnectListener
    from gameday_fakes.lasting_authority import AuthorityError
    from gameday_fakes.tls import Authority

    folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="gameday-fakes-")))
    try:
        authority = Authority(folder, lasting=options.lasting)
    except AuthorityError as problem:
        raise ServeError(str(problem)) from None
    targets = {}
    for name, fake in fake_set.fakes.items():
        context = authority.context((*fake.hosts, *_own(options.host), *options.names))
        listener = await _open(opened, options, name, fake.serve_on, tls=context)
        fake_set.tls_urls[name] = _url(listener, f"{fake.scheme}s")
        targets.update({pattern: (_reachable(options.host), listener.port) for pattern in fake.hosts})
    proxy = ConnectListener(targets)
    with _named_problem("proxy", LOOPBACK, port := options.ports.get("proxy", 0)):
        await proxy.listen(bind(LOOPBACK, port))
    opened.push_async_callback(proxy.close)
    fake_set.proxy_url, fake_set.authority_path = proxy.url, str(authority.bundle)
    fake_set.authority = authority.bundle.read_text()
    return authority


@contextlib.contextmanager
def _named_problem(name: str, host: str, port: int) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise ServeError(f"cannot listen on {host}:{port} for {name}: {problem.strerror}") from None


def _own(host: str) -> tuple[str, ...]:
    """The address as a name for a certificate; none for the address that means all interfaces."""
    return () if host in ("0.0.0.0", "::") else (host,)  # noqa: S104 - compared, not listened on


def _reachable(host: str) -> str:
    return host if _own(host) else LOOPBACK


def _url(listener: AnyListener, scheme: str = "http") -> str:
    host = f"[{listener.host}]" if ":" in listener.host else listener.host
    return f"{scheme}://{host}:{listener.port}"


def _asked_to_end(*, watch_stdin: bool) -> asyncio.Event:
    """An event that SIGINT, SIGTERM and SIGHUP set, or also the end of standard input."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Of a process that was started with nohup a closed terminal stays ignored.
        if signal.getsignal(number) is not signal.SIG_IGN or number is not signal.SIGHUP:
            loop.add_signal_handler(number, ended.set)

    if watch_stdin:
        set_when_stdin_closes(ended)
    return ended


async def serve(options: ServeOptions, tell: Callable[[FakeSet, str], None], *, watch_stdin: bool = False) -> None:
    """Serve until SIGINT or SIGTERM, or also until standard input closes; ``tell`` is called when all is ready.

    It gets the fakes and the control plane's URL. Run it in the main thread. Raises ServeError.
    """
    ended = _asked_to_end(watch_stdin=watch_stdin)
    async with contextlib.AsyncExitStack() as stack:
        with lasting():
            fake_set, control = await stack.enter_async_context(serving(options))
        tell(fake_set, control)
        await ended.wait()


def tell_as_json(fake_set: FakeSet, control: str) -> None:
    """Print the line with all addresses, and the token (docs/interfaces.md).

    It is for the program at the other end of a pipe. Into a file that others can read the token is not written.
    """
    ready: dict[str, Any] = {"control": control, "fakes": fake_set.urls, "pid": os.getpid()}
    if not _others_can_read(sys.stdout.fileno()):
        ready["token"] = fake_set.token
    if fake_set.tls_urls:
        ready |= {"tls": fake_set.tls_urls, "proxy": fake_set.proxy_url, "ca": fake_set.authority_path}
        ready["control_https"] = fake_set.control_tls_url
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()


def _others_can_read(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISREG(mode) and bool(mode & (stat.S_IRGRP | stat.S_IROTH))


def main(arguments: Iterable[str] | None = None) -> int:
    """Entry point for the harness: 0 when asked to end, 2 where something cannot be served."""
    parser = argparse.ArgumentParser(prog="python -m gameday_fakes.serve")
    parser.add_argument("--json", action="store_true", required=True)
    parser.add_argument("--host", default=LOOPBACK)
    parser.add_argument("--port", action="append", default=[], metavar="FAKE=PORT")
    parser.add_argument("--tls", action="store_true", help="serve over TLS too, at the vendors' host names")
    parser.add_argument("--tls-name", action="append", default=[], help="a further name for the certificates")
    parser.add_argument("--organisation", default="", help="folder of what CRM and ERP serve")
    parser.add_argument("--endpoints", action="append", default=[], metavar="FAKE=FILE", help="own endpoints")
    parser.add_argument("--sandbox", default="", metavar="FILE", help="the tenants of a run, in place of fakes")
    parser.add_argument("--lasting-ca", action="store_true", help="certificates of the user's lasting authority")
    parsed = parser.parse_args(None if arguments is None else list(arguments))
    try:
        token = os.environ.get("GAMEDAY_FAKES_TOKEN", "")
        ports, names = parse_ports(parsed.port), tuple(parsed.tls_name)
        options = ServeOptions(
            host=parsed.host,
            ports=ports,
            token=token,
            tls=parsed.tls,
            names=names,
            lasting=parsed.lasting_ca,
            organisation=parsed.organisation,
            endpoints=parse_endpoints(parsed.endpoints),
            sandbox=parsed.sandbox,
        )
        uvloop.run(serve(options, tell_as_json, watch_stdin=True))
    except ServeError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
