"""The fakes as a process: ready line, ports, token, and ends that leave nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.control import ControlToken

BARE = [sys.executable, "-m", "gameday_fakes.serve", "--json"]
COMMAND = [sys.executable, "-c", "from gameday.cli import main; main()", "fakes", "serve"]
Start = Callable[..., "subprocess.Popen[str]"]

pytestmark = pytest.mark.slow


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a process; whatever still runs after the test is ended."""
    with ExitStack() as ends:

        def start(command: list[str], *more: str, stdin: int = subprocess.PIPE, **env: str) -> subprocess.Popen[str]:
            known = {name: value for name, value in os.environ.items() if name != "GAMEDAY_FAKES_TOKEN"}
            environment = {**known, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1", **env}
            pipe = subprocess.PIPE
            process = subprocess.Popen(
                [*command, *more], stdin=stdin, stdout=pipe, stderr=pipe, text=True, env=environment
            )
            ends.enter_context(process)
            ends.callback(process.kill)
            return process

        yield start


def ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The line that says where everything is."""
    assert process.stdout is not None
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found


def token_of(found: dict[str, Any]) -> ControlToken:
    return ControlToken(found["control"], found["token"])


def printed(process: subprocess.Popen[str]) -> list[str]:
    """The lines for people, up to the last."""
    assert process.stdout is not None
    lines = []
    while (line := process.stdout.readline()) != "Ctrl-C ends it.\n":
        assert line, "it ended before it was ready"
        lines.append(line)
    return lines


def refusal(process: subprocess.Popen[str]) -> str:
    """The one line that a process ended with."""
    _, text = process.communicate(timeout=30)
    assert process.returncode == 2
    assert text.count("\n") == 1, text
    return text


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_the_ready_line_has_all_addresses(start: Start) -> None:
    process = start(BARE)
    found = ready(process)
    assert set(found) == {"control", "fakes", "pid", "token"}
    assert found["pid"] == process.pid
    assert (
        httpx.get(f"{found['control']}/health", auth=token_of(found), trust_env=False).json()["fakes"] == found["fakes"]
    )


def test_with_tls_the_ready_line_names_urls_proxy_and_authority(start: Start) -> None:
    found = ready(start(BARE, "--tls"))
    assert set(found["tls"]) == set(found["fakes"])
    assert found["proxy"].startswith("http://127.0.0.1:")
    assert Path(found["ca"]).read_text().startswith("-----BEGIN CERTIFICATE-----")


def test_it_ends_when_its_standard_input_closes_and_leaves_nothing_behind(start: Start, tmp_path: Path) -> None:
    process = start(BARE, "--tls")
    ready(process)
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_standard_input_that_is_no_pipe_ends_it_too(start: Start) -> None:
    process = start(BARE, stdin=subprocess.DEVNULL)
    _, text = process.communicate(timeout=30)
    assert (process.returncode, text) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", [[*BARE, "--tls"], [*COMMAND, "--json"]], ids=["module", "command"])
def test_a_signal_ends_it_cleanly(start: Start, tmp_path: Path, command: list[str], number: signal.Signals) -> None:
    process = start(command)
    ready(process)
    process.send_signal(number)
    assert process.wait(timeout=30) == 0
    assert list(tmp_path.iterdir()) == []


def test_the_command_with_json_ends_when_its_standard_input_closes(start: Start) -> None:
    process = start(COMMAND, "--json", "--no-tls")
    ready(process)
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_the_command_for_people_outlives_its_standard_input(start: Start) -> None:
    process = start(COMMAND, "--no-tls", stdin=subprocess.DEVNULL)
    lines = printed(process)
    control = next(line.split()[1] for line in lines if line.startswith("control"))
    path = next(line.split("its token: ")[1].strip() for line in lines if "its token: " in line)
    token = ControlToken(control, Path(path).read_text())
    assert httpx.get(f"{control}/health", auth=token, trust_env=False).status_code == 200
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    assert process.poll() is None


def test_the_clock_runs_at_the_pace_that_was_asked_for(start: Start) -> None:
    found = ready(start(COMMAND, "--json", "--no-tls", "--pace", "100000"))
    with httpx.Client(auth=token_of(found), trust_env=False) as client:
        fault = {"kind": "http", "action": "delay", "delay_s": 3600}
        client.put(f"{found['control']}/jira/faults/hour", json=fault).raise_for_status()
        assert client.get(f"{found['fakes']['jira']}/rest/api/2/serverInfo", timeout=30).status_code == 200


@pytest.mark.parametrize("pace", ["0", "-1", "inf", "nan", "fast"])
def test_a_pace_that_no_clock_can_run_at_is_refused_in_one_line(start: Start, pace: str) -> None:
    assert "--pace" in refusal(start(COMMAND, "--pace", pace))


def test_the_command_prints_urls_credentials_and_what_to_export(start: Start) -> None:
    lines = printed(start(COMMAND))
    exported = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines if line.startswith("export "))
    assert set(exported) == {
        "GAMEDAY_CRM_URL", "GAMEDAY_ERP_URL", "GAMEDAY_PAGER_URL", "GAMEDAY_TICKETS_URL",
        "HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS",
        "GAMEDAY_FAKES_CA",
    }  # fmt: skip
    assert any("routing_key: gameday" in line for line in lines)


def test_the_proxy_is_not_asked_for_the_fakes_own_address(start: Start) -> None:
    lines = printed(start(COMMAND, "--host", "127.0.0.2"))
    assert "export NO_PROXY=127.0.0.1,127.0.0.2,localhost\n" in lines


@pytest.mark.parametrize("name", ["jira", "control", "proxy"])
def test_a_port_in_use_is_named_in_one_line(start: Start, taken: int, name: str) -> None:
    text = refusal(start(COMMAND, "--port", f"{name}={taken}"))
    assert f"cannot listen on 127.0.0.1:{taken} for {name}: Address already in use (choose another" in text


def test_a_named_port_is_used(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert ready(start(BARE, "--port", f"jira={port}"))["fakes"]["jira"] == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("command", [BARE, COMMAND], ids=["module", "command"])
@pytest.mark.parametrize("port", ["jira", "jira=x", "jira=-1", "jira=70000", "=1", "jra=1"])
def test_a_bad_port_is_refused_in_one_line(start: Start, command: list[str], port: str) -> None:
    assert repr(port.partition("=")[0] if port == "jra=1" else port) in refusal(start(command, "--port", port))


def test_an_address_that_others_reach_needs_a_token(start: Start) -> None:
    assert "needs a token: set GAMEDAY_FAKES_TOKEN" in refusal(start(COMMAND, "--host", "0.0.0.0"))  # noqa: S104


def test_with_a_token_the_control_plane_takes_no_request_without_it(start: Start) -> None:
    control = ready(start(BARE, GAMEDAY_FAKES_TOKEN="open"))["control"]
    with httpx.Client(base_url=control, trust_env=False) as client:
        for headers in ({}, {"authorization": "Bearer shut"}, {"authorization": "open"}):
            assert client.post("/reset", headers=headers).status_code == 401
        assert client.post("/reset", headers={"authorization": "Bearer open"}).status_code == 200
