"""The control plane over TLS: trusted by the file that a variable names, and by nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gameday.base.errors import GamedayError, RunError
from gameday.run.control_trust import FAKES_CA_VARIABLE, verification
from gameday.run.fakes_client import FakesClient
from gameday.run.healing_calls import Calls
from support.commands import gameday

FEATURE = """
Feature: Over TLS
  Scenario: The ERP answers with errors for a minute
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 20 deals are closed won at 4 per minute
    When after 2 minutes the ERP suffers "server errors" for 2 minutes
    Then every deal is in the ERP exactly once within 10 minutes of the fix
"""


@contextlib.contextmanager
def fakes(**env: str) -> Iterator[dict[str, Any]]:
    """The fakes with TLS, in a process of their own: their ready line."""
    command = [sys.executable, "-m", "gameday_fakes.serve", "--json", "--tls"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **env}
    ) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.kill()


def health(found: dict[str, Any]) -> dict[str, Any]:
    async def act() -> dict[str, Any]:
        client = FakesClient(found["control_https"], token=found["token"])
        try:
            return await client.health()
        finally:
            await client.close()

    return asyncio.run(act())


def test_over_plain_http_no_certificate_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FAKES_CA_VARIABLE, "no such file")
    assert verification("http://127.0.0.1:1") is False


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_file_that_holds_no_certificate_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv(FAKES_CA_VARIABLE, str(file))
    with pytest.raises(GamedayError, match=f"^{FAKES_CA_VARIABLE}: cannot read '{file}': [a-zA-Z ]+$"):
        verification("https://127.0.0.1:1")


def test_the_certificates_of_the_machine_stay_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FAKES_CA_VARIABLE, raising=False)
    context = verification("HTTPS://fakes.example")
    assert isinstance(context, ssl.SSLContext)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.slow
def test_only_who_has_the_authority_talks_to_the_control_plane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FAKES_CA_VARIABLE, raising=False)
    with fakes() as found:
        with pytest.raises(RunError, match="have a certificate that is not trusted") as refused:
            health(found)
        assert FAKES_CA_VARIABLE in refused.value.hint
        monkeypatch.setenv(FAKES_CA_VARIABLE, found["ca"])
        assert "salesforce" in health(found)["fakes"]


@pytest.mark.slow
def test_a_fault_is_healed_over_tls_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with fakes() as found:
        monkeypatch.setenv(FAKES_CA_VARIABLE, found["ca"])
        url, headers = found["control_https"], {"authorization": f"Bearer {found['token']}"}
        Calls().send("DELETE", f"{url}/salesforce/faults/none", headers=headers, gone=(404,))


@pytest.mark.slow
def test_a_game_day_runs_against_fakes_whose_control_plane_is_behind_tls(tmp_path: Path) -> None:
    (tmp_path / "tls.feature").write_text(FEATURE)
    with fakes() as found:
        (tmp_path / "gameday.toml").write_text(f'[fakes]\ncontrol = "{found["control_https"]}"\n')
        env = {**os.environ, FAKES_CA_VARIABLE: found["ca"], "GAMEDAY_FAKES_TOKEN": found["token"]}
        done = gameday("run", "tls.feature", "--stack", "durable", "--no-control", cwd=tmp_path, env=env, timeout=200)
        assert done.returncode == 0, done.stdout + done.stderr
