"""What a stack tried to reach beside the fakes: by name and by the CONNECT listener, each once."""

from __future__ import annotations

from pathlib import Path

import msgspec

from gameday.config.gameday_toml import load_config
from gameday.run.address import LOG_FILE
from gameday.run.asked_names import MOST, AskedNames
from gameday.run.outside import isolation_in_gate
from gameday.run.outside_watch import OutsideWatch
from gameday_fakes.connect import Asked
from support.packets import packet
from support.rows import rows


class Names(AskedNames):
    """Names that were asked for, without a name server."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self._names = dict.fromkeys(names)
        self.addresses.answer(packet("10.0.0.7", 5432))


def log(folder: Path, *asked: Asked, end: bytes = b"") -> None:
    with (folder / LOG_FILE).open("ab") as file:
        file.writelines(msgspec.json.encode(each) + b"\n" for each in asked)
        file.write(end)


def test_each_host_is_new_once_for_each_way(tmp_path: Path) -> None:
    watch = OutsideWatch(tmp_path, Names("a.com"))
    log(tmp_path, Asked("a.com", 443, led=False), Asked("b.com", 443, led=False), Asked("b.com", 80, led=False))
    assert [(event.host, event.how) for event in watch.new()] == [
        ("a.com", "name"),
        ("10.0.0.7:5432", "address"),
        ("a.com", "proxy"),
        ("b.com", "proxy"),
    ]
    log(tmp_path, Asked("b.com", 443, led=False), Asked("c.com", 443, led=False))
    assert [event.host for event in watch.new()] == ["c.com"]
    assert watch.new() == []


def test_what_the_listener_led_to_a_fake_is_no_other_host(tmp_path: Path) -> None:
    log(tmp_path, Asked("login.salesforce.com", 443, led=True))
    assert OutsideWatch(tmp_path, None).new() == []


def test_a_line_that_is_being_written_is_read_once_it_is_whole(tmp_path: Path) -> None:
    watch = OutsideWatch(tmp_path, None)
    line = msgspec.json.encode(Asked("a.com", 443, led=False))
    log(tmp_path, end=line[:9])
    assert watch.new() == []
    log(tmp_path, end=line[9:] + b"\n")
    assert [event.host for event in watch.new()] == ["a.com"]


def test_a_host_is_shown_without_what_a_terminal_obeys_and_not_without_end(tmp_path: Path) -> None:
    log(tmp_path, Asked("a\x1b[1m" + "b" * 999, 443, led=False))
    (event,) = OutsideWatch(tmp_path, None).new()
    assert event.host.isprintable()
    assert len(event.host) == 255


def test_not_more_than_a_bound_of_hosts_is_recorded(tmp_path: Path) -> None:
    log(tmp_path, *(Asked(f"h{number}.com", 443, led=False) for number in range(MOST + 5)))
    watch = OutsideWatch(tmp_path, None)
    assert len(watch.new()) == MOST
    log(tmp_path, Asked("one-more.com", 443, led=False))
    assert watch.new() == []


@rows(
    ("offline", "said"),
    [
        (True, "it reaches the fakes, and no other name resolves; its gate records which it asks for"),
        (False, "not isolated: its gate leads it by a proxy that refuses other names"),
    ],
)
def test_a_run_of_a_gate_says_how_its_gate_keeps_it_in(tmp_path: Path, offline: bool, said: str) -> None:
    (tmp_path / "gameday.toml").write_text('[stack.mine]\ncommand = ["x"]\n')
    isolation = isolation_in_gate(load_config(tmp_path / "gameday.toml").stack("mine"), offline=offline)
    assert isolation.sentence == said
