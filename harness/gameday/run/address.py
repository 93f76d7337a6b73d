"""How the stack of one run reaches the fakes over TLS: the CONNECT listener, the files to trust, the templates' values.

Everything passes the links, so that network faults hit it: the listener leads the vendors' host names to the links.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.base.process import Child, start
from gameday.config.stack_address import LOOPBACK
from gameday.config.stack_table import StackTable
from gameday.run.fakes_client import OverTls
from gameday.run.links import Links
from gameday.run.setup import Setup
from gameday_fakes.connect import Asked
from gameday_fakes.registry import fake_kinds

FOLDER = "tls"
LOG_FILE = "connect.log"
#: The password of the truststore. It protects nothing: the file holds one public certificate.
TRUSTSTORE_PASSWORD = "changeit"  # noqa: S105
READY_TIMEOUT_S = 15.0


class Address:
    """The values for the templates; ``authority`` is the PEM file."""

    def __init__(self, proxy_url: str, authority: Path, values: Mapping[str, str]) -> None:
        self.proxy_url = proxy_url
        self.authority = authority
        self.values = values


async def start_listener(run_dir: Path, env: Mapping[str, str]) -> Child:
    """The process of the CONNECT listener, which waits for what it has to listen for. Raises RunError."""
    command = [sys.executable, "-m", "gameday_fakes.connect_serve"]
    return await start("the CONNECT listener", command, run_dir / LOG_FILE, env=env, pipes=True)


async def make_address(
    child: Child, served: OverTls, fakes_by_role: Mapping[str, str], links: Links, setup: Setup
) -> Address:
    """Add the links over TLS, tell the listener what leads where, and write the files. Raises GamedayError.

    ``child`` is the listener's process, ``served`` what the fakes serve over TLS.
    """
    table, run_dir = setup.table, setup.run_dir
    if not served.fakes:
        raise GamedayError(
            f"stack {table.name!r} asks for TLS, and the fakes that run already serve none",
            hint="start them without --no-tls",
        )
    urls, addresses = await links.add_tls({role: served.fakes[fake] for role, fake in fakes_by_role.items()})
    targets = _targets(served.fakes, fakes_by_role, addresses)
    listening = await _listen(child, targets, table)
    host = table.fakes_host or LOOPBACK
    proxy_url = f"http://{host}:{urlsplit(listening).port}"
    folder = run_dir / FOLDER
    folder.mkdir(exist_ok=True)
    files = _write_files(folder.resolve(), served.authority, proxy_url, host)
    values = {"proxy_url": proxy_url, "truststore_password": TRUSTSTORE_PASSWORD}
    values |= {name: str(path) for name, path in files.items()}
    values["jvm_options"] = jvm_options(proxy_url, files["truststore"])
    values |= {f"{role}_https_url": url for role, url in urls.items()}
    own = {vendor: tenant.host for vendor, tenant in setup.tenants.items()}
    values |= {
        f"{role}_host": own.get(fake) or host_of(fake) or urlsplit(urls[role]).netloc
        for role, fake in fakes_by_role.items()
    }
    return Address(proxy_url, files["ca_file"], values)


def host_of(fake: str) -> str:
    """The host name of a customer's account at a vendor; empty for one without such names."""
    return fake_kinds()[fake].host


def jvm_options(proxy_url: str, truststore: Path) -> str:
    """Options of a Java virtual machine: the proxy for https, and the truststore.

    >>> jvm_options("http://127.0.0.1:9", Path("/t.p12")).split()[:2]
    ['-Dhttps.proxyHost=127.0.0.1', '-Dhttps.proxyPort=9']
    """
    proxy = urlsplit(proxy_url)
    # The variables for such options are split at blanks, outside quotes.
    path = f'"{truststore}"' if " " in str(truststore) else truststore
    return (
        f"-Dhttps.proxyHost={proxy.hostname} -Dhttps.proxyPort={proxy.port} -Djavax.net.ssl.trustStore={path}"
        f" -Djavax.net.ssl.trustStorePassword={TRUSTSTORE_PASSWORD} -Djavax.net.ssl.trustStoreType=PKCS12"
    )


def truststore(authority: str) -> bytes:
    """A PKCS#12 file from which Java takes the authority (PEM) as trusted."""
    # Few runs need one, and every worker would import it.
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
    from cryptography.x509 import load_pem_x509_certificate

    certificate = pkcs12.PKCS12Certificate(load_pem_x509_certificate(authority.encode()), b"gameday fakes")
    return pkcs12.serialize_java_truststore([certificate], BestAvailableEncryption(TRUSTSTORE_PASSWORD.encode()))


class AskedLog:
    """What the stack asks the CONNECT listener of a run for, as it is written."""

    def __init__(self, run_dir: Path) -> None:
        self._path = run_dir / LOG_FILE
        self._read_bytes = 0

    def new(self) -> list[Asked]:
        """The requests since this was called last, in order; a line that is being written comes with the next ones."""
        if not self._path.exists() or self._path.stat().st_size <= self._read_bytes:
            return []
        with self._path.open("rb") as file:
            file.seek(self._read_bytes)
            text = file.read()
        text = text[: text.rfind(b"\n") + 1]
        self._read_bytes += len(text)
        requests = []
        for line in text.splitlines():
            with contextlib.suppress(json_text.Unreadable):
                requests.append(json_text.decode(line, Asked))
        return requests


def asked(run_dir: Path) -> list[Asked]:
    """What the stack asked the CONNECT listener of a run for, in order; a last line that was cut off is ignored."""
    return AskedLog(run_dir).new()


def _targets(
    urls: Mapping[str, str], fakes_by_role: Mapping[str, str], addresses: Mapping[str, tuple[str, int]]
) -> dict[str, tuple[str, int]]:
    """Where each host name leads: to the link of the fake's role, or to a fake without a role directly."""
    targets = {}
    role_of: dict[str, str] = {}
    for role, fake in fakes_by_role.items():
        role_of.setdefault(fake, role)
    for fake, url in urls.items():
        parts = urlsplit(url)
        there = addresses[role_of[fake]] if fake in role_of else (parts.hostname or LOOPBACK, parts.port or 443)
        kind = fake_kinds().get(fake)
        targets.update(dict.fromkeys(kind.hosts if kind else (), there))
    return targets


async def _listen(child: Child, targets: Mapping[str, tuple[str, int]], table: StackTable) -> str:
    """Let the listener lead these names to these addresses; its URL."""
    listening = {"targets": targets, "host": table.fakes_listen or LOOPBACK, "port": table.ports.get("proxy", 0)}
    assert child.process.stdin is not None  # noqa: S101 - it was started with pipes
    child.process.stdin.write(msgspec.json.encode(listening) + b"\n")
    await child.process.stdin.drain()
    return str(json_text.decode(await child.ready_line(READY_TIMEOUT_S))["url"])


def _write_files(folder: Path, authority: str, proxy_url: str, fakes_host: str) -> dict[str, Path]:
    """The files that a stack is pointed to, by template."""
    preload = resources.files("gameday.run").joinpath("node_preload.cjs").read_text("utf-8")
    preload = preload.replace("{proxy_url}", proxy_url).replace("{fakes_host}", fakes_host)
    contents = {
        "ca_file": ("ca.pem", authority.encode()),
        "truststore": ("truststore.p12", truststore(authority)),
        "node_preload": ("node_preload.cjs", preload.encode()),
    }
    files = {}
    for template, (name, content) in contents.items():
        files[template] = folder / name
        files[template].write_bytes(content)
    return files
