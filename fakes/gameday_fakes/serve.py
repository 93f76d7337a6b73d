"""Serves the fakes: one process, a port for each vendor and one for the control plane.

``python -m gameday_fakes.serve --json`` is what the harness starts: it prints one line of JSON when it is
ready and ends when its standard input closes, so that it cannot outlive the harness. ``gameday fakes serve`` is
the same for people.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import ipaddress
import json
import os
import pkgutil
import sys
from collections.abc import AsyncIterator, Iterable

import msgspec
import uvloop

import gameday_fakes
from gameday_fakes.control import World, control_app
from gameday_fakes.fake import Fake
from gameday_fakes.server import LOOPBACK, Listener, bind, listen


class ServeOptions(msgspec.Struct, frozen=True):
    """Where to listen. ``ports`` by fake name and ``control``; a port that is not named is a free one."""

    host: str = LOOPBACK
    ports: dict[str, int] = {}
    token: str = ""
    fakes: tuple[str, ...] = ()


class ServeError(Exception):
    """The fakes cannot be served; one line."""


def discover() -> dict[str, type[Fake]]:
    """All vendors: every sub-package that exports a ``FAKE``."""
    found: dict[str, type[Fake]] = {}
    for module in pkgutil.iter_modules(gameday_fakes.__path__):
        if module.ispkg:
            fake = getattr(importlib.import_module(f"gameday_fakes.{module.name}"), "FAKE", None)
            if fake is not None:
                found[fake.name] = fake
    return found


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


@contextlib.asynccontextmanager
async def serving(options: ServeOptions) -> AsyncIterator[tuple[World, str]]:
    """Serve until the block ends; gives the world and the control plane's URL. Raises ServeError."""
    if not is_loopback(options.host) and not options.token:
        raise ServeError(f"listening on {options.host} needs a token: set GAMEDAY_FAKES_TOKEN")
    kinds = discover()
    wanted = options.fakes or tuple(kinds)
    for name in (*wanted, *(p for p in options.ports if p != "control")):
        if name not in kinds:
            raise ServeError(f"unknown fake {name!r}; known: {', '.join(sorted(kinds))}")
    world = World({name: kinds[name] for name in wanted})
    listeners: list[Listener] = []
    try:
        for name, app in (*world.fakes.items(), ("control", control_app(world, token=options.token))):
            port = options.ports.get(name, 0)
            try:
                listener = await listen(app, bind(options.host, port))
            except OSError as problem:
                where = f"{options.host}:{port}"
                raise ServeError(f"cannot listen on {where} for {name}: {problem.strerror}") from None
            listeners.append(listener)
            if name != "control":
                world.urls[name] = f"http://{options.host}:{listener.port}"
        yield world, f"http://{options.host}:{listeners[-1].port}"
    finally:
        for listener in listeners:
            await listener.close()
        for fake in world.fakes.values():
            await fake.close()


async def _until_stdin_closes() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(4096):
        pass


async def _serve(options: ServeOptions) -> None:
    async with serving(options) as (world, control):
        ready = {"control": control, "fakes": world.urls, "pid": os.getpid()}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await _until_stdin_closes()


def main(arguments: Iterable[str] | None = None) -> int:
    """Entry point for the harness."""
    parser = argparse.ArgumentParser(prog="python -m gameday_fakes.serve")
    parser.add_argument("--json", action="store_true", required=True)
    parser.add_argument("--host", default=LOOPBACK)
    parser.add_argument("--port", action="append", default=[], metavar="FAKE=PORT")
    parsed = parser.parse_args(None if arguments is None else list(arguments))
    ports = {name: int(port) for name, _, port in (item.partition("=") for item in parsed.port)}
    options = ServeOptions(host=parsed.host, ports=ports, token=os.environ.get("GAMEDAY_FAKES_TOKEN", ""))
    try:
        uvloop.run(_serve(options))
    except ServeError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
