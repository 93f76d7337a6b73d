"""The CONNECT listener: the vendors' names lead to the fakes, and no other name anywhere."""

from __future__ import annotations

import socket
import ssl
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from gameday_fakes.connect import matches
from support.credentials import JIRA

pytestmark = pytest.mark.slow

NAMES = [
    ("login.salesforce.com", "/services/data"),
    ("acme.my.salesforce.com", "/services/data"),
    ("acme--test.sandbox.my.salesforce.com", "/services/data"),
    ("acme.atlassian.net", "/rest/api/2/serverInfo"),
]


def through(fakes: Any, url: str) -> httpx.Response:
    """A request by way of the proxy that trusts the run's authority alone."""
    context = ssl.create_default_context(cafile=fakes.ca)
    with httpx.Client(proxy=fakes.proxy, verify=context, trust_env=False) as client:
        return client.get(url)


def ask(fakes: Any, head: bytes) -> bytes:
    """What the listener says to raw bytes, until it closes."""
    proxy = urlsplit(fakes.proxy)
    with socket.create_connection((proxy.hostname or "", proxy.port or 0), timeout=20) as client:
        client.sendall(head)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65_536), b""))


@pytest.mark.parametrize(("name", "path"), NAMES)
def test_a_vendors_name_leads_to_its_fake_under_a_valid_certificate(fakes: Any, name: str, path: str) -> None:
    assert through(fakes, f"https://{name}{path}").status_code == 200


@pytest.mark.parametrize(
    "name",
    ["example.com", "salesforce.com", "my.salesforce.com", "a.b.my.salesforce.com", "login.salesforce.com.evil.test"],
)
def test_a_name_that_is_no_fakes_is_refused(fakes: Any, name: str) -> None:
    with pytest.raises(httpx.ProxyError, match="403"):
        through(fakes, f"https://{name}/")


@pytest.mark.parametrize(
    "target", ["login.salesforce.com:22", "127.0.0.1:443", "localhost:443", "[::1]:443", ".my.salesforce.com:443"]
)
def test_a_target_other_than_a_fake_is_refused_with_the_known_names(fakes: Any, target: str) -> None:
    reply = ask(fakes, f"CONNECT {target} HTTP/1.1\r\n\r\n".encode())
    assert reply.startswith(b"HTTP/1.1 403 ")
    assert b"known, at port 443: *." in reply and b", *.atlassian.net, " in reply


def test_a_plain_request_is_not_forwarded(fakes: Any) -> None:
    reply = ask(fakes, b"GET http://login.salesforce.com/ HTTP/1.1\r\nhost: login.salesforce.com\r\n\r\n")
    assert reply.startswith(b"HTTP/1.1 405 ")


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\r\n\r\n",
        b"CONNECT\r\n\r\n",
        b"CONNECT x HTTP/1.1\r\n\r\n",
        b"CONNECT x:y HTTP/1.1\r\n\r\n",
        b"x" * 100_000,
    ],
)
def test_what_is_no_request_is_answered_with_400(fakes: Any, head: bytes) -> None:
    assert ask(fakes, head).startswith(b"HTTP/1.1 400 ")


def test_a_dropped_connection_is_dropped_through_the_tunnel_too(fakes: Any) -> None:
    fakes.inject("jira", action="drop", operation="metadata")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        through(fakes, "https://acme.atlassian.net/rest/api/2/serverInfo")


def test_a_large_reply_comes_whole_through_a_tunnel_that_closes_after_it(fakes: Any) -> None:
    user, token = JIRA["user"], JIRA["token"]
    fields = {"project": {"key": "SYNC"}, "issuetype": {"name": "Task"}, "summary": "x", "description": "y" * 3_000_000}
    context = ssl.create_default_context(cafile=fakes.ca)
    with httpx.Client(proxy=fakes.proxy, verify=context, trust_env=False, auth=(user, token), timeout=30) as client:
        url = "https://acme.atlassian.net/rest/api/2/issue"
        key = client.post(url, json={"fields": fields}).json()["key"]
        reply = client.get(f"{url}/{key}", headers={"connection": "close"})
    assert reply.json()["fields"]["description"] == fields["description"]


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("*.my.salesforce.com", "ACME.My.Salesforce.com", True),
        ("*.my.salesforce.com", "my.salesforce.com", False),
        ("*.my.salesforce.com", "a.b.my.salesforce.com", False),
        ("*.my.salesforce.com", ".my.salesforce.com", False),
        ("events.pagerduty.com", "events.pagerduty.com", True),
        ("events.pagerduty.com", "eventsxpagerduty.com", False),
    ],
)
def test_a_star_means_one_label(pattern: str, name: str, expected: bool) -> None:
    assert matches(pattern, name) is expected
