"""Replies as bytes: no header ends early, whatever it quotes."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from gameday_fakes.http import Reply
from gameday_fakes.reply_writer import DateLine, ReplyWriter, lines_of
from support.rows import rows

names = st.sampled_from((b"location", b"connection", b"proxy-connection", b"x", b"x\r\ny"))
bits = st.sampled_from(
    (b"a", b" ", b"\t", b"\r\n", b"\r", b"\n", b"\0", b"\x7f", b"\x1f", b"\xe4", b"connection: close")
)
values = st.lists(bits, max_size=3).map(b"".join)


@given(st.lists(st.tuples(names, values), max_size=4))
def test_lines_that_are_written_are_one_for_each_header(headers: list[tuple[bytes, bytes]]) -> None:
    lines = lines_of(headers)
    if any(re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", name + value) or name == b"connection" for name, value in headers):
        assert lines is None
    elif not any(b"connection" in name + value for name, value in headers):
        assert lines == b"".join(name + b": " + value + b"\r\n" for name, value in headers)


def test_the_date_is_that_of_the_second() -> None:
    line = DateLine()
    shown = [line.at(at_s).text.decode()[-14:-6] for at_s in (0.0, 0.9, 1.0, 59.999, 60.0, 2.5)]
    assert shown == ["00:00:00", "00:00:00", "00:00:01", "00:00:59", "00:01:00", "00:00:02"]


@rows("body", [b"", b"{}"])
def test_headers_are_written_in_the_order_in_which_they_are_said(body: bytes) -> None:
    reply = Reply(200, body, [(b"etag", b"1")])
    reply.last = DateLine().at(0)
    written = ReplyWriter([(b"server", b"gameday")]).bytes_of(reply)
    assert written is not None
    head, _, rest = written.partition(b"\r\n\r\n")
    pairs = [tuple(line.split(b": ", 1)) for line in head.split(b"\r\n")[1:]]
    assert (pairs, rest) == ([(b"server", b"gameday"), *reply.all_headers()], body)
