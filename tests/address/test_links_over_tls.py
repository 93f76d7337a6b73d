"""What goes through CONNECT passes the links: network faults hit it, under both Toxiproxies, and leave evidence."""

from __future__ import annotations

import asyncio
import ssl
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from gameday.base.errors import GamedayError
from gameday.model.events import LinkUsed
from gameday.model.history import History
from gameday.run.address import asked
from gameday.run.doctor_address import hosts_line
from gameday.run.rollback import read
from support.needs import demand
from support.site import PACE, Site, opened

pytestmark = pytest.mark.slow

CRM = "https://login.salesforce.com/services/data"
ROLES = {
    "crm": "https://gameday.my.salesforce.com/services/data",
    "erp": "https://1234567-sb1.suitetalk.api.netsuite.com/nowhere",
    "pager": "https://events.pagerduty.com/nowhere",
    "tickets": "https://gameday.atlassian.net/rest/api/2/serverInfo",
}
BREAKING: dict[str, dict[str, Any]] = {
    "connection down": {},
    "connection reset": {},
    "stalled connection": {},
    "limited data": {"bytes": 10},
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("proxy", [True, False], ids=["connect", "direct"])
def test_a_request_over_tls_arrives_at_its_fake(site: Site, role: str, proxy: bool) -> None:
    async def act() -> None:
        before = await site.traffic(role)
        url = ROLES[role] if proxy else site.values[f"{role}_https_url"] + urlsplit(ROLES[role]).path
        assert (await site.get(url, proxy=proxy)).status_code < 502
        assert (await site.traffic(role))["connections_over_tls"] == before["connections_over_tls"] + 1

    site.run(act())


@pytest.mark.parametrize("proxy", [True, False], ids=["connect", "direct"])
@pytest.mark.parametrize("fault", BREAKING)
def test_a_network_fault_hits_it_until_it_is_healed(site: Site, fault: str, proxy: bool) -> None:
    async def act() -> None:
        url = CRM if proxy else site.values["crm_https_url"] + "/services/data"
        assert (await site.get(url, proxy=proxy)).status_code == 200
        async with site.under(fault, "crm", **BREAKING[fault]):
            with pytest.raises(httpx.TransportError):
                await site.get(url, proxy=proxy, timeout_s=0.5)
            assert (await site.get(ROLES["tickets"])).status_code == 200
        assert (await site.get(url, proxy=proxy)).status_code == 200

    site.run(act())


def test_latency_delays_it(site: Site) -> None:
    async def act() -> float:
        async with site.under("slow connection", "crm", latency_s=0.3 * PACE):
            started_s = time.monotonic()
            await site.get(CRM)
            return time.monotonic() - started_s

    assert site.run(act()) >= 0.3


@pytest.mark.parametrize("fault", [fault for fault in BREAKING if fault != "connection down"])
def test_a_connection_that_is_cut_off_in_its_handshake_is_evidence_once(site: Site, fault: str) -> None:
    async def act() -> None:
        async with site.under(fault, "erp", **BREAKING[fault]):
            with pytest.raises(httpx.TransportError):
                await site.get(ROLES["erp"], timeout_s=0.5)

    site.run(act())
    used = [op.event for op in History.read(site.folder / "history.jsonl").of(LinkUsed)][-1]
    assert (used.link, used.opened) == ("stack-erp", 1)
    assert used.received > 0
    assert used.sent > 10


def test_both_parts_of_a_fault_are_in_the_rollback_log_and_then_done(site: Site) -> None:
    async def act() -> set[str]:
        async with site.under("slow connection", "crm"):
            return set(read(site.folder)[1])

    active = {key for key in site.run(act()) if key.startswith("0-")}
    plain = {key for key in active if not key.endswith("-tls")}
    assert plain
    assert active == plain | {f"{key}-tls" for key in plain}
    assert not active & set(read(site.folder)[1])


def test_another_authority_is_not_trusted_and_the_attempt_is_counted(site: Site) -> None:
    async def act() -> None:
        before = await site.traffic("crm")
        async with httpx.AsyncClient(proxy=site.values["proxy_url"], trust_env=False) as client:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await client.get(CRM)
        await site.get(CRM)
        assert (await site.traffic("crm"))["handshakes_failed"] == before["handshakes_failed"] + 1

    site.run(act())


def test_what_was_asked_of_the_listener_is_recorded(site: Site) -> None:
    async def act() -> None:
        await site.get(CRM)
        with pytest.raises(httpx.ProxyError):
            await site.get("https://example.com/")

    site.run(act())
    assert [(each.name, each.port, each.led) for each in asked(site.folder)][-2:] == [
        ("login.salesforce.com", 443, True),
        ("example.com", 443, False),
    ]


def test_a_reset_by_the_far_side_ends_the_tunnel_without_a_trace(site: Site) -> None:
    async def act() -> None:
        async with site.under("connection reset", "crm"):
            with pytest.raises(httpx.TransportError):
                await site.get(CRM)

    site.run(act())
    assert "Traceback" not in (site.folder / "connect.log").read_text()


def test_the_links_are_at_port_443_of_the_addresses_for_etc_hosts(tmp_path: Path) -> None:
    demand("https_port")

    async def act(site: Site, address: str) -> None:
        context = ssl.create_default_context(cafile=site.values["ca_file"])
        names = {"server_hostname": "login.salesforce.com"}
        reader, writer = await asyncio.open_connection(address, 443, ssl=context, **names)
        writer.write(b"GET /services/data HTTP/1.1\r\nhost: login.salesforce.com\r\nconnection: close\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
        writer.close()

    with opened(tmp_path, hosts=True) as site:
        address = hosts_line("crm", "salesforce").split()[0]
        site.run(act(site, address))
        assert site.values["crm_https_url"] == f"https://{address}:443"
        assert site.run(site.get(f"https://{address}/services/data", proxy=False)).status_code == 200


def test_an_isolated_stack_is_led_through_the_links_too(tmp_path: Path) -> None:
    async def act(site: Site) -> None:
        assert (await site.get(CRM)).status_code == 200
        async with site.under("connection down", "crm"):
            with pytest.raises(httpx.TransportError):
                await site.get(CRM, timeout_s=0.5)

    with opened(tmp_path, isolated=True, tls=False) as site:
        site.run(act(site))


def test_fixed_ports_are_used_and_one_that_is_taken_is_named(tmp_path: Path, port: int) -> None:
    ports = {"crm_https": port, "proxy": port + 1}
    with opened(tmp_path, ports=ports) as site:
        assert site.values["crm_https_url"] == f"https://127.0.0.1:{port}"
        assert site.values["proxy_url"] == f"http://127.0.0.1:{port + 1}"
        (tmp_path / "other").mkdir()
        said = f"cannot listen on 127.0.0.1:{port} for stack-crm-tls.*in use"
        with pytest.raises(GamedayError, match=said), opened(tmp_path / "other", ports=ports):
            pass


def test_the_stack_sees_the_name_that_its_table_gives_under_a_valid_certificate(tmp_path: Path) -> None:
    async def act(site: Site) -> None:
        port = int(site.values["crm_https_url"].removeprefix("https://gameday.test:"))
        context = ssl.create_default_context(cafile=site.values["ca_file"])
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="gameday.test")
        writer.close()

    everywhere = "0.0.0.0"  # noqa: S104
    with opened(tmp_path, fakes_host="gameday.test", fakes_listen=everywhere) as site:
        assert site.values["proxy_url"].startswith("http://gameday.test:")
        site.run(act(site))
