"""The harness's adapter against both servers: links, faults as toxics, healing, and neighbours left in peace."""

from __future__ import annotations

import asyncio
import http.server
import socket
import threading
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
import toxiproxy

from gameday.base.errors import GamedayError, RunError
from gameday.model.fault import Toxic, make_fault
from gameday.run.network import Network, prefix_of, scaled_attributes

pytestmark = pytest.mark.slow

T = TypeVar("T")
SLOW = Toxic("stack-erp", "latency", {"latency": 60_000, "jitter": 6_000}, scaled=("latency", "jitter"))
DOWN = Toxic("stack-erp", "down")
UPSTREAM_URL = "http://127.0.0.1:9"


def use(server: str, act: Callable[[Network], Awaitable[T]], *, prefix: str = "gameday-test-") -> T:
    """Run one act against a network on the server, and take the network down."""

    async def run() -> T:
        network = Network(server, prefix=prefix)
        try:
            return await act(network)
        finally:
            await network.close()

    return asyncio.run(run())


def attributes_of(kind: str, params: dict[str, Any] | None = None, *, pace: float = 1.0) -> dict[str, int]:
    (toxic,) = make_fault(kind, params or {}).actions("erp")
    assert isinstance(toxic, Toxic)
    return scaled_attributes(toxic, pace)


def test_a_link_reads_as_its_upstream_with_another_address(server: str) -> None:
    async def act(network: Network) -> str:
        return await network.add("stack-erp", f"{UPSTREAM_URL}/services/rest")

    url = use(server, act)
    assert url.startswith("http://127.0.0.1:")
    assert url.endswith("/services/rest")
    assert url != f"{UPSTREAM_URL}/services/rest"


def test_requests_pass_a_link(server: str) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as upstream:
        thread = threading.Thread(target=upstream.handle_request)
        thread.start()

        async def act(network: Network) -> int:
            url = await network.add("stack-erp", f"http://127.0.0.1:{upstream.server_port}")
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            reply = await asyncio.to_thread(opener.open, url, timeout=20)
            with reply:
                return int(reply.status)

        assert use(server, act) == 204
        thread.join()


def test_adding_a_link_replaces_what_was_left_of_it(server: str) -> None:
    async def act(network: Network) -> dict[str, Any]:
        await network.add("stack-erp", UPSTREAM_URL)
        await network.inject("slow", SLOW, pace=1)
        await network.add("stack-erp", UPSTREAM_URL)
        return await network.toxics("stack-erp")

    assert use(server, act) == {}


def test_a_url_without_a_host_is_refused_with_a_hint(server: str) -> None:
    with pytest.raises(GamedayError, match=r"^no URL for link 'stack-erp': 'erp' \(write for instance"):
        use(server, lambda network: network.add("stack-erp", "erp"))


def test_a_toxic_is_in_force_under_its_key_with_its_durations_at_the_runs_pace(server: str) -> None:
    async def act(network: Network) -> dict[str, Any]:
        await network.add("stack-erp", UPSTREAM_URL)
        await network.inject("1-slow-connection-0", SLOW, pace=60)
        return await network.toxics("stack-erp")

    assert use(server, act) == {
        "1-slow-connection-0": {
            "type": "latency",
            "stream": "downstream",
            "toxicity": 1,
            "attributes": {"latency": 1000, "jitter": 100},
        }
    }


@pytest.mark.parametrize(
    "second",
    [
        Toxic("stack-erp", "latency", {"latency": 5}, toxicity=0.5),
        Toxic("stack-erp", "latency", {"latency": 5}, stream="upstream"),
        Toxic("stack-erp", "timeout", {"timeout": 5}),
    ],
    ids=["attributes", "stream", "type"],
)
def test_a_second_injection_under_a_key_replaces_the_first(server: str, second: Toxic) -> None:
    async def act(network: Network) -> dict[str, Any]:
        await network.add("stack-erp", UPSTREAM_URL)
        await network.inject("key", Toxic("stack-erp", "latency", {"latency": 1}), pace=1)
        await network.inject("key", second, pace=1)
        return await network.toxics("stack-erp")

    found = use(server, act)
    assert list(found) == ["key"]
    assert (found["key"]["type"], found["key"]["stream"], found["key"]["toxicity"]) == (
        second.type,
        second.stream,
        second.toxicity,
    )
    assert found["key"]["attributes"].items() >= second.attributes.items()


def test_a_healed_toxic_is_gone(server: str) -> None:
    async def act(network: Network) -> dict[str, Any]:
        await network.add("stack-erp", UPSTREAM_URL)
        await network.inject("key", SLOW, pace=1)
        await network.heal("key", SLOW)
        return await network.toxics("stack-erp")

    assert use(server, act) == {}


@pytest.mark.parametrize("toxic", [SLOW, DOWN], ids=["latency", "down"])
def test_healing_what_never_was_is_no_error(server: str, toxic: Toxic) -> None:
    async def act(network: Network) -> None:
        await network.heal("key", toxic)
        await network.add("stack-erp", UPSTREAM_URL)
        await network.heal("key", toxic)

    use(server, act)


def accepts(url: str) -> bool:
    host, _, port = url.removeprefix("http://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=20).close()
    except ConnectionRefusedError:
        return False
    return True


def test_down_refuses_connections_until_it_is_healed(server: str) -> None:
    async def act(network: Network) -> list[bool]:
        url = await network.add("stack-erp", UPSTREAM_URL)
        seen = [accepts(url)]
        await network.inject("key", DOWN, pace=1)
        seen.append(accepts(url))
        await network.heal("key", DOWN)
        return [*seen, accepts(url)]

    assert use(server, act) == [True, False, True]


def test_a_link_stays_down_while_another_fault_holds_it_down(server: str) -> None:
    async def act(network: Network) -> list[bool]:
        url = await network.add("stack-erp", UPSTREAM_URL)
        await network.inject("first", DOWN, pace=1)
        await network.inject("second", DOWN, pace=1)
        await network.heal("first", DOWN)
        seen = [accepts(url)]
        await network.heal("second", DOWN)
        return [*seen, accepts(url)]

    assert use(server, act) == [False, True]


def test_an_unknown_link_is_refused_with_those_that_are_known(server: str) -> None:
    async def act(network: Network) -> None:
        await network.add("stack-crm", UPSTREAM_URL)
        await network.inject("key", SLOW, pace=1)

    with pytest.raises(GamedayError, match=r"unknown link 'stack-erp'; known: stack-crm"):
        use(server, act)


def test_what_the_server_refuses_is_one_line(server: str) -> None:
    async def act(network: Network) -> None:
        await network.add("stack-erp", UPSTREAM_URL)
        await network.inject("key", Toxic("stack-erp", "bad luck"), pace=1)

    with pytest.raises(RunError, match=rf"^Toxiproxy at {server} refused: invalid toxic type$"):
        use(server, act)


def test_two_runs_on_one_server_leave_each_other_alone(server: str) -> None:
    async def act(other: Network) -> dict[str, Any]:
        await other.add("stack-erp", UPSTREAM_URL)
        await other.inject("key", SLOW, pace=1)
        mine = Network(server, prefix="gameday-mine-")
        await mine.add("stack-erp", UPSTREAM_URL)
        await mine.heal("key", SLOW)
        await mine.close()
        return await other.toxics("stack-erp")

    assert list(use(server, act)) == ["key"]


def test_closing_deletes_the_runs_proxies_on_a_shared_server(server: str, api: Any) -> None:
    use(server, lambda network: network.add("stack-erp", UPSTREAM_URL), prefix="gameday-closing-")
    assert not [name for name in api.get("/proxies").json() if name.startswith("gameday-closing-")]


def test_the_version_is_a_word(server: str) -> None:
    assert use(server, lambda network: network.version())


def test_the_proxies_of_the_environment_are_not_followed(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert use(server, lambda network: network.version())


def test_the_client_itself_goes_on_as_it_was(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Somebody else's use of it in this process, by host and port of its class.
    client = toxiproxy.Toxiproxy()
    monkeypatch.setattr("toxiproxy.api.APIConsumer.port", int(server.rpartition(":")[2]))
    made = client.create(upstream="127.0.0.1:9", name="somebody-elses")
    assert client.destroy(made)


def test_a_runs_proxies_are_named_by_its_folder(tmp_path: Path) -> None:
    prefix = prefix_of(tmp_path / "2026-03-15 durable")
    assert prefix.startswith("gameday-2026-03-15-durable-")
    assert Network("http://127.0.0.1:1", prefix=prefix).proxy_name("stack-erp") == f"{prefix}stack-erp"


def test_runs_of_one_name_in_two_places_have_proxies_of_two_names(tmp_path: Path) -> None:
    assert prefix_of(tmp_path / "a" / "run") != prefix_of(tmp_path / "b" / "run")


def test_only_durations_are_scaled() -> None:
    toxic = Toxic("stack-erp", "slicer", {"average_size": 64, "delay": 600}, scaled=("delay",))
    assert scaled_attributes(toxic, 60) == {"average_size": 64, "delay": 10}


def test_a_duration_is_never_rounded_to_0_which_would_mean_for_ever() -> None:
    assert attributes_of("stalled connection", {"timeout s": "1"}, pace=3600) == {"timeout": 1}


def test_for_ever_stays_for_ever() -> None:
    assert attributes_of("stalled connection", {"timeout s": "0"}, pace=60) == {"timeout": 0}


@pytest.mark.parametrize(
    "fault",
    [
        "slow connection",
        "narrow bandwidth",
        "slow close",
        "stalled connection",
        "connection reset",
        "sliced packets",
        "limited data",
    ],
)
def test_every_network_fault_is_taken_by_the_server(server: str, fault: str) -> None:
    (toxic,) = make_fault(fault, {}).actions("erp")
    assert isinstance(toxic, Toxic)

    async def act(network: Network) -> dict[str, Any]:
        await network.add("stack-erp", UPSTREAM_URL)
        await network.inject("key", toxic, pace=60)
        return await network.toxics("stack-erp")

    assert use(server, act)["key"]["attributes"] == scaled_attributes(toxic, 60)
