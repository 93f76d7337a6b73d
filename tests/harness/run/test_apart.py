"""Work in a network namespace reaches nothing outside but the addresses named, and its results come back."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gameday.base.errors import GamedayError, RunError
from gameday.config.reach import Address
from gameday.run.apart import apart
from gameday.run.asked_names import AskedNames

pytestmark = [pytest.mark.slow, pytest.mark.needs("namespace")]
LIMIT_S = 20.0


class Echo:
    """A server outside that answers each connection with what it got, in capitals, once the client has ended it."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.listener = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.address = Address(host, self.listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                text = b""
                while chunk := connection.recv(65_536):
                    text += chunk
                connection.sendall(text.upper())


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.listener.close()


def exchange(address: Address, text: bytes = b"hello") -> bytes | str:
    """What a server answers, or the error's name."""
    try:
        with socket.create_connection((address.host, address.port), timeout=LIMIT_S) as connection:
            connection.sendall(text)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := connection.recv(65_536):
                answer += chunk
            return answer
    except OSError as problem:
        return type(problem).__name__


def test_what_it_yields_comes_back_in_order() -> None:
    assert list(apart(lambda: range(3), ())) == [0, 1, 2]


def test_a_server_outside_is_out_of_reach_unless_it_is_named(echo: Echo) -> None:
    assert list(apart(lambda: [exchange(echo.address)], ())) == ["ConnectionRefusedError"]
    assert list(apart(lambda: [exchange(echo.address)], [echo.address])) == [b"HELLO"]


def test_a_large_exchange_passes_whole(echo: Echo) -> None:
    text = os.urandom(3_000_000).hex().encode()
    assert list(apart(lambda: [exchange(echo.address, text) == text.upper()], [echo.address])) == [True]


def test_a_name_in_reach_resolves_and_others_do_not(echo: Echo) -> None:
    def resolve() -> Iterator[object]:
        yield exchange(Address("localhost", echo.address.port))
        for host in ("login.salesforce.com", "localhost"):
            try:
                yield bool(socket.getaddrinfo(host, 443))
            except OSError:
                yield f"{host} does not resolve"

    named = Address("localhost", echo.address.port)
    assert list(apart(resolve, [named])) == [b"HELLO", "login.salesforce.com does not resolve", True]


def test_an_address_that_is_named_is_not_recorded_as_tried_and_others_are_over_ipv4_and_ipv6() -> None:
    host = own_address()
    server = Echo(host)
    names = AskedNames()

    def work() -> Iterator[object]:
        yield exchange(server.address)
        yield exchange(Address("198.51.100.7", 443))
        yield names.addresses.new()
        yield exchange(inside)
        yield exchange(Address("2001:db8::7", 443))
        # What the kernel refuses is recorded beside it.
        until(lambda: names.addresses.seen[1:])
        yield names.addresses.seen[1:]

    inside = Address("::1", Echo("::1").address.port)
    assert list(apart(work, [server.address, inside], names)) == [
        *(b"HELLO", "OSError", ["198.51.100.7:443"]),
        *(b"HELLO", "ConnectionRefusedError", ("[2001:db8::7]:443",)),
    ]
    assert isinstance(next(apart(lambda: [exchange(server.address)], ())), str)
    server.listener.close()


def own_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))
        except OSError:
            # Without a network there is none but loopback.
            return "127.0.0.1"
        return str(sock.getsockname()[0])


def test_an_address_at_which_nothing_answers_breaks_the_connection() -> None:
    quiet = socket.socket()
    quiet.bind(("127.0.0.1", 0))
    address = Address("127.0.0.1", quiet.getsockname()[1])
    assert list(apart(lambda: [exchange(address)], [address])) in (["ConnectionResetError"], ["BrokenPipeError"], [b""])
    quiet.close()


def test_a_name_that_does_not_resolve_is_a_run_error() -> None:
    with pytest.raises(RunError, match=r"'no-such-host\.invalid:1', in 'reach' .* does not resolve"):
        list(apart(lambda: [1], [Address("no-such-host.invalid", 1)]))


def test_its_error_is_raised_here_with_text_and_hint() -> None:
    def fail() -> list[int]:
        raise RunError("the stack did not start", hint="look at its log")

    with pytest.raises(RunError) as raised:
        list(apart(fail, ()))
    assert (raised.value.problem, raised.value.hint) == ("the stack did not start", "look at its log")


def test_an_error_that_cannot_be_pickled_is_raised_by_its_text() -> None:
    class LocalError(Exception):
        pass

    def fail() -> list[int]:
        raise LocalError("cannot travel")

    with pytest.raises(RuntimeError, match="cannot travel"):
        list(apart(fail, ()))


def test_a_process_that_is_killed_is_a_run_error() -> None:
    def die() -> list[int]:
        os.kill(os.getpid(), signal.SIGKILL)
        return []

    with pytest.raises(GamedayError, match="was killed"):
        list(apart(die, ()))


#: It waits as a run does, on an event loop: a signal in the moment before time.sleep() begins would not end that.
PARENT = """
import asyncio, os, sys
from pathlib import Path
from gameday.config.reach import Address
from gameday.run.apart import apart

async def wait():
    Path(sys.argv[1]).write_text(str(os.getpid()))
    await asyncio.sleep(60)

def work():
    try:
        asyncio.run(wait())
    finally:
        Path(sys.argv[1] + ".ended").write_text("in order")
    return []

list(apart(work, [Address("127.0.0.1", 1)]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_it_ends_in_order_with_the_process_that_started_it(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(path)], stderr=subprocess.DEVNULL)
    until(lambda: path.exists() and path.read_text() != "")
    parent.send_signal(number)
    parent.wait(LIMIT_S)
    until(lambda: not Path(f"/proc/{path.read_text()}/fd/0").exists())
    assert Path(f"{path}.ended").exists()


def until(holds) -> None:  # type: ignore[no-untyped-def]
    deadline_s = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)
