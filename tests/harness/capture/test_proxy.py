"""The recording proxy on real sockets: traffic is forwarded unchanged, whatever happens to the recording."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import urllib.parse
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from gameday.base.errors import GamedayError
from gameday.capture import traffic
from gameday.capture.addresses import listen_address
from gameday.capture.proxy import COMPRESSED, NOT_HTTP, TOO_LARGE, UNREACHED, RecordingProxy
from gameday.capture.raw_record import RawRecord, Refused, encode_record
from gameday.capture.traffic import BEHIND, NO_RECORD, OLDER, Traffic
from gameday.model.contract import Contract
from support.rows import rows

New = Callable[..., dict[str, Any]]

MESSAGE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
    "<soapenv:Body>"
    '<notifications xmlns="http://soap.sforce.com/2005/09/outbound"><Notification><Id>04lGd0000000001</Id>'
    '<sObject xsi:type="sf:Opportunity"><sf:Id>006Gd0000000001</sf:Id>'
    "<sf:Name>Zwölfkammer Quantenfabrik</sf:Name><sf:Amount>4831.29</sf:Amount><sf:IsWon>true</sf:IsWon>"
    "<sf:StageName>Closed Won</sf:StageName><sf:CurrencyIsoCode>EUR</sf:CurrencyIsoCode></sObject></Notification>"
    "</notifications></soapenv:Body></soapenv:Envelope>"
).encode()


def request(body: bytes, kind: str = "text/xml; charset=utf-8", *more: str, path: str = "/outbound-messages") -> bytes:
    """A request as it is on the wire."""
    head = [f"POST {path} HTTP/1.1", "Host: stack", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *more]
    return "\r\n".join([*head, "", ""]).encode() + body


class Stack:
    """A server that keeps the bytes that it gets and answers the first bytes of each connection with ``reply``."""

    def __init__(self, reply: bytes) -> None:
        self.reply = reply
        self.received = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(65536):
                self.received += piece
            writer.write(self.reply)
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def between(stack: Stack, found: Traffic, token: str = "") -> AsyncIterator[tuple[str, int]]:
    """The proxy's address, with the stack behind it."""
    server = await asyncio.start_server(stack.serve, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        target = urllib.parse.urlsplit(f"http://{host}:{port}")
        async with RecordingProxy(target, found, token=token).listening("127.0.0.1", 0) as where:
            yield "127.0.0.1", int(where.rpartition(":")[2])


async def exchange(address: tuple[str, int], *pieces: bytes) -> bytes:
    """Send pieces, and read the whole answer."""
    reader, writer = await asyncio.open_connection(*address)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


def passed(found: Traffic, *pieces: bytes, reply: bytes = b"any bytes", token: str = "") -> tuple[bytes, bytes]:
    """What the stack and the client received."""

    async def run() -> tuple[bytes, bytes]:
        stack = Stack(reply)
        async with between(stack, found, token) as address:
            answer = await exchange(address, *pieces)
        return stack.received, answer

    result = asyncio.run(run())
    found.close()
    return result


def records(found: Traffic) -> list[dict[str, Any]]:
    return [one.record for one in found.read() if isinstance(one, RawRecord)]


@pytest.fixture
def found(contract: Contract) -> Traffic:
    """A recorder of traffic; ``passed`` closes it."""
    return Traffic(contract.crm_fields, limit=100)


REQUESTS = {
    "a message": request(MESSAGE),
    "two at once": request(MESSAGE) + request(MESSAGE),
    "chunked": (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"%x\r\n%s\r\n0\r\n\r\n" % (len(MESSAGE), MESSAGE)
    ),
    "odd spelling": request(MESSAGE, "TEXT/XML", "x-ODD:   blanks  ", "X-Odd: twice"),
    "no HTTP": b"\x16\x03\x01 something else\x00\xff",
    "nothing": b"",
    "compressed": request(b"\x1f\x8b...", "text/xml", "Content-Encoding: gzip"),
    "broken XML": request(b"<a><b>"),
    "broken JSON": request(b'{"Opportunity":', "application/json"),
}


@pytest.mark.parametrize("what", REQUESTS)
def test_every_byte_passes_both_ways(what: str, found: Traffic) -> None:
    sent, reply = REQUESTS[what], b"HTTP/1.1 200 OK\r\nX-odd:  1\r\n\r\n\x00\xff"
    assert passed(found, sent, reply=reply) == (sent, reply)


def test_every_byte_passes_however_the_stream_is_cut(found: Traffic) -> None:
    sent = REQUESTS["two at once"]
    received, _ = passed(found, *(sent[i : i + 7] for i in range(0, len(sent), 7)))
    assert received == sent
    assert len(records(found)) == 2


@pytest.mark.parametrize(("what", "count"), [("a message", 1), ("two at once", 2), ("chunked", 1), ("odd spelling", 1)])
def test_outbound_messages_are_recorded(what: str, count: int, found: Traffic) -> None:
    passed(found, REQUESTS[what])
    assert [record["Opportunity"]["Id"] for record in records(found)] == ["006Gd0000000001"] * count


def test_texts_of_a_message_get_the_types_of_the_contract(found: Traffic) -> None:
    passed(found, REQUESTS["a message"])
    (record,) = records(found)
    assert (str(record["Opportunity"]["Amount"]), record["Opportunity"]["IsWon"]) == ("4831.29", True)


def test_json_bodies_are_recorded(found: Traffic, new_record: New) -> None:
    body = encode_record(new_record(1))
    passed(found, request(body, "application/json"), request(b"[" + body + b"," + body + b"]", "application/json"))
    assert len(records(found)) == 3


@pytest.mark.parametrize(("what", "reason"), [("no HTTP", NOT_HTTP), ("compressed", COMPRESSED)])
def test_requests_that_cannot_be_read_are_counted(what: str, reason: str, found: Traffic) -> None:
    passed(found, REQUESTS[what])
    assert found.passed_over() == {reason: 1}


def test_requests_without_a_record_are_counted(found: Traffic) -> None:
    passed(found, request(b"", path="/healthz"), request(b"text", "text/plain"))
    assert found.passed_over() == {NO_RECORD: 2}


@pytest.mark.parametrize("what", ["broken XML", "broken JSON"])
def test_a_broken_body_is_rejected_by_its_number(what: str, found: Traffic) -> None:
    passed(found, REQUESTS["a message"], REQUESTS[what])
    assert [one.line for one in found.read() if isinstance(one, Refused)] == [2]


def test_a_body_too_large_passes_and_is_counted(found: Traffic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gameday.capture.proxy.MAX_BODY_BYTES", 1000)
    sent = request(b"x" * 100_000)
    assert passed(found, sent)[0] == sent
    assert found.passed_over() == {TOO_LARGE: 1}


def test_when_recording_is_behind_traffic_passes_and_is_counted(
    contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Traffic(contract.crm_fields, limit=1000)
    go = threading.Event()
    read = found._reader.read

    def slow(*arguments: Any) -> Any:
        go.wait(20)
        return read(*arguments)

    monkeypatch.setattr(found._reader, "read", slow)
    sent = REQUESTS["a message"] * (traffic.WAITING + 50)

    async def run() -> bytes:
        stack = Stack(b"")
        async with between(stack, found) as address:
            await exchange(address, sent)
        go.set()
        return stack.received

    assert asyncio.run(run()) == sent
    found.close()
    assert found.passed_over()[BEHIND] > 0
    assert len(records(found)) + found.passed_over()[BEHIND] == traffic.WAITING + 50


def test_when_memory_is_short_traffic_passes_and_is_counted(found: Traffic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gameday.capture.traffic.MAX_WAITING_BYTES", 1000)
    sent = request(b"x" * 5000) + request(MESSAGE)
    assert passed(found, sent)[0] == sent
    assert found.passed_over() == {BEHIND: 1}
    assert len(records(found)) == 1


def test_a_body_that_breaks_off_gives_its_memory_back(found: Traffic) -> None:
    passed(found, request(b"x" * 5000)[:-1])
    assert found._waiting_bytes == 0


def test_the_latest_records_are_kept(contract: Contract, new_record: New) -> None:
    found = Traffic(contract.crm_fields, limit=3)
    for number in range(10):
        body = encode_record(new_record(number))
        assert found.reserve(len(body))
        found.offer("application/json", body)
    found.close()
    assert [record["Opportunity"]["Name"] for record in records(found)] == [f"Northwind {n}" for n in (7, 8, 9)]
    assert found.passed_over() == {OLDER: 7}


@contextlib.asynccontextmanager
async def before_nothing(found: Traffic) -> AsyncIterator[tuple[str, int]]:
    """The proxy's address, with a stack behind it that does not run."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    target = urllib.parse.urlsplit(f"http://127.0.0.1:{port}")
    async with RecordingProxy(target, found).listening("127.0.0.1", 0) as where:
        yield "127.0.0.1", int(where.rpartition(":")[2])


def test_a_refused_client_that_is_still_sending_is_not_reset(found: Traffic) -> None:
    async def run() -> bytes:
        async with before_nothing(found) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(REQUESTS["a message"][:20])
            answer = await reader.readuntil(b"\r\n\r\n")
            for _ in range(20):
                writer.write(bytes(100_000))
                await writer.drain()
            writer.write_eof()
            assert await reader.read() == b""
            writer.close()
            return answer

    assert asyncio.run(run()).startswith(b"HTTP/1.1 502 ")
    found.close()


def test_without_a_stack_the_client_gets_502(found: Traffic) -> None:
    async def run() -> bytes:
        async with before_nothing(found) as address:
            return await exchange(address, REQUESTS["a message"])

    assert asyncio.run(run()).startswith(b"HTTP/1.1 502 ")
    found.close()
    assert found.passed_over() == {UNREACHED: 1}


@pytest.mark.parametrize(
    "sent",
    [
        request(MESSAGE, "text/xml", "Authorization: Bearer s3cret-token"),
        request(MESSAGE, path="/outbound-messages?token=s3cret-token"),
        request(MESSAGE, path="/outbound-messages?a=1&token=s3cret%2Dtoken"),
    ],
)
def test_with_a_token_a_client_that_carries_it_is_forwarded(sent: bytes, found: Traffic) -> None:
    assert passed(found, sent, token="s3cret-token")[0] == sent


@pytest.mark.parametrize(
    "sent",
    [
        request(MESSAGE),
        request(MESSAGE, "text/xml", "Authorization: Bearer s3cret"),
        request(MESSAGE, path="/?token="),
        request(b"Authorization: Bearer s3cret-token\r\n\r\n"),
        b"\xff\xfe\r\n\r\n",
        b"",
    ],
)
def test_with_a_token_no_other_client_reaches_the_stack(sent: bytes, found: Traffic) -> None:
    received, answer = passed(found, sent, token="s3cret-token")
    assert received == b""
    assert answer.startswith(b"HTTP/1.1 401 ")


def test_with_a_token_an_endless_head_is_cut_off(found: Traffic) -> None:
    async def run() -> bytes:
        stack = Stack(b"")
        async with between(stack, found, "s3cret-token") as address:
            # Whoever still sends when the connection is closed may get a reset instead of the answer.
            with contextlib.suppress(ConnectionError):
                await exchange(address, b"POST / HTTP/1.1\r\nX: " + b"x" * 200_000)
        return stack.received

    assert asyncio.run(run()) == b""
    found.close()


@rows("text", ["0.0.0.0:80", "192.0.2.1:80", "example.com:80", "[::]:80"])
def test_listening_beyond_loopback_requires_a_token(text: str) -> None:
    with pytest.raises(GamedayError, match="requires a token"):
        listen_address(text, "")
    assert listen_address(text, "token")


@rows("text", ["", "80", ":80", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "127.0.0.1:" + "9" * 5000])
def test_a_bad_address_is_refused(text: str) -> None:
    with pytest.raises(GamedayError, match="cannot listen on"):
        listen_address(text, "")
