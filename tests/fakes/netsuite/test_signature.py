"""Every signature is verified."""

from __future__ import annotations

import base64
import hmac
import time
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gameday_fakes.http import Request
from gameday_fakes.netsuite import signature
from gameday_fakes.netsuite.signature import SignatureCheck
from gameday_fakes.protocols.oauth1 import Signer, base_string, percent, sign
from gameday_fakes.stacks import oauth1
from support.credentials import NETSUITE
from support.rows import rows

PATH = "/services/rest/record/v1/customer/eid:001A"


def read(erp: Any, authorization: str, path: str = PATH, **request: Any) -> Any:
    return erp.raw("GET", path, headers={"authorization": authorization}, **request)


def test_a_right_signature_is_accepted(erp: Any) -> None:
    assert read(erp, erp.authorization("GET", PATH, [])).status_code == 200


@pytest.mark.parametrize("part", ["oauth_signature", "oauth_consumer_key", "oauth_token", "oauth_nonce", "realm"])
def test_one_wrong_character_anywhere_is_refused(erp: Any, part: str) -> None:
    header = erp.authorization("GET", PATH, [])
    start = header.index(f'{part}="') + len(part) + 2
    wrong = "x" if header[start] != "x" else "y"
    reply = read(erp, header[:start] + wrong + header[start + 1 :])
    assert reply.status_code == 401
    assert reply.json()["title"] == "Unauthorized"
    assert reply.json()["o:errorDetails"][0]["o:errorCode"] == "INVALID_LOGIN"


def test_a_signature_counts_only_for_its_own_path(erp: Any) -> None:
    assert read(erp, erp.authorization("GET", PATH[:-1] + "B", [])).status_code == 401


def test_a_signature_counts_only_for_its_own_method(erp: Any) -> None:
    assert read(erp, erp.authorization("DELETE", PATH, [])).status_code == 401


def test_a_signature_counts_only_for_its_own_query(erp: Any) -> None:
    header = erp.authorization("GET", "/services/rest/record/v1/customer", [("limit", "1")])
    path = "/services/rest/record/v1/customer"
    assert read(erp, header, path, params={"limit": "2"}).status_code == 401


def test_blanks_and_marks_in_the_query_are_signed_as_rfc_5849_says(erp: Any) -> None:
    reply = erp.call("GET", "/record/v1/customer", query={"q": 'companyName IS "Ac+me & Co / ü"'})
    assert reply.status_code == 200


def test_a_body_hash_counts_as_a_parameter(erp: Any) -> None:
    assert (
        read(erp, erp.authorization("GET", PATH, [], oauth_body_hash="2jmj7l5rSw0yVb/vlWAYkK/YBwk=")).status_code == 200
    )


def test_a_body_hash_added_after_signing_is_refused(erp: Any) -> None:
    assert read(erp, erp.authorization("GET", PATH, []) + ', oauth_body_hash="abc"').status_code == 401


def test_a_nonce_is_good_only_once(erp: Any) -> None:
    header = erp.authorization("GET", PATH, [])
    assert [read(erp, header).status_code for _ in range(2)] == [200, 401]


@pytest.mark.parametrize("skew_s", [-360, 360])
def test_a_clock_six_minutes_off_is_refused(erp: Any, skew_s: int) -> None:
    stamp = str(int(time.time()) + skew_s)
    assert read(erp, erp.authorization("GET", PATH, [], oauth_timestamp=stamp)).status_code == 401


def test_a_clock_four_minutes_off_is_accepted(erp: Any) -> None:
    stamp = str(int(time.time()) - 240)
    assert read(erp, erp.authorization("GET", PATH, [], oauth_timestamp=stamp)).status_code == 200


def test_the_realm_in_lower_case_is_refused(erp: Any) -> None:
    assert read(erp, erp.authorization("GET", PATH, [], realm="1234567_sb1")).status_code == 401


def test_hmac_sha1_is_refused(erp: Any) -> None:
    assert read(erp, erp.authorization("GET", PATH, [], oauth_signature_method="HMAC-SHA1")).status_code == 401


@pytest.mark.parametrize("header", ["", "Basic abc", "OAuth", 'OAuth realm="x"', "OAuth \xe9"])
def test_any_other_credential_than_a_signature_is_refused(erp: Any, header: str) -> None:
    reply = erp.raw("GET", PATH, headers=[(b"authorization", header.encode("latin-1"))])
    assert reply.status_code == 401


def test_the_login_audit_trail_says_why(erp: Any) -> None:
    read(erp, erp.authorization("GET", PATH, [], realm="other"))
    assert [event["value"]["reason"] for event in erp.events("login")] == [
        "realm 'other' is not the account '1234567_SB1'"
    ]


def test_an_unsigned_write_is_recorded_as_refused(erp: Any) -> None:
    erp.raw("PUT", "/services/rest/record/v1/salesOrder/eid:006X", json={})
    [event] = erp.events("order_write")
    assert (event["outcome"], event["value"]["deal"], event["value"]["status"]) == ("fail", "006X", 401)


@rows("filler", [" ", "a", "a=", '"', ",", 'a="b" '])
def test_a_long_header_is_looked_at_once(filler: str) -> None:
    # A million characters: read with the square of its length, it would not end.
    header = "OAuth " + filler * (1_000_000 // len(filler))
    request = Request("GET", "/", headers={b"authorization": header.encode(), b"host": b"x"})
    assert SignatureCheck(NETSUITE).refusal(request)


PIECES = (", ", ",", " , ", " ", "=", '"', "x", "oauth_nonce", 'oauth_nonce="1"', 'realm="y"', "%41", "")


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from(PIECES), st.booleans()), max_size=3))
def test_how_a_header_is_written_makes_no_difference_to_how_it_is_read(changes: list[tuple[int, str, bool]]) -> None:
    header = Signer(NETSUITE).header("GET", f"http://x{PATH}")
    for place, piece, replaces in changes:
        # Where something ends or begins, most of all.
        ends = [at for at, mark in enumerate(header) if mark in '", =' and at > len("OAuth")]
        at = ends[place % len(ends)] if ends else 0
        header = header[:at] + piece + header[at + replaces :]
    request = Request("GET", PATH, headers={b"authorization": header.encode(), b"host": b"x"})
    whole, parts = SignatureCheck(NETSUITE), SignatureCheck(NETSUITE)
    assert parts.refusal(request) == whole._refusal_of_any(request, header.partition(" ")[2])
    assert changes or not parts.refusal(request).startswith("missing")


def test_a_usual_header_is_read_by_its_parts() -> None:
    parts = Signer(NETSUITE).header("GET", f"http://x{PATH}").removeprefix("OAuth ").split('"')
    places = signature._places(tuple(parts[::2]))
    assert places is not None
    assert [parts[place - 1] for place in places] == [", oauth_nonce=", ", oauth_timestamp=", ", oauth_signature="]


def header_of(query: str, nonce: str, *, version: bool, is_right: bool) -> bytes:
    """The header of a request for PATH, with a signature made from the rules (RFC 5849, section 3.4)."""
    given = {
        "oauth_consumer_key": NETSUITE["consumer_key"],
        "oauth_token": NETSUITE["token_id"],
        "oauth_nonce": nonce,
        "oauth_timestamp": str(int(time.time())),
        "oauth_signature_method": "HMAC-SHA256",
        **({"oauth_version": "1.0"} if version else {}),
    }
    pairs = [*given.items(), *parse_qsl(query, keep_blank_values=True)]
    text = base_string("GET", "http://x", PATH, [(percent(name), percent(value)) for name, value in pairs])
    given["oauth_signature"] = sign(
        text, NETSUITE["consumer_secret"], "other" if not is_right else NETSUITE["token_secret"]
    )
    values = {"realm": NETSUITE["account"], **given}
    return b"OAuth " + ", ".join(f'{name}="{percent(value)}"' for name, value in values.items()).encode()


QUERIES = (
    "",
    "a=1&expandSubResources=true",
    "z=%C3%A4+b&a=",
    "=",
    "oauth_nonce=1",
    "oauth_timestamp=",
    "oauth_z=1&oauth_a=2",
)
NONCES = st.text(st.sampled_from("aZ0-~ %=&+/ä²"), max_size=3)


# The value of the query's parameter comes before that of the header's, then after it.
@example("oauth_nonce=1", [("a", True, True), ("0", True, True)])
@given(st.sampled_from(QUERIES), st.lists(st.tuples(NONCES, st.booleans(), st.booleans()), min_size=2, max_size=4))
def test_what_requests_have_in_common_is_signed_with_what_each_has_of_its_own(
    query: str, asked: list[tuple[str, bool, bool]]
) -> None:
    check = SignatureCheck(NETSUITE)
    request = Request("GET", PATH, query_string=query.encode())
    for place, (nonce, version, is_right) in enumerate(asked):
        header = header_of(query, f"{nonce}{place}", version=version, is_right=is_right)
        request.headers = {b"authorization": header, b"host": b"x"}
        assert check.refusal(request) == ("" if is_right else "the signature does not match"), header


@rows("length", [1, 63, 64, 65, 200])
def test_a_key_of_any_length_signs_as_hmac_does(length: int) -> None:
    secret, text = "s" * length, "GET&http%3A%2F%2Fx&a%3D1"
    key = f"{secret}&token".encode()
    assert base64.b64decode(sign(text, secret, "token")) == hmac.digest(key, text.encode(), "sha256")


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("a b+c/d=e&f%g~.-_")
def test_the_bundled_stacks_encode_what_they_sign_as_the_standard_library_does(text: str) -> None:
    assert oauth1.percent(text) == quote(text, safe="~")
