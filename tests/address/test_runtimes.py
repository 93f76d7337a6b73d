"""Runtimes that ignore HTTPS_PROXY reach the fakes by what their table's templates give them, and only so."""

from __future__ import annotations

import os
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from gameday.run.address import asked
from gameday.run.placeholders import fill
from support.needs import demand
from support.site import Site, opened

pytestmark = pytest.mark.slow

URL = "https://login.salesforce.com/services/data"
GUIDE = Path(__file__).parents[2] / "docs" / "https.md"

BY_FETCH = "fetch(process.argv[1]).then((r) => r.status)"
BY_HTTPS = """
new Promise((y, n) => require("https").get(process.argv[1], (r) => { r.resume(); y(r.statusCode) }).on("error", n))
"""
BY_AGENT = """
new Promise((y, n) => {
  const { Agent, get } = require("https");
  const agent = new Agent({ keepAlive: true });
  const ask = (then) =>
    get(process.argv[1], { agent }, (r) => r.resume().on("end", () => then(r.statusCode))).on("error", n);
  ask(() => setImmediate(() => ask((s) => { agent.destroy(); y(s) })));
})
"""
#: A dispatcher of undici as somebody makes one who has installed the package: it connects by itself.
BY_DISPATCHER = """
(async () => {
  await fetch("data:,").catch(() => {});
  const { constructor: Agent } = globalThis[Symbol.for("undici.globalDispatcher.1")];
  const dispatcher = new Agent({ keepAliveTimeout: 1000 });
  const ask = async () => { const r = await fetch(process.argv[1], { dispatcher }); await r.text(); return r.status };
  await ask();
  const status = await ask();
  await dispatcher.close();
  return status;
})()
"""
BY_TLS = """
new Promise((y, n) => {
  const { hostname } = new URL(process.argv[1]);
  const { port = 443 } = new URL(process.argv[1]).port ? new URL(process.argv[1]) : {};
  const socket = require("tls").connect(Number(port), hostname, { servername: hostname }, () =>
    socket.write(`GET /services/data HTTP/1.1\\r\\nhost: ${hostname}\\r\\nconnection: close\\r\\n\\r\\n`));
  let text = "";
  socket.on("data", (d) => (text += d)).on("end", () => y(text.split(" ")[1])).on("error", n);
})
"""
OWN_WAYS = [BY_DISPATCHER, BY_TLS]
SHOW = ".then((s) => console.log(s), (e) => { console.log(e.cause?.code ?? e.code); process.exitCode = 1 })"
JAVA = """
import java.net.URI;
import java.net.http.*;
public class Client {
    public static void main(String[] args) throws Exception {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(args[0])).build();
            int first = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
            var plain = (java.net.HttpURLConnection) URI.create(args[0]).toURL().openConnection();
            System.out.println(first + " " + plain.getResponseCode());
        } catch (java.io.IOException problem) {
            System.out.println(problem);
            System.exit(1);
        }
    }
}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One environment, in a folder whose name has a blank."""
    with opened(tmp_path_factory.mktemp("with blank")) as site:
        yield site


def variables(site: Site, *without: str) -> dict[str, str]:
    """The environment by the lines that the guide gives, filled in, without some of them."""
    block = GUIDE.read_text().split("```toml gameday.toml\n")[1].split("```")[0]
    lines = tomllib.loads(block)["stack"]["mine"]["env"]
    given = {name: fill(text, site.values, where="the guide") for name, text in lines.items() if name not in without}
    return {"PATH": os.environ["PATH"], "HOME": str(site.folder), **given}


def node(site: Site, code: str, url: str, *without: str) -> tuple[int, str]:
    demand("node")
    command = ["node", "-e", code.strip() + SHOW, url]
    done = subprocess.run(
        command, env=variables(site, *without), capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout.strip() or done.stderr


@pytest.mark.parametrize(
    "code", [BY_FETCH, BY_HTTPS, BY_AGENT, *OWN_WAYS], ids=["fetch", "https", "own agent", "own dispatcher", "tls"]
)
def test_node_reaches_the_fake_by_the_preload(site: Site, code: str) -> None:
    assert node(site, code, URL, "HTTPS_PROXY") == (0, "200")
    assert asked(site.folder)[-1].client == "gameday-node-preload"


@pytest.mark.parametrize("code", [BY_FETCH, BY_HTTPS, *OWN_WAYS], ids=["fetch", "https", "own dispatcher", "tls"])
def test_node_refuses_a_fake_whose_authority_it_does_not_trust(site: Site, code: str) -> None:
    assert node(site, code, URL, "NODE_EXTRA_CA_CERTS") == (1, "UNABLE_TO_VERIFY_LEAF_SIGNATURE")


@pytest.mark.parametrize("code", [BY_FETCH, BY_HTTPS, *OWN_WAYS], ids=["fetch", "https", "own dispatcher", "tls"])
def test_node_reaches_no_other_host_by_the_preload(site: Site, code: str) -> None:
    assert node(site, code, "https://example.com/") == (1, "ECONNREFUSED")


@pytest.mark.parametrize("code", [BY_FETCH, BY_HTTPS, BY_DISPATCHER], ids=["fetch", "https", "own dispatcher"])
def test_node_reaches_this_machine_past_the_listener(site: Site, code: str) -> None:
    before = len(asked(site.folder))
    assert node(site, code, site.values["crm_https_url"] + "/services/data") == (0, "200")
    assert len(asked(site.folder)) == before


@pytest.mark.parametrize("code", [BY_FETCH, BY_HTTPS, *OWN_WAYS], ids=["fetch", "https", "own dispatcher", "tls"])
def test_a_fault_on_the_link_hits_node(site: Site, code: str) -> None:
    async def act() -> tuple[int, str]:
        async with site.under("connection down", "crm"):
            return node(site, code, URL)

    assert site.run(act()) == (1, "ECONNRESET")
    assert node(site, code, URL) == (0, "200")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A client in Java, compiled."""
    demand("java")
    folder = tmp_path_factory.mktemp("java")
    (folder / "Client.java").write_text(JAVA)
    subprocess.run(["javac", "Client.java"], cwd=folder, check=True, timeout=120)
    return folder


def java(site: Site, client: Path, *without: str, **more: str) -> tuple[int, str]:
    command = ["java", "-cp", str(client), "Client", URL]
    env = {**variables(site, *without), **more}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout.strip()


def test_java_reaches_the_fake_by_its_options(site: Site, client: Path) -> None:
    assert java(site, client) == (0, "200 200")


def test_java_refuses_a_fake_that_its_truststore_does_not_hold(site: Site, client: Path) -> None:
    options = " ".join(part for part in site.values["jvm_options"].split() if "Proxy" in part or "proxy" in part)
    code, said = java(site, client, JAVA_TOOL_OPTIONS=options)
    assert code == 1
    assert "unable to find valid certification path" in said
