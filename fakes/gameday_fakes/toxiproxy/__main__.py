"""Serves the embedded Toxiproxy.

With ``--json`` it prints ``{"url": "http://127.0.0.1:P", "pid": N, "token": "..."}`` when it is ready and ends when its
standard input closes, so that it cannot outlive the harness. Every request must then carry the token. Without, it
serves until it is interrupted, and wants a token only if GAMEDAY_TOXIPROXY_TOKEN sets one, for other clients send none.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import sys
from collections.abc import Iterable

import msgspec
import uvloop

from gameday_fakes.expiry import expire_forever
from gameday_fakes.gate import Gate, new_token
from gameday_fakes.server import LOOPBACK, bind, listen
from gameday_fakes.stdin import set_when_stdin_closes
from gameday_fakes.toxiproxy.api import Api, application
from gameday_fakes.toxiproxy.names import TOKEN_VARIABLE

#: The port that clients of Toxiproxy expect.
DEFAULT_PORT = 8474


async def _serve(host: str, port: int, *, as_json: bool) -> None:
    api = Api()
    token = os.environ.get(TOKEN_VARIABLE, "") or (new_token() if as_json else "")
    gate = Gate(token, host=host, any_type=True)
    listener = await listen(application(api, gate), bind(host, port))
    expiring = asyncio.create_task(expire_forever(api.holds, api.expire))
    url = f"http://[{host}]:{listener.port}" if ":" in host else f"http://{host}:{listener.port}"
    ended = asyncio.Event()
    try:
        if as_json:
            sys.stdout.write(msgspec.json.encode({"url": url, "pid": os.getpid(), "token": token}).decode() + "\n")
            sys.stdout.flush()
            set_when_stdin_closes(ended)
        else:
            sys.stdout.write(f"Toxiproxy (embedded) serves at {url}\n")
            sys.stdout.flush()
        await ended.wait()
    finally:
        expiring.cancel()
        api.stop()
        await listener.close()


def main(arguments: Iterable[str] | None = None) -> int:
    """Entry point: 0 when asked to end, 2 if the address cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m gameday_fakes.toxiproxy")
    parser.add_argument("--json", action="store_true", help="print the URL as JSON and end with standard input")
    parser.add_argument("--host", default=LOOPBACK, help="address of the API (default: %(default)s)")
    parser.add_argument("--port", type=int, help=f"port of the API (default: {DEFAULT_PORT}; with --json a free one)")
    parser.add_argument("--seed", type=int, help="seed for jitter, slices and toxicity")
    parsed = parser.parse_args(None if arguments is None else list(arguments))
    random.seed(parsed.seed)
    port = parsed.port if parsed.port is not None else 0 if parsed.json else DEFAULT_PORT
    try:
        with contextlib.suppress(KeyboardInterrupt):
            uvloop.run(_serve(parsed.host, port, as_json=parsed.json))
    except OSError as problem:
        sys.stderr.write(f"cannot listen on {parsed.host}:{port}: {problem.strerror}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
