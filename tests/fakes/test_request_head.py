"""A head that is read without the parser is what the parser would make of it."""

from __future__ import annotations

import httptools
from hypothesis import example, given
from hypothesis import strategies as st

from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.remembering import Memory
from gameday_fakes.request_head import MAX_BYTES, Heads

LINE = b"GET /a/b?c=d HTTP/1.1\r\n"
READ = Route("GET", "/a/b", "record.read", "read", lasting=True)


def nobody(request: Request, route: Route) -> None:
    """No request is about a deal."""


class Parsed:
    """What the parser says of one request."""

    def __init__(self, data: bytes) -> None:
        self.url = b""
        self.headers: dict[bytes, bytes] = {}
        self.messages = 0
        self.parser = httptools.HttpRequestParser(self)
        self.parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower()] = value

    def on_message_complete(self) -> None:
        self.messages += 1


bits = st.sampled_from(
    (b"/", b"a", b"%2F", b"?", b"#", b"//", b"..", b"*", b" ", b"\t", b"\x80", b"\\", b'"', b"{", b"@", b":")
)
targets = st.lists(bits, max_size=6).map(lambda parts: b"/" + b"".join(parts))
lines = st.sampled_from(
    (b"GET %b HTTP/1.1", b"GET %b HTTP/1.0", b"HEAD %b HTTP/1.1", b"get %b HTTP/1.1", b"GET  %b HTTP/1.1")
)
names = st.sampled_from(
    [
        *(b"Host", b"host", b"accept", b"X-a_b", b"Authorization", b"authorization", b"Content-Length", b"Connection"),
        *(b"Proxy-Authorization", b"Transfer-Encoding", b"Upgrade", b"Expect", b"x y", b"x:", b"", b" x"),
    ]
)
values = st.sampled_from(
    [
        *(b"a", b"", b" a", b"a ", b"a\tb", b"\ta", b"0", b"7", b"close", b"keep-alive", b"Keep-Alive", b"chunked"),
        *(b"\xe4", b"a\r\n b", b"a\nb", b"\x00", b"websocket", b"100-continue", b'Bearer a,b="c"', b"\x7f"),
    ]
)
separators = st.sampled_from((b": ", b":", b":  ", b":\t", b" : "))
fields = st.tuples(names, separators, values).map(b"".join)
ends = st.sampled_from((b"\r\n", b"\r\n\r\n", b"\n\n", b"\r\n\r\nGET / HTTP/1.1\r\n\r\n", b"\r\n\r\nbody"))


@given(lines, targets, st.lists(fields, max_size=4), ends, st.booleans())
def test_what_is_read_is_what_the_parser_reads(
    line: bytes, target: bytes, given_fields: list[bytes], end: bytes, apart: bool
) -> None:
    data = b"\r\n".join([line.replace(b"%b", target), *given_fields]) + end
    heads = Heads(Memory(nobody), proof_apart=apart)
    for _ in range(3):
        head = heads.read(data, "http")
        if head is None:
            return
        assert_is_parsed(head, data)


def assert_is_parsed(head: Request, data: bytes) -> None:
    """Assert that a head is what the parser makes of one request."""
    parsed = Parsed(data)
    url = httptools.parse_url(parsed.url)
    assert (head.path.encode(), head.query_string, head.headers) == (url.path, url.query or b"", parsed.headers)
    assert parsed.messages == 1
    assert parsed.parser.should_keep_alive()
    assert not parsed.parser.should_upgrade()
    assert (parsed.parser.get_http_version(), parsed.parser.get_method()) == ("1.1", b"GET")


@example([b"Proxy-Authorization: a"], [], [b"a", b"b"])
@given(st.lists(fields, max_size=2), st.lists(fields, max_size=2), st.lists(values, min_size=2, max_size=4))
def test_a_request_whose_reply_is_remembered_is_read_with_its_own_proof(
    before: list[bytes], after: list[bytes], proofs: list[bytes]
) -> None:
    memory = Memory(nobody)
    heads = Heads(memory, proof_apart=True)
    # The first once more: what is remembered of a request does not outlast the next one.
    for proof in (proofs[0], *proofs, proofs[0]):
        data = LINE + b"\r\n".join([*before, b"Authorization: " + proof, *after, b"\r\n"])
        head = heads.read(data, "http")
        if head is not None:
            assert_is_parsed(head, data)
            memory.keep(head, READ, Reply(200, b"{}"))


def test_the_same_bytes_are_another_request_over_tls() -> None:
    memory = Memory(nobody)
    heads, data = Heads(memory, proof_apart=False), LINE + b"host: a\r\n\r\n"
    for scheme in ("http", "http", "https", "http", "https"):
        head = heads.read(data, scheme)
        assert head is not None
        assert head.base_url == f"{scheme}://a"
        memory.keep(head, READ, Reply(200, b"{}"))
    assert heads.read(data, "http") is heads.read(data, "http") is not heads.read(data, "https")


def test_heads_of_usual_clients_are_read_and_kept_once_their_lines_have_come() -> None:
    heads = Heads(Memory(nobody), proof_apart=False)
    usual = b"Host: a:1\r\nAccept: */*\r\nConnection: keep-alive\r\nUser-Agent: x/1 (y; z)\r\n"
    starts = (b"GET /%b HTTP/1.1\r\n" % path for path in (b"a", b"b?c", b"d"))
    first, second, third = (heads.read(start + usual + b"\r\n", "http") for start in starts)
    assert first is not None and second is not None and third is not None
    assert not first.head
    assert [second.head, third.head] == [b"GET /%b HTTP/1.1\r\n%b\r\n" % (path, usual) for path in (b"b?c", b"d")]
    assert (second.path, second.query_string, second.headers[b"user-agent"]) == ("/b", b"c", b"x/1 (y; z)")


def test_a_proof_that_is_apart_is_no_part_of_a_head() -> None:
    for apart in (True, False):
        heads = Heads(Memory(nobody), proof_apart=apart)
        sent = [LINE + b'host: a\r\nAuthorization: OAuth n="%d"\r\n\r\n' % number for number in (1, 2, 3)]
        found = [heads.read(each, "http") for each in sent]
        kept = [each and each.head for each in found]
        assert kept == [b"", *[LINE + b"host: a\r\nAuthorization: \r\n\r\n"] * 2] if apart else [b""] * 3
        assert [each and each.headers[b"authorization"] for each in found] == [
            b'OAuth n="1"',
            b'OAuth n="2"',
            b'OAuth n="3"',
        ]


def test_a_long_head_and_one_without_its_end_are_the_parsers() -> None:
    heads = Heads(Memory(nobody), proof_apart=False)
    assert heads.read(LINE + b"host: a\r\n", "http") is None
    assert heads.read(LINE + b"host: " + b"a" * MAX_BYTES + b"\r\n\r\n", "http") is None
    assert heads.read(LINE + b"host: a\r\n\r\n" + LINE + b"host: a\r\n\r\n", "http") is None
