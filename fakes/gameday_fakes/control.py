"""The control plane: it drives the fakes and reads their ledgers, on a listener that no fault touches."""

from __future__ import annotations

import inspect
import re
import time
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from gameday_fakes.asgi import read_body
from gameday_fakes.clock import WallClock
from gameday_fakes.expiry import HOLDER_HEADER, PROCESS_HEADER
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.fake_set import FakeSet
from gameday_fakes.gate import Gate, behind, routed
from gameday_fakes.ledger import Ledger
from gameday_fakes.quiet import quiet, skip

_Call = Callable[[Request, Any], Any]
_encode = msgspec.json.Encoder(decimal_format="string", enc_hook=str).encode

#: The largest body is the ledger of a large run, which is restored for its repair.
MAX_CONTROL_BYTES = 256 * 1024 * 1024
#: Errors that a body of the wrong shape causes where it is used.
_MISSHAPEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def _answer(value: Any, status: int = 200) -> Response:
    return Response(_encode(value), status, media_type="application/json")


def _refuse(text: str, status: int = 400) -> Response:
    return _answer({"error": " ".join(text.split())}, status)


async def _unknown_call(request: Request, problem: Exception) -> Response:
    status = getattr(problem, "status_code", 404)
    return _refuse(f"no such call: {request.method} {request.scope['path']}", status)


class _Calls:
    """The calls of the control plane; each gets the request and its JSON body."""

    def __init__(self, fake_set: FakeSet) -> None:
        self._fake_set = fake_set

    def fake(self, request: Request) -> Fake:
        return self._fake_set.named(request.path_params["fake"])

    def health(self, _: Request, __: Any) -> Any:
        return {"fakes": self._fake_set.urls, "pending": self._fake_set.pending(), "held": self._fake_set.held()}

    def tls(self, _: Request, __: Any) -> Any:
        return {"fakes": self._fake_set.tls_urls, "authority": self._fake_set.authority}

    def reset(self, request: Request, body: Any) -> Any:
        _only(body, "pace", "seed", "origin_s", "stack_clock")
        seed = body.get("seed", 0)
        if type(seed) is not int:
            raise ControlError(f"seed {seed!r} is not a whole number")
        self._fake_set.lease.take(_holder(request))
        self._fake_set.reset(
            pace=_number(body, "pace", 1.0), seed=seed, origin_s=_origin_s(body), stack_clock=_stack_clock(body)
        )
        return {"origin_s": self._fake_set.clock.origin_s}

    def clock(self, _: Request, body: Any) -> Any:
        _only(body, "origin_s")
        clock = self._fake_set.clock
        clock.restart(clock.pace, _origin_s(body))
        return {"origin_s": clock.origin_s}

    def renew(self, request: Request, _: Any) -> Any:
        return {"expired": [fault for _, fault in self._fake_set.holds.expired(_holder(request))]}

    def release(self, request: Request, _: Any) -> None:
        self._fake_set.lease.release(_holder(request))

    def events(self, request: Request, _: Any) -> Any:
        given = request.query_params.get("after", "0")
        if not re.fullmatch("[0-9]{1,18}", given):
            raise ControlError(f"after={given[:40]!r} is not the number of an event")
        events = self._fake_set.events.after(after := int(given))
        return {"events": events, "next": events[-1].seq if events else after}

    def operate(self, request: Request, body: Any) -> Any:
        _only(body, "f", "key", "value")
        f, key, value = body.get("f", ""), body.get("key", ""), body.get("value") or {}
        for name, given, kind in (("f", f, str), ("key", key, str), ("value", value, dict)):
            if not isinstance(given, kind):
                raise ControlError(f"{name} {given!r} is not {'a text' if kind is str else 'an object'}")
        return self.fake(request).operated(f, key, value)

    def restore(self, request: Request, body: Any) -> None:
        try:
            ledger = msgspec.convert(body, Ledger)
        except msgspec.ValidationError as problem:
            raise ControlError(f"the body is not a ledger: {problem}") from None
        fake = self.fake(request)
        if ledger.system != fake.name:
            raise ControlError(f"a ledger of {ledger.system!r} cannot be restored at {fake.name!r}")
        fake.memory.forget()
        fake.restore(ledger)

    async def inject(self, request: Request, body: Any) -> None:
        fake, fault = self.fake(request), request.path_params["fault"]
        await fake.ready_for_faults()
        fake.inject(fault, body)
        self._fake_set.holds.hold(_holder(request), (fake.name, fault))

    def heal(self, request: Request, _: Any) -> None:
        fake, fault = self.fake(request), request.path_params["fault"]
        fake.heal(fault)
        self._fake_set.holds.drop((fake.name, fault))


def control_app(fake_set: FakeSet, gate: Gate) -> ASGIApp:
    """The control plane as an ASGI application, behind its gate."""
    return behind(
        gate, control_calls(fake_set), lambda refusal: _refuse(f"the control plane: {refusal[1]}", refusal[0])
    )


def control_calls(fake_set: FakeSet) -> Starlette:
    """The calls of the control plane without the gate. Paths: docs/interfaces.md."""
    calls = _Calls(fake_set)
    table: tuple[tuple[str, str, _Call], ...] = (
        ("GET", "/health", calls.health),
        ("GET", "/tls", calls.tls),
        ("POST", "/reset", calls.reset),
        ("POST", "/clock", calls.clock),
        ("GET", "/quiet", lambda *_: quiet(fake_set.clock, fake_set.fakes)),
        ("POST", "/skip", lambda _, body: skip(fake_set.clock, fake_set.fakes, body)),
        ("POST", "/renew", calls.renew),
        ("POST", "/release", calls.release),
        ("GET", "/events", calls.events),
        ("GET", "/{fake}/catalogue", lambda request, _: calls.fake(request).catalogue()),
        ("GET", "/{fake}/snapshot", lambda request, _: calls.fake(request).snapshot()),
        ("GET", "/{fake}/ledger", lambda request, _: calls.fake(request).ledger_read()),
        ("POST", "/{fake}/restore", calls.restore),
        ("POST", "/{fake}/operations", calls.operate),
        ("POST", "/{fake}/configure", lambda request, body: calls.fake(request).configure(body)),
        ("GET", "/{fake}/stats", lambda request, _: {f: dict(n) for f, n in calls.fake(request).stats.items()}),
        ("GET", "/{fake}/refused", lambda request, _: calls.fake(request).exchanges.last_refused()),
        ("GET", "/{fake}/traffic", lambda request, _: calls.fake(request).traffic.counts()),
        ("GET", "/{fake}/faults", lambda request, _: calls.fake(request).faults()),
        ("PUT", "/{fake}/faults/{fault}", calls.inject),
        ("DELETE", "/{fake}/faults/{fault}", calls.heal),
    )
    routes = [Route(path, _endpoint(fake_set, call), methods=[method]) for method, path, call in table]
    return routed(routes, exception_handlers={404: _unknown_call, 405: _unknown_call})


def _endpoint(fake_set: FakeSet, call: _Call) -> Callable[[Request], Awaitable[Response]]:
    """A call as an endpoint: every mistake is answered with one line."""

    async def endpoint(request: Request) -> Response:
        fake_set.lease.renew(_holder(request))
        fake_set.holds.renew(_holder(request), request.headers.get(PROCESS_HEADER, ""))
        try:
            given = call(request, await _body(request))
            result = await given if inspect.isawaitable(given) else given
        except ControlError as problem:
            return _refuse(str(problem))
        except _MISSHAPEN as problem:
            return _refuse(f"{request.method} {request.scope['path']}: {type(problem).__name__}: {problem}")
        except Exception as problem:  # noqa: BLE001 - a mistake of ours: the trace is for our log
            traceback.print_exc()
            line = f"{request.method} {request.scope['path']}: {type(problem).__name__}; see the fakes' log"
            return _refuse(line, 500)
        return Response(status_code=204) if result is None else _answer(result)

    return endpoint


def _holder(request: Request) -> str:
    return request.headers.get(HOLDER_HEADER, "")


def _only(body: Any, *known: str) -> None:
    """Refuse names that would be ignored."""
    for name in body:
        if name not in known:
            raise ControlError(f"unknown {name!r}; known: {', '.join(known)}")


def _number(body: Any, name: str, default: float) -> float:
    given = body.get(name, default)
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ControlError(f"{name} {given!r} is not a number")
    return float(given)


def _origin_s(body: Any) -> float | None:
    if body.get("origin_s") is None:
        return None
    origin_s = _number(body, "origin_s", 0.0)
    # Beyond it, the seconds of events would lose their fractions.
    if abs(origin_s) > 1e12:
        raise ControlError(f"origin_s {origin_s!r} is not a reading of the monotonic clock in seconds")
    return origin_s


def _stack_clock(body: Any) -> WallClock | None:
    given = body.get("stack_clock")
    if given is None:
        return None
    _only(given, "epoch_s", "origin_s", "rate")
    origin_s = _number(given, "origin_s", time.monotonic())
    clock = WallClock(_number(given, "epoch_s", -1.0), origin_s, _number(given, "rate", -1.0))
    # The years 1970 to 2100, in which every run's dates can be written.
    if not (0 <= clock.epoch_s < 4.1e9 and abs(clock.origin_s) <= 1e12 and 0 < clock.rate < 1e6):
        raise ControlError(f"stack_clock {given!r} is not epoch_s (Unix time), origin_s (monotonic) and rate")
    return clock


async def _body(request: Request) -> Any:
    raw = await read_body(request.receive, MAX_CONTROL_BYTES)  # type: ignore[arg-type]
    if not raw:
        return {}
    if len(raw) > MAX_CONTROL_BYTES:
        raise ControlError(f"the body has more than {MAX_CONTROL_BYTES:,} bytes")
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise ControlError(f"the body is not JSON: {problem}") from None
    if not isinstance(body, dict):
        raise ControlError("the body is not a JSON object")
    return body
