"""Carrying out a request to an endpoint of the user's, within a limit of time."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from typing import Any

from gameday_fakes.endpoints.call import Answer, Call, Records, Refusal
from gameday_fakes.endpoints.files import Endpoint, EndpointFile
from gameday_fakes.http import BadBody, Reply, Request

#: How long an endpoint may take, in real seconds: nothing else in the fakes moves on meanwhile. Apex has ten, too
#: ("Execution Governors and Limits").
LONGEST_S = 10.0


class OwnError(Exception):
    """An endpoint has failed, and not because the vendor refused what it asked for. The text is one line.

    ``place`` says the same without what Python says, which may have values of records.
    """

    def __init__(self, sentence: str, place: str) -> None:
        super().__init__(sentence)
        self.place = place


class TooSlow(Exception):
    """An endpoint took too long."""


def carry_out(
    file: EndpointFile, endpoint: Endpoint, request: Request, params: dict[str, str], records: Records
) -> Reply:
    """The reply to a request. Raises Refusal, which the endpoint has not caught, and OwnError."""
    try:
        body = request.json
    except BadBody:
        # It may be a text, or a form; the endpoint sees it as it is.
        body = None
    try:
        with _limited():
            given = endpoint.function(Call(request, params, body, records))
        return _reply(given if isinstance(given, Answer) else Answer(given))
    except Refusal:
        raise
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - whatever the file does wrong is said with its line
        traceback.print_exception(problem, file=sys.stderr)
        line = file.line_of(problem) or endpoint.function.__code__.co_firstlineno
        place = f"{file.path.name}, line {line} ({type(problem).__name__})"
        raise OwnError(file.sentence(problem), place) from None


def _reply(answer: Answer) -> Reply:
    kind = answer.content_type.encode("latin-1")
    if isinstance(answer.status, bool) or not isinstance(answer.status, int) or not 200 <= answer.status <= 599:
        raise ValueError(f"the status {answer.status!r} is not a number from 200 to 599")
    if answer.body is None:
        return Reply(answer.status)
    if not kind.startswith(b"application/json"):
        return Reply(answer.status, _text(answer.body), content_type=kind)
    return Reply.json(answer.status, answer.body, content_type=kind)


def _text(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    raise TypeError(f"the body is {type(body).__name__}, and its content type is not JSON")


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    """Raise TooSlow in the block when its time is over. Only the main thread can be interrupted, where fakes run."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        raise TooSlow(f"it took longer than {LONGEST_S:g} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, LONGEST_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
