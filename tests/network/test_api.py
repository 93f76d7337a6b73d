"""The HTTP API, by word and status, of both servers."""

from __future__ import annotations

import socket
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.slow

UPSTREAM = "127.0.0.1:9"
ATTRIBUTES = {
    "latency": {"latency": 1, "jitter": 2},
    "bandwidth": {"rate": 1},
    "slow_close": {"delay": 1},
    "timeout": {"timeout": 1},
    "reset_peer": {"timeout": 1},
    "slicer": {"average_size": 1, "size_variation": 2, "delay": 3},
    "limit_data": {"bytes": 1},
}


@pytest.fixture
def proxy(api: httpx.Client, name: str) -> Any:
    """A proxy's path; nothing ever connects to it."""
    api.post("/proxies", json={"name": name, "listen": "127.0.0.1:0", "upstream": UPSTREAM}).raise_for_status()
    yield f"/proxies/{name}"
    api.delete(f"/proxies/{name}")


def refusal(reply: httpx.Response) -> tuple[int, str]:
    body = reply.json()
    assert set(body) == {"error", "status"}
    assert body["status"] == reply.status_code
    return reply.status_code, body["error"]


def test_version_is_an_object_with_the_version(api: httpx.Client) -> None:
    assert list(api.get("/version").json()) == ["version"]


def test_a_created_proxy_tells_the_port_it_listens_on(api: httpx.Client, name: str) -> None:
    reply = api.post("/proxies", json={"name": name, "listen": "127.0.0.1:0", "upstream": UPSTREAM})
    made = reply.json()
    assert reply.status_code == 201
    assert made["listen"].startswith("127.0.0.1:")
    assert not made["listen"].endswith(":0")
    assert {k: made[k] for k in ("name", "upstream", "enabled", "toxics")} == {
        "name": name,
        "upstream": UPSTREAM,
        "enabled": True,
        "toxics": [],
    }
    api.delete(f"/proxies/{name}")


@pytest.mark.parametrize("field", ["name", "upstream"])
def test_a_proxy_needs_its_fields(api: httpx.Client, name: str, field: str) -> None:
    body = {"name": name, "upstream": UPSTREAM}
    del body[field]
    assert refusal(api.post("/proxies", json=body)) == (400, f"missing required field: {field}")


def test_a_name_is_given_once(api: httpx.Client, proxy: str, name: str) -> None:
    reply = api.post("/proxies", json={"name": name, "upstream": UPSTREAM})
    assert refusal(reply) == (409, "proxy already exists")


def test_a_used_port_is_refused_and_no_proxy_is_created(api: httpx.Client, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        status, error = refusal(api.post("/proxies", json={"name": name, "listen": listen, "upstream": UPSTREAM}))
    assert (status, error) == (500, f"listen tcp {listen}: bind: address already in use")
    assert api.get(f"/proxies/{name}").status_code == 404


def test_an_address_without_a_port_is_refused(api: httpx.Client, name: str) -> None:
    reply = api.post("/proxies", json={"name": name, "listen": "nonsense", "upstream": UPSTREAM})
    assert refusal(reply) == (500, "listen tcp: address nonsense: missing port in address")


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'{"name": 5}', b'{"name": "x", "enabled": "yes"}'])
def test_a_bad_body_is_refused(api: httpx.Client, body: bytes) -> None:
    status, error = refusal(api.post("/proxies", content=body))
    assert status == 400
    assert error.startswith("bad request body: ")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/proxies/none"),
        ("POST", "/proxies/none"),
        ("PATCH", "/proxies/none"),
        ("DELETE", "/proxies/none"),
        ("GET", "/proxies/none/toxics"),
        ("POST", "/proxies/none/toxics"),
        ("GET", "/proxies/none/toxics/any"),
        ("POST", "/proxies/none/toxics/any"),
        ("PATCH", "/proxies/none/toxics/any"),
        ("DELETE", "/proxies/none/toxics/any"),
    ],
)
def test_an_unknown_proxy_is_not_found(api: httpx.Client, method: str, path: str) -> None:
    assert refusal(api.request(method, path, json={})) == (404, "proxy not found")


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_an_unknown_toxic_is_not_found(api: httpx.Client, proxy: str, method: str) -> None:
    assert refusal(api.request(method, f"{proxy}/toxics/none", json={})) == (404, "toxic not found")


def test_an_unknown_path_is_not_found(api: httpx.Client) -> None:
    assert api.get("/nothing").status_code == 404


def test_a_known_path_refuses_other_methods(api: httpx.Client) -> None:
    assert api.put("/proxies").status_code == 405


def test_proxies_are_listed_by_name(api: httpx.Client, proxy: str, name: str) -> None:
    assert api.get("/proxies").json()[name] == api.get(proxy).json()


def test_a_deleted_proxy_is_gone(api: httpx.Client, proxy: str) -> None:
    assert api.delete(proxy).status_code == 204
    assert api.get(proxy).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_proxy_is_changed_in_what_is_named(api: httpx.Client, proxy: str, method: str) -> None:
    before = api.get(proxy).json()
    after = api.request(method, proxy, json={"enabled": False}).json()
    assert after == {**before, "enabled": False}


@pytest.mark.parametrize("kind", ATTRIBUTES)
def test_a_toxic_shows_its_attributes(api: httpx.Client, proxy: str, kind: str) -> None:
    reply = api.post(f"{proxy}/toxics", json={"type": kind, "attributes": ATTRIBUTES[kind]})
    assert reply.status_code == 200
    assert reply.json() == {
        "name": f"{kind}_downstream",
        "type": kind,
        "stream": "downstream",
        "toxicity": 1,
        "attributes": ATTRIBUTES[kind],
    }
    assert api.get(f"{proxy}/toxics/{kind}_downstream").json() == reply.json()


@pytest.mark.parametrize("kind", ATTRIBUTES)
def test_attributes_default_to_0(api: httpx.Client, proxy: str, kind: str) -> None:
    made = api.post(f"{proxy}/toxics", json={"type": kind}).json()
    assert made["attributes"] == dict.fromkeys(ATTRIBUTES[kind], 0)


def test_a_toxic_with_all_its_fields(api: httpx.Client, proxy: str) -> None:
    body = {
        "name": "slow",
        "type": "latency",
        "stream": "upstream",
        "toxicity": 0.5,
        "attributes": {"latency": 7, "jitter": 0},
    }
    assert api.post(f"{proxy}/toxics", json=body).json() == body


def test_the_name_of_a_toxic_is_given_once(api: httpx.Client, proxy: str) -> None:
    api.post(f"{proxy}/toxics", json={"name": "same", "type": "latency"})
    reply = api.post(f"{proxy}/toxics", json={"name": "same", "type": "timeout", "stream": "upstream"})
    assert refusal(reply) == (409, "toxic already exists")


def test_an_unknown_type_of_toxic_is_refused(api: httpx.Client, proxy: str) -> None:
    assert refusal(api.post(f"{proxy}/toxics", json={"type": "bad luck"})) == (400, "invalid toxic type")


def test_an_unknown_stream_is_refused(api: httpx.Client, proxy: str) -> None:
    reply = api.post(f"{proxy}/toxics", json={"type": "latency", "stream": "sideways"})
    assert refusal(reply) == (400, "stream was invalid, can be either upstream or downstream")


@pytest.mark.parametrize("value", ["fast", 1.5, [], {}])
def test_attributes_are_whole_numbers(api: httpx.Client, proxy: str, value: object) -> None:
    status, error = refusal(api.post(f"{proxy}/toxics", json={"type": "latency", "attributes": {"latency": value}}))
    assert status == 400
    assert error.startswith("bad request body: ")


def test_unknown_attributes_are_passed_over(api: httpx.Client, proxy: str) -> None:
    made = api.post(f"{proxy}/toxics", json={"type": "timeout", "attributes": {"colour": 1}}).json()
    assert made["attributes"] == {"timeout": 0}


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_toxic_is_changed_in_what_is_named(api: httpx.Client, proxy: str, method: str) -> None:
    api.post(f"{proxy}/toxics", json={"name": "slow", "type": "latency", "attributes": {"latency": 1, "jitter": 2}})
    change = {"type": "timeout", "stream": "upstream", "toxicity": 0.25, "attributes": {"latency": 3}}
    assert api.request(method, f"{proxy}/toxics/slow", json=change).json() == {
        "name": "slow",
        "type": "latency",
        "stream": "downstream",
        "toxicity": 0.25,
        "attributes": {"latency": 3, "jitter": 2},
    }


def test_a_bad_change_of_a_toxic_is_refused(api: httpx.Client, proxy: str) -> None:
    api.post(f"{proxy}/toxics", json={"name": "slow", "type": "latency"})
    status, error = refusal(api.post(f"{proxy}/toxics/slow", json={"attributes": {"latency": "long"}}))
    assert status == 400
    assert error.startswith("bad request body: ")


def test_a_removed_toxic_is_gone(api: httpx.Client, proxy: str) -> None:
    api.post(f"{proxy}/toxics", json={"name": "slow", "type": "latency"})
    assert api.delete(f"{proxy}/toxics/slow").status_code == 204
    assert api.get(f"{proxy}/toxics").json() == []


def test_toxics_are_listed_upstream_first_in_the_order_they_were_added(api: httpx.Client, proxy: str) -> None:
    for toxic, stream in [("a", "downstream"), ("b", "upstream"), ("c", "downstream"), ("d", "upstream")]:
        api.post(f"{proxy}/toxics", json={"name": toxic, "type": "latency", "stream": stream})
    assert [toxic["name"] for toxic in api.get(f"{proxy}/toxics").json()] == ["b", "d", "a", "c"]
    assert api.get(proxy).json()["toxics"] == api.get(f"{proxy}/toxics").json()


def test_reset_enables_every_proxy_and_removes_every_toxic(api: httpx.Client, proxy: str) -> None:
    before = api.get(proxy).json()
    api.post(f"{proxy}/toxics", json={"type": "latency"})
    api.post(proxy, json={"enabled": False})
    assert api.post("/reset").status_code == 204
    assert api.get(proxy).json() == before


def test_populate_creates_proxies(api: httpx.Client, name: str) -> None:
    body = [{"name": f"{name}-{n}", "listen": "127.0.0.1:0", "upstream": UPSTREAM} for n in (1, 2)]
    reply = api.post("/populate", json=body)
    assert reply.status_code == 201
    assert [proxy["name"] for proxy in reply.json()["proxies"]] == [f"{name}-1", f"{name}-2"]
    assert all(proxy["enabled"] for proxy in reply.json()["proxies"])
    for entry in body:
        api.delete(f"/proxies/{entry['name']}")


def test_populate_leaves_a_proxy_that_is_as_described(api: httpx.Client, proxy: str, name: str) -> None:
    api.post(f"{proxy}/toxics", json={"type": "latency"})
    before = api.get(proxy).json()
    body = [{"name": name, "listen": before["listen"], "upstream": UPSTREAM}]
    assert api.post("/populate", json=body).json() == {"proxies": [before]}


def test_populate_replaces_a_proxy_that_differs(api: httpx.Client, proxy: str, name: str) -> None:
    api.post(f"{proxy}/toxics", json={"type": "latency"})
    body = [{"name": name, "listen": api.get(proxy).json()["listen"], "upstream": "127.0.0.1:10"}]
    (replaced,) = api.post("/populate", json=body).json()["proxies"]
    assert (replaced["upstream"], replaced["toxics"]) == ("127.0.0.1:10", [])


def test_populate_names_the_entry_that_is_short_of_a_field(api: httpx.Client, name: str) -> None:
    body = [{"name": name, "upstream": UPSTREAM}, {"name": f"{name}-2"}]
    reply = api.post("/populate", json=body)
    assert reply.status_code == 400
    assert reply.json()["error"] == "missing required field: upstream at proxy 2"
    assert api.get(f"/proxies/{name}").status_code == 404


def test_browsers_are_refused(api: httpx.Client) -> None:
    assert api.get("/proxies", headers={"user-agent": "Mozilla/5.0"}).status_code == 403
