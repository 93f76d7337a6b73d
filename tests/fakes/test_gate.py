"""The gate before every control listener: host, origin, token, and the type of a body."""

from __future__ import annotations

from gameday_fakes.gate import FORM_TYPES, Gate, headers_of, new_token
from support.rows import rows

GATE = Gate("open", host="127.0.0.1", names=("fakes.test",), hint="add it with --tls-name")
GOOD = {"host": "127.0.0.1:80", "authorization": "Bearer open"}
BODY = {"content-type": "application/json", "content-length": "2"}


def status(method: str = "GET", gate: Gate = GATE, **headers: str) -> int:
    """The status of the refusal of a request that is good but for these headers; 0 if it passes."""
    given = {**GOOD, **{name.replace("_", "-"): value for name, value in headers.items()}}
    refusal = gate.refusal(method, given)
    return refusal.status if refusal else 0


@rows("host", ["127.0.0.1:80", "localhost:1", "localhost", "[::1]:80", "LOCALHOST", "fakes.test:8"])
def test_a_listener_answers_to_its_own_names(host: str) -> None:
    assert status(host=host) == 0


@rows("host", ["", "evil.test", "localhost.evil.test", "192.0.2.1:80", "fakes.test.evil", "[::2]:1"])
def test_another_host_name_is_refused(host: str) -> None:
    assert status(host=host) == 421


def test_the_refusal_of_a_name_says_how_to_add_it() -> None:
    refusal = GATE.refusal("GET", {**GOOD, "host": "evil.test"})
    assert refusal is not None
    assert refusal.text == "it has no name 'evil.test' (add it with --tls-name)"


@rows(("host", "expected"), [("10.0.0.5:80", 0), ("[fe80::1]:80", 0), ("evil.test", 421)])
def test_a_listener_that_others_reach_answers_to_addresses_and_no_other_names(host: str, expected: int) -> None:
    assert status(gate=Gate("open", host="0.0.0.0"), host=host) == expected  # noqa: S104


@rows("method", ["GET", "POST", "DELETE"])
@rows("origin", ["http://evil.test", "null", "http://127.0.0.1:81", "http://localhost:80", ""])
def test_a_page_of_another_site_is_refused_even_with_the_token(method: str, origin: str) -> None:
    assert status(method, origin=origin, **{"content-type": "application/json"}) == 403


@rows("origin", ["http://127.0.0.1:80", "https://127.0.0.1:80"])
def test_the_listeners_own_page_passes(origin: str) -> None:
    assert status(origin=origin) == 0


@rows("given", ["", "open", "Bearer shut", "Bearer ", "Basic open", "Bearer open 2", "Bearer öpen"])
def test_without_the_token_nothing_passes(given: str) -> None:
    assert status(authorization=given) == 401


def test_the_scheme_of_the_token_is_read_in_any_case() -> None:
    assert status(authorization="bearer open") == 0


@rows("kind", [*sorted(FORM_TYPES), "", "text/json", "application/jsonx"])
@rows("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_body_of_another_type_is_refused(method: str, kind: str) -> None:
    assert status(method, content_type=kind, content_length="2") == 415


def test_a_chunked_body_without_a_type_is_refused() -> None:
    assert status("POST", transfer_encoding="chunked") == 415


@rows("headers", [{}, {"content_length": "0"}, {"content_type": "Application/JSON; charset=utf-8"}])
def test_json_and_no_body_at_all_pass(headers: dict[str, str]) -> None:
    assert status("POST", **headers) == 0


@rows("kind", sorted(FORM_TYPES))
def test_where_any_type_is_taken_a_form_is_refused_still(kind: str) -> None:
    gate = Gate("open", host="127.0.0.1", any_type=True)
    assert status("POST", gate, content_type=kind, content_length="2") == 415
    assert status("POST", gate, content_length="2") == 0


def test_a_listener_without_a_token_checks_the_rest() -> None:
    gate = Gate("", host="127.0.0.1")
    assert gate.refusal("GET", {"host": "localhost"}) is None
    assert status(gate=gate, origin="http://evil.test") == 403


def test_of_a_repeated_header_the_first_counts() -> None:
    assert headers_of([(b"Host", b"a"), (b"host", b"b")]) == {"host": "a"}


def test_tokens_are_long_and_differ() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert min(map(len, tokens)) >= 43
