"""Starts a Toxiproxy server for a run: the real one if it is installed, else the embedded one."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from pathlib import Path

import httpx

from gameday.base import json_text
from gameday.base.errors import RunError
from gameday.base.ports import free_port
from gameday.base.process import Child, start
from gameday_fakes.bounded_http import SMALL_BYTES, bounded_client

SERVER_NAME = "toxiproxy-server"
READY_TIMEOUT_S = 15.0
READY_POLL_S = 0.02
START_ATTEMPTS = 3
#: What the real server logs when its port is taken; it then goes on without an API.
NOT_LISTENING = b"Server finished with error"


def find_server() -> Path | None:
    """The real server: on PATH, or built by ``make toxiproxy``."""
    on_path = shutil.which(SERVER_NAME)
    if on_path:
        return Path(on_path)
    built = Path(__file__).parents[3] / "bin" / SERVER_NAME
    return built if os.access(built, os.X_OK) else None


async def start_real(program: Path, log: Path) -> tuple[Child, str]:
    """Start toxiproxy-server on a free port of loopback: the process and the URL of its API. Raises RunError."""
    for _ in range(START_ATTEMPTS):
        port = free_port()
        command = [str(program), "-host", "127.0.0.1", "-port", str(port)]
        child = await start(SERVER_NAME, command, log, env={**os.environ, "LOG_LEVEL": "error"})
        try:
            if await _answers(child, f"http://127.0.0.1:{port}"):
                return child, f"http://127.0.0.1:{port}"
        except BaseException:
            await child.end()
            raise
        await child.end()
    raise RunError(f"{SERVER_NAME} found no free port in {START_ATTEMPTS} attempts")


async def start_embedded(log: Path, *, seed: int | None = None) -> tuple[Child, str]:
    """Start the embedded server: the process and the URL of its API. Raises RunError."""
    command = [sys.executable, "-m", "gameday_fakes.toxiproxy", "--json"]
    command += [] if seed is None else ["--seed", str(seed)]
    child = await start("the embedded Toxiproxy", command, log, env=os.environ, pipes=True)
    try:
        return child, str(json_text.decode(await child.ready_line(READY_TIMEOUT_S))["url"])
    except BaseException:
        await child.end()
        raise


async def _answers(child: Child, url: str) -> bool:
    """Whether the server answers; False if its port was taken in the meantime. Raises RunError."""
    deadline_s = time.monotonic() + READY_TIMEOUT_S
    async with bounded_client(base_url=url, most_bytes=SMALL_BYTES, deadline_s=READY_TIMEOUT_S) as client:
        while time.monotonic() < deadline_s:
            if not child.running:
                raise RunError(f"{child.name} ended with exit code {child.process.returncode}{child.last_words()}")
            if NOT_LISTENING in child.log.read_bytes():
                return False
            try:
                await client.get("/version")
            except httpx.TransportError:
                await asyncio.sleep(READY_POLL_S)
            else:
                return NOT_LISTENING not in child.log.read_bytes()
    raise RunError(f"{child.name} did not answer within {READY_TIMEOUT_S:g} s{child.last_words()}")
