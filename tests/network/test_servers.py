"""Which server a run uses: the one of the environment, a real one, or the embedded one."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from gameday.base.errors import GamedayError, RunError
from gameday.base.process import end_group
from gameday.run import network as network_module
from gameday.run.network import Network
from gameday.run.proxy_server import find_server

pytestmark = pytest.mark.slow

UPSTREAM_URL = "http://127.0.0.1:9"


@pytest.fixture
def unnamed(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """No server is named by the environment."""
    monkeypatch.delenv("GAMEDAY_TOXIPROXY_URL", raising=False)
    yield monkeypatch


async def version_of_started(run_dir: Path) -> tuple[str, bool]:
    network = await Network.start(run_dir, seed=7)
    try:
        return await network.version(), network.shared
    finally:
        await network.close()
        if network.child is not None:
            await network.child.end()


def test_the_server_of_the_environment_is_used_and_shared(
    server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GAMEDAY_TOXIPROXY_URL", f"{server}/")
    assert asyncio.run(version_of_started(tmp_path))[1]


def test_without_a_real_server_the_embedded_one_is_started(unnamed: pytest.MonkeyPatch, tmp_path: Path) -> None:
    unnamed.setattr(network_module, "find_server", lambda: None)
    version, shared = asyncio.run(version_of_started(tmp_path))
    assert version.endswith("+gameday")
    assert not shared


def test_a_real_server_is_started_where_there_is_one(
    real_program: Path, unnamed: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    unnamed.setattr(network_module, "find_server", lambda: real_program)
    version, shared = asyncio.run(version_of_started(tmp_path))
    assert not version.endswith("+gameday")
    assert not shared


def test_a_server_on_path_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "toxiproxy-server"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_server() == program


def test_a_server_that_dies_at_once_is_an_error_with_its_last_words(
    unnamed: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "toxiproxy-server"
    program.write_text("#!/bin/sh\necho no luck today\nexit 3\n")
    program.chmod(0o755)
    unnamed.setattr(network_module, "find_server", lambda: program)
    with pytest.raises(RunError, match=r"^toxiproxy-server ended with exit code 3: no luck today$"):
        asyncio.run(version_of_started(tmp_path))


@pytest.mark.parametrize("url", ["127.0.0.1:8474", "https://127.0.0.1:8474", "http://127.0.0.1", "http://127.0.0.1:x"])
def test_a_bad_url_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str) -> None:
    monkeypatch.setenv("GAMEDAY_TOXIPROXY_URL", url)
    with pytest.raises(GamedayError, match=rf"^GAMEDAY_TOXIPROXY_URL is not the URL of a Toxiproxy: '{url}' \(write"):
        asyncio.run(Network.start(tmp_path))


def test_a_server_on_another_machine_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GAMEDAY_TOXIPROXY_URL", "http://192.0.2.1:8474")
    with pytest.raises(GamedayError, match="names a Toxiproxy on another machine"):
        asyncio.run(Network.start(tmp_path))


def test_a_server_that_is_not_there_is_an_error_with_a_hint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GAMEDAY_TOXIPROXY_URL", "http://127.0.0.1:1")
    with pytest.raises(RunError, match=r"127.0.0.1:1 did not answer: ConnectionError \(GAMEDAY_TOXIPROXY_URL names it"):
        asyncio.run(Network.start(tmp_path))


def test_a_server_that_died_is_one_line(unnamed: pytest.MonkeyPatch, tmp_path: Path) -> None:
    unnamed.setattr(network_module, "find_server", lambda: None)

    async def run() -> None:
        network = await Network.start(tmp_path)
        assert network.child is not None
        end_group(network.child.identity, signal.SIGKILL)
        await network.child.process.wait()
        try:
            with pytest.raises(
                RunError, match=r"^Toxiproxy at http://127.0.0.1:[0-9]+ did not answer: ConnectionError$"
            ):
                await network.add("stack-erp", UPSTREAM_URL)
        finally:
            await network.close()
            await network.child.end()

    asyncio.run(run())
