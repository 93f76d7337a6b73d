"""``reach`` of a stack's table: addresses, each HOST:PORT."""

from __future__ import annotations

import pytest

from gameday.base.errors import GamedayError
from gameday.config.reach import Address, read_reach
from gameday.config.stack_table import read_stack


def test_hosts_are_names_or_ip_addresses() -> None:
    written = ["127.0.0.1:5432", "db.internal:5432", "localhost:6379", "[::1]:6379", "127.0.0.1:5432"]
    assert read_reach(written, "'reach'") == (
        Address("127.0.0.1", 5432),
        Address("db.internal", 5432),
        Address("localhost", 6379),
        Address("::1", 6379),
    )


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "5432",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "256.0.0.1:1",
        "::1:6379",
        "http://a:80",
        "0.0.0.0:80",
        "[::]:80",
        "a b:80",
        "a:80\n",
        "-a:80",
        "*:80",
        "127.0.0.1:5432/db",
    ],
)
def test_anything_else_is_refused_with_its_place(entry: str) -> None:
    with pytest.raises(GamedayError, match=r"in 'reach' in \[stack\.mine\].*HOST:PORT"):
        read_stack("mine", {"command": ["x"], "reach": [entry]}, file="gameday.toml")


def test_a_stack_that_runs_already_has_no_reach() -> None:
    with pytest.raises(GamedayError, match=r"'reach' in .* is of no use with a url"):
        read_stack("mine", {"url": "http://127.0.0.1:1", "reach": ["127.0.0.1:5432"]}, file="gameday.toml")
