"""A scheduler off this machine is reached only over TLS."""

from __future__ import annotations

import pytest

from gameday.base.errors import GamedayError
from gameday.cluster.address import read_address, why_not_safe
from support.rows import rows


@rows(
    ("text", "url"),
    [
        ("dask://127.0.0.1:8786", "tcp://127.0.0.1:8786"),
        ("dask://localhost:8786", "tcp://localhost:8786"),
        ("dask://[::1]:8786/", "tcp://[::1]:8786"),
        ("tls://127.0.0.1:8786", "tls://127.0.0.1:8786"),
        ("dask://scheduler:8786", "tls://scheduler:8786"),
        ("dask://10.0.0.5:8786", "tls://10.0.0.5:8786"),
        ("tls://scheduler.example:1", "tls://scheduler.example:1"),
        # A name that only begins like one of this machine.
        ("dask://127.0.0.1.example.com:8786", "tls://127.0.0.1.example.com:8786"),
    ],
)
def test_off_loopback_a_connection_is_encrypted_whatever_the_scheme(text: str, url: str) -> None:
    assert read_address(text).url == url


@rows(
    "text",
    [
        "", "8786", "dask://", "dask://host", "dask://host:", "dask://host:0", "dask://host:99999", "dask://host:x",
        "tcp://127.0.0.1:8786", "http://127.0.0.1:8787", "dask://me:secret@host:8786", "dask://host:8786/path",
        "dask://host:8786?x=1", "dask://[::1:8786", "dask:127.0.0.1:8786",
    ],
)  # fmt: skip
def test_a_bad_address_is_named_with_an_example(text: str) -> None:
    with pytest.raises(GamedayError, match=r"bad --on .*such as dask://127\.0\.0\.1:8786"):
        read_address(text)


@rows("address", ["tcp://127.0.0.1:33333", "tls://10.0.0.5:33333", "tcp://[::1]:5"])
def test_a_worker_on_loopback_or_with_tls_is_used(address: str) -> None:
    assert why_not_safe(address) == ""


@rows("address", ["tcp://10.0.0.5:33333", "ws://10.0.0.5:33333", "", "tcp://[::1"])
def test_another_worker_is_not(address: str) -> None:
    assert why_not_safe(address) != ""
