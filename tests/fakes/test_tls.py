"""Certificates: an authority for each run, and for each vendor a certificate for its own names."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from gameday_fakes.tls import Authority

pytestmark = pytest.mark.slow


def certificate(fakes: Any, fake: str, name: str) -> dict[str, Any]:
    """What a fake shows to a client that asks for a name; raises where the client would."""
    port = urlsplit(fakes.tls_urls[fake]).port or 0
    context = ssl.create_default_context(cafile=fakes.ca)
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as raw,
        context.wrap_socket(raw, server_hostname=name) as wrapped,
    ):
        return wrapped.getpeercert() or {}


def test_every_fake_answers_over_tls_at_its_own_port(fakes: Any) -> None:
    context = ssl.create_default_context(cafile=fakes.ca)
    assert set(fakes.tls_urls) == set(fakes.urls)
    with httpx.Client(verify=context, trust_env=False) as client:
        for url in (url for url in fakes.tls_urls.values() if url.startswith("https:")):
            assert client.get(f"{url}/nowhere").status_code in (401, 404, 501)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "events.pagerduty.com"])
def test_a_certificate_is_for_the_vendors_names_and_for_this_machine(fakes: Any, name: str) -> None:
    kinds = {kind for kind, _ in certificate(fakes, "pagerduty", name)["subjectAltName"]}
    assert kinds == {"DNS", "IP Address"}


@pytest.mark.parametrize(
    "name",
    [
        "login.salesforce.com",
        "test.salesforce.com",
        "acme.my.salesforce.com",
        "acme--test.sandbox.my.salesforce.com",
    ],
)
def test_a_star_in_a_certificate_means_one_label(fakes: Any, name: str) -> None:
    assert certificate(fakes, "salesforce", name)
    with pytest.raises(ssl.SSLCertVerificationError):
        certificate(fakes, "salesforce", f"a.b.{name}")


def test_a_certificate_is_for_the_names_of_one_vendor_only(fakes: Any) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        certificate(fakes, "jira", "login.salesforce.com")


def test_a_fake_is_not_trusted_without_the_runs_authority(fakes: Any) -> None:
    with httpx.Client(trust_env=False) as client, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        client.get(fakes.tls_urls["jira"])


def test_a_client_that_trusts_the_run_trusts_nothing_else(fakes: Any) -> None:
    assert len(ssl.create_default_context(cafile=fakes.ca).get_ca_certs()) == 1


def test_another_run_has_another_authority_and_the_key_is_in_no_file(tmp_path: Path) -> None:
    bundles = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        bundles.append(Authority(tmp_path / name).bundle.read_text())
    assert bundles[0] != bundles[1]
    assert not any("PRIVATE KEY" in bundle for bundle in bundles)
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["ca.pem", "ca.pem"]


def test_the_data_plane_over_plain_tcp_at_a_tls_port_is_refused(fakes: Any) -> None:
    url = fakes.tls_urls["jira"].replace("https:", "http:")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        fakes.client.get(f"{url}/rest/api/2/serverInfo")
    assert fakes.client.get(f"{fakes.urls['jira']}/rest/api/2/serverInfo").status_code == 200
