"""What some tests need beyond Python and the lock. Every skip of the suite goes through here, so that its last line
can say what was skipped and which command enables it.

A test is marked ``@pytest.mark.needs("browser")``, or a fixture calls ``demand("browser")``. Where the machine lacks
it, the test is skipped; it fails instead if GAMEDAY_REQUIRE names it (``GAMEDAY_REQUIRE=browser,toxiproxy``).
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import os
import re
import shutil
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from gameday.base.errors import GamedayError
from gameday.run import offline
from gameday.run.clock_library import compiled_library
from gameday.run.doctor_address import can_listen
from gameday.run.offline import can_go_offline
from gameday.run.proxy_server import find_server
from gameday_fakes import grpc_server
from gameday_fakes.otlp.protobuf import installed
from gameday_fakes.salesforce import pubsub_messages

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
REQUIRE = "GAMEDAY_REQUIRE"


class Need(NamedTuple):
    """``what`` is skipped without it, ``command`` enables it, ``present`` says whether the machine has it."""

    what: str
    command: str
    present: Callable[[], bool]

    @property
    def reason(self) -> str:
        """As skipped tests give it."""
        return f"{self.what} ({self.command})"


def find_browser() -> str | None:
    """The browser: the one that GAMEDAY_CHROMIUM names, else the first that is installed."""
    return os.environ.get("GAMEDAY_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def has_pango() -> bool:
    """Whether WeasyPrint can be imported, which loads Pango. The tests of printed pages bring their own fonts."""
    try:
        with warnings.catch_warnings():
            # It warns where there is no font, and of libraries that it can do without.
            warnings.simplefilter("ignore")
            importlib.import_module("weasyprint")
    except (ImportError, OSError):
        return False
    return True


def has_node_clients() -> bool:
    """Whether there is Node, and the vendors' clients for it that the fakes are tested with."""
    installed = Path(__file__).parents[1] / "fakes" / "node_clients" / "node_modules" / "jira.js"
    return shutil.which("node") is not None and installed.exists()


def has_compiler() -> bool:
    """Whether stacks can be accelerated here."""
    try:
        compiled_library()
    except GamedayError:
        return False
    return True


def has_unprivileged() -> bool:
    """Whether a user without privileges may have a network namespace here; tried in a child process."""
    if not can_go_offline():
        return False
    child = os.fork()
    if not child:
        status = 1
        try:
            status = 0 if unprivileged() else 1
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


#: prctl(2): without it, a process that changed its user owns none of its own files in /proc.
_PR_SET_DUMPABLE = 4
_NOBODY = 65534


def unprivileged() -> bool:
    """Become a user without privileges, for good; whether such a user may have a network namespace."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 1)
    offline._tried.cache_clear()
    return can_go_offline()


def has_pubsub() -> bool:
    """Whether the fake of Salesforce can serve the Pub/Sub API."""
    return grpc_server.installed() and pubsub_messages.installed()


def has_postgres() -> bool:
    """Whether the durable stack can have a PostgreSQL of its own here."""
    if find_spec("procrastinate") is None or find_spec("psycopg") is None:
        return False
    cluster = importlib.import_module("gameday_fakes.stacks.durable.postgres.cluster")
    try:
        return bool(cluster.unprivileged([cluster.program("initdb")]))
    except cluster.NoPostgresError:
        return False


STACKS = Path(__file__).parents[1] / "stacks"


def _installed(stack: str, file: str, program: str = "node") -> Callable[[], bool]:
    """Whether the packages of a stack under tests/stacks are installed, and the program that runs them."""
    return lambda: (STACKS / stack / file).exists() and shutil.which(program) is not None


def _client(path: str) -> Callable[[], bool]:
    """Whether a client under tests/fakes is installed."""
    return (Path(__file__).parents[1] / "fakes" / path).exists


NEEDS = {
    "browser": Need("browser tests", "apt-get install chromium", lambda: find_browser() is not None),
    "toxiproxy": Need("real Toxiproxy", "make toxiproxy", lambda: find_server() is not None),
    "pango": Need("printed pages", "apt-get install libpangoft2-1.0-0 libharfbuzz-subset0", has_pango),
    "node": Need("stack in plain Node", "apt-get install nodejs", lambda: shutil.which("node") is not None),
    "https_port": Need("links at port 443", "sysctl net.ipv4.ip_unprivileged_port_start=443", lambda: can_listen(443)),
    "node_clients": Need("clients in Node", "make clients", has_node_clients),
    "netsuite_rest": Need(
        "NetSuite's client in Node", "make clients", _client("node_clients/node_modules/netsuite-rest")
    ),
    "hubspot_node": Need(
        "HubSpot's client in Node", "make clients", _client("node_clients/node_modules/@hubspot/api-client")
    ),
    "sap_cloud_sdk": Need(
        "SAP's client in Node", "make clients", _client("node_clients/node_modules/@sap-cloud-sdk/odata-v2")
    ),
    "dynamics_node": Need(
        "Dataverse's client in Node", "make clients", _client("node_clients/node_modules/dynamics-web-api")
    ),
    "pubsub_node": Need(
        "Pub/Sub client in Node", "make clients", _client("node_clients/node_modules/salesforce-pubsub-api-client")
    ),
    "tap_salesforce": Need("tap-salesforce", "make clients", _client("tap_salesforce/.venv/.ready")),
    "compiler": Need("accelerated stacks", "apt-get install gcc libc6-dev", has_compiler),
    "java": Need("programs in Java", "apt-get install default-jdk-headless", lambda: shutil.which("javac") is not None),
    "ruby": Need("clock in Ruby", "apt-get install ruby", lambda: shutil.which("ruby") is not None),
    "php": Need("clock in PHP", "apt-get install php-cli", lambda: shutil.which("php") is not None),
    "go": Need("clock in Go", "apt-get install golang-go", lambda: shutil.which("go") is not None),
    "node_red": Need("Node-RED flow", "make stacks", _installed("node_red", "node_modules/node-red/red.js")),
    "jsforce": Need("glue on jsforce", "make stacks", _installed("jsforce", "node_modules/jsforce/package.json")),
    "python_batch": Need("Python batch", "make stacks", _installed("python_batch", ".venv/.ready", "python3")),
    "dask": Need("runs on a Dask cluster", "pip install distributed", lambda: find_spec("distributed") is not None),
    "dask_crds": Need(
        "manifest for the Dask operator", "make crds", (STACKS.parent / "harness/cluster/operator/.installed").exists
    ),
    "otlp": Need("traces in protobuf", "pip install opentelemetry-proto", installed),
    "grpc": Need("traces over gRPC", "pip install grpcio", grpc_server.installed),
    "pubsub": Need("Pub/Sub API", "pip install grpcio protobuf fastavro", has_pubsub),
    "fsspec": Need("results in an object store", "pip install fsspec", lambda: find_spec("fsspec") is not None),
    "postgres": Need("stack on PostgreSQL", "make postgres", has_postgres),
    "duckdb": Need("large exports", "pip install duckdb", lambda: find_spec("duckdb") is not None),
    "unprivileged": Need("namespace of another user", "as root, on a system that allows it", has_unprivileged),
    "namespace": Need("stack without a network", "sysctl kernel.unprivileged_userns_clone=1", can_go_offline),
}


@functools.cache
def present(name: str) -> bool:
    """Whether the machine has it; looked up once."""
    return NEEDS[name].present()


def demand(name: str) -> None:
    """Skip the running test where the machine lacks what it needs; fail it if GAMEDAY_REQUIRE names that."""
    if present(name):
        return
    required = re.split(r"[\s,]+", os.environ.get(REQUIRE, ""))
    if name in required:
        pytest.fail(f"{REQUIRE} demands it: {NEEDS[name].reason}", pytrace=False)
    pytest.skip(NEEDS[name].reason)


def skipped_line(reasons: Iterable[str]) -> str:
    """One line over the reasons of all skipped tests: how many, what, and how to enable it. "" for none."""
    counts = Counter(reason.removeprefix("Skipped: ") for reason in reasons)
    if not counts:
        return ""
    listed = ", ".join(reason for reason, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return f"{counts.total()} skipped: {listed}"
