"""The names that are asked for in a network namespace are recorded, and none resolves."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gameday.run.apart import apart
from gameday.run.asked_names import MOST, AskedNames, by_name_server
from support.needs import unprivileged

LIMIT_S = 20.0


def query(name: str, *, kind: int = 1, flags: int = 0x0100) -> bytes:
    """A query as RFC 1035 has it."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label)
    return struct.pack(">HHHHHH", 7, flags, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1)


def test_an_answer_repeats_the_question_and_says_that_there_is_no_such_name() -> None:
    asked = query("Login.Example.com")
    answer = AskedNames().answer(asked)
    number, flags, questions, answers, *_ = struct.unpack_from(">HHHHHH", answer)
    assert (number, questions, answers, flags & 0xF, flags >> 15) == (7, 1, 0, 3, 1)
    assert answer[12:] == asked[12:]


def test_a_name_is_recorded_once_whatever_its_case_and_kind() -> None:
    names = AskedNames()
    for asked in (query("Login.Example.com"), query("login.example.com", kind=28), query("b.example.com")):
        names.answer(asked)
    assert names.new() == ["login.example.com", "b.example.com"]
    names.answer(query("b.example.com"))
    assert names.new() == []


def test_who_asks_for_this_machine_or_for_the_name_of_an_address_seeks_no_other() -> None:
    names = AskedNames()
    for name in ("localhost", socket.gethostname(), "4.3.2.1.in-addr.arpa"):
        assert names.answer(query(name))
    assert names.new() == []


def test_not_more_than_a_bound_of_names_is_recorded_and_all_are_answered() -> None:
    names = AskedNames()
    assert all(names.answer(query(f"n{number}.example.com")) for number in range(MOST + 5))
    assert len(names.new()) == MOST


@pytest.mark.parametrize(
    "text",
    [b"", b"abc", query("a.example.com")[:20], query("a.example.com", flags=0x8000), query("a")[:12] + b"\xc0\x0c" * 4],
    ids=["empty", "short", "cut off", "an answer", "compressed"],
)
def test_what_is_no_query_is_not_answered(text: bytes) -> None:
    names = AskedNames()
    assert names.answer(text) == b""
    assert names.new() == []


def test_a_name_that_is_no_text_is_recorded_without_what_a_terminal_obeys() -> None:
    names = AskedNames()
    names.answer(struct.pack(">HHHHHH", 7, 0, 1, 0, 0, 0) + b"\x05a\x1b[1m\x02\xff\xfe\0" + struct.pack(">HH", 1, 1))
    (name,) = names.new()
    assert name.isprintable()


def test_names_are_looked_for_by_nothing_that_a_namespace_does_not_cut_off() -> None:
    switch = "passwd: files\n  hosts:  files mdns4_minimal [NOTFOUND=return] resolve\nshadow: files\n"
    assert by_name_server(switch) == "passwd: files\nhosts: files dns\nshadow: files\n"


ASK = """
import socket, sys
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    try:
        tried = socket.socket(type=kind)
        tried.connect(("192.0.2.7", 5432))
        tried.send(b"hello")
        tried.settimeout(20)
        tried.recv(1)
    except OSError as problem:
        assert problem.errno == 101, problem
try: socket.getaddrinfo(sys.argv[1], 443)
except socket.gaierror as e: print(e.errno)
"""


def asking(names: AskedNames, hosts: tuple[str, ...]) -> Callable[[], Iterator[object]]:
    """Work that starts a process for each host, all at once, and yields what each got, and what was recorded."""

    def work() -> Iterator[object]:
        started = [subprocess.Popen([sys.executable, "-c", ASK, host], stdout=subprocess.PIPE) for host in hosts]
        yield {int(process.communicate(timeout=LIMIT_S)[0]) for process in started}
        yield sorted(names.new())
        yield names.addresses.new()

    return work


#: What ASK tries without a name; the system says at once that there is no way to it.
ADDRESSES = ["192.0.2.7:5432", "192.0.2.7:5432/udp"]


@pytest.mark.slow
@pytest.mark.needs("namespace")
def test_the_names_and_addresses_of_several_processes_are_recorded_and_none_is_reached() -> None:
    names, hosts = AskedNames(), ("api.example.com", "db.example.com", "login.salesforce.com")
    assert list(apart(asking(names, hosts), (), names)) == [{socket.EAI_NONAME}, sorted(hosts), ADDRESSES]


@pytest.mark.slow
@pytest.mark.needs("namespace")
def test_two_at_a_time_record_their_own_names_only() -> None:
    first, second = AskedNames(), AskedNames()
    one, two = (
        apart(asking(first, ("a.example.com",)), (), first),
        apart(asking(second, ("b.example.com",)), (), second),
    )
    assert [next(one), next(two), next(one), next(two)] == [
        {socket.EAI_NONAME}, {socket.EAI_NONAME}, ["a.example.com"], ["b.example.com"]
    ]  # fmt: skip
    assert (list(one), list(two)) == ([ADDRESSES], [ADDRESSES])


@pytest.mark.slow
@pytest.mark.needs("namespace")
def test_the_resolver_of_the_machine_is_left_as_it_was() -> None:
    before = [Path(path).read_text() for path in ("/etc/resolv.conf", "/etc/hosts")]
    names = AskedNames()
    list(apart(lambda: [1], (), names))
    assert [Path(path).read_text() for path in ("/etc/resolv.conf", "/etc/hosts")] == before


@pytest.mark.slow
@pytest.mark.needs("unprivileged")
def test_it_works_for_a_user_without_privileges() -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, _as_nobody().encode())
        except BaseException as problem:  # noqa: BLE001 - it is shown by the test
            os.write(writing, repr(problem).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    assert said == "login.example.com,192.0.2.7:443"


def _as_nobody() -> str:
    """What is recorded of a name that is asked for by a user without privileges; this process becomes that user."""
    assert unprivileged()
    names = AskedNames()

    def work() -> Iterator[str]:
        # Not in another process: the interpreter may belong to somebody else.
        with contextlib.suppress(OSError):
            socket.create_connection(("192.0.2.7", 443))
        try:
            socket.getaddrinfo("login.example.com", 443)
        except socket.gaierror:
            yield names.why_not or ",".join(names.new() + names.addresses.new())

    return "".join(apart(work, (), names))
