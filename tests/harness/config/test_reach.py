"""``reach`` of a stack's table: addresses, each HOST:PORT."""

from __future__ import annotations

import pytest

from gameday.base.errors import GamedayError
from gameday.config.reach import Address, read_reach
from gameday.config.stack_table import read_stack
from support.rows import rows


def test_hosts_are_names_or_ip_addresses() -> None:
    written = ["127.0.0.1:5432", "db.internal:5432", "localhost:6379", "[::1]:6379", "127.0.0.1:5432"]
    assert read_reach(written, "'reach'") == (
        Address("127.0.0.1", 5432),
        Address("db.internal", 5432),
        Address("localhost", 6379),
        Address("::1", 6379),
    )


@rows(
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
        "10.0.0.0/8:5432",
        "127.0.0.1:5432-5440",
        "127.0.0.1:5432,5433",
        "10.0.0.1-10.0.0.9:80",
        "127.1:5432",
        "[fe80::1%eth0]:80",
        "[127.0.0.1]",
        "[ff02::1]:80",
        "224.0.0.1:80",
        "255.255.255.255:80",
        "db.internal:\u0661",
    ],
)
def test_anything_else_is_refused_with_its_place(entry: str) -> None:
    with pytest.raises(GamedayError, match=r"in 'reach' in \[stack\.mine\].*HOST:PORT"):
        read_stack("mine", {"command": ["x"], "reach": [entry]}, file="gameday.toml")


def test_an_address_is_read_in_its_usual_form() -> None:
    written = ["db.internal.:5432", "[::ffff:10.0.0.1]:80", "[0:0:0:0:0:0:0:1]:80", "db_1.Internal:80"]
    assert [str(each) for each in read_reach(written, "'reach'")] == [
        *("db.internal:5432", "10.0.0.1:80", "[::1]:80", "db_1.Internal:80"),
    ]


@rows("host", ["login.salesforce.com", "ACME.my.salesforce.com.", "events.pagerduty.com"])
def test_no_vendor_that_a_fake_plays_can_be_reached(host: str) -> None:
    with pytest.raises(GamedayError, match=r"in 'reach', is a host of .*, which a fake plays"):
        read_reach([f"{host}:443"], "'reach'")


def test_a_stack_that_runs_already_has_no_reach() -> None:
    with pytest.raises(GamedayError, match=r"'reach' in .* is of no use with a url"):
        read_stack("mine", {"url": "http://127.0.0.1:1", "reach": ["127.0.0.1:5432"]}, file="gameday.toml")
