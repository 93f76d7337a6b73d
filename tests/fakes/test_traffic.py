"""The fakes count what passes their data plane: the evidence of a network fault."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.slow


def counts(fakes: Any, fake: str = "netsuite") -> dict[str, int]:
    """What the control plane says of a fake's traffic."""
    found: dict[str, int] = fakes.call("GET", f"/{fake}/traffic").json()
    return found


def test_a_connection_and_its_bytes_are_counted(fakes: Any) -> None:
    before = counts(fakes)
    with httpx.Client(trust_env=False) as client:
        client.get(fakes.urls["netsuite"] + "/services/rest/record/v1/salesOrder")
        during = counts(fakes)
    assert during["connections_opened"] == before["connections_opened"] + 1
    assert during["connections_open"] == before["connections_open"] + 1
    assert during["bytes_received"] > before["bytes_received"]


def test_another_fakes_traffic_is_not_counted(fakes: Any) -> None:
    before = counts(fakes, "salesforce")
    httpx.get(fakes.urls["netsuite"] + "/services/rest/record/v1/salesOrder", trust_env=False)
    assert counts(fakes, "salesforce") == before


def test_the_control_plane_is_no_traffic(fakes: Any) -> None:
    before = counts(fakes)
    fakes.call("GET", "/netsuite/stats")
    assert counts(fakes) == before
