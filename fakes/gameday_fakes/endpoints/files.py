"""Reading a file of endpoints: its functions are marked with ``endpoint``.

The file runs in the process of the fakes, at their start and again at every reset, so that nothing that it keeps
outlives a run. Nothing else runs it: a plan only compiles it.
"""

from __future__ import annotations

import inspect
import re
import sys
import traceback
import types
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from gameday_fakes.endpoints.call import Call
from gameday_fakes.http import Route
from gameday_fakes.organisation.model import OrganisationError

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
MOST_BYTES = 1024 * 1024

_MARK = "gameday_endpoints"
_NOT_PLAIN = (inspect.iscoroutinefunction, inspect.isasyncgenfunction, inspect.isgeneratorfunction)
_is_segment = re.compile(r"\{[A-Za-z_]\w*\}|[\w.~-]+").fullmatch
_Function = TypeVar("_Function", bound=Callable[[Call], Any])


class Endpoint(msgspec.Struct, frozen=True):
    """One endpoint. ``path`` has no leading slash and may have ``{names}``.

    ``operation`` is its word in faults, ``deal`` the parameter, or the field of the body, that names the deal.
    """

    method: str
    path: str
    operation: str
    deal: str
    function: Callable[[Call], Any]


def endpoint(method: str, path: str, *, operation: str = "", deal: str = "") -> Callable[[_Function], _Function]:
    """Mark a function as an endpoint.

    ``path`` is the one below the vendor's own root for such endpoints: that of Apex REST, or ``SCRIPT/DEPLOYMENT`` for
    a RESTlet.
    ``operation`` says what faults take it for, such as ``order.write``; by default it reads or writes a ``record``.
    ``deal`` is the parameter, or the field of a JSON body, whose value names the deal or order, by which faults select.
    """

    def mark(function: _Function) -> _Function:
        known = function.__dict__.setdefault(_MARK, [])
        word = operation or ("record.read" if method.upper() == "GET" else "record.write")
        known.append(Endpoint(method.upper(), path.strip("/"), word, deal, function))
        return function

    return mark


class EndpointRoute(Route):
    """The route of an endpoint."""

    __slots__ = ("endpoint",)

    def __init__(self, prefix: str, endpoint: Endpoint, *, event: str = "") -> None:
        # A name of the user's must not be taken for one of the vendor's own paths, such as {version}.
        path = endpoint.path.replace("{", "{own.")
        super().__init__(endpoint.method, f"{prefix}/{path}", endpoint.operation, "own_endpoint", event=event)
        self.endpoint = endpoint


class EndpointFile:
    """A file of endpoints, compiled. Raises OrganisationError naming the file, the line and what is wrong."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if path.stat().st_size > MOST_BYTES:
                raise OrganisationError(f"{path} has more than {MOST_BYTES:,} bytes")
            self._code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        except OSError as problem:
            raise OrganisationError(
                f"cannot read {path}: {problem.strerror}", hint="[organisation.endpoints] of gameday.toml names it"
            ) from None
        except SyntaxError as problem:
            raise OrganisationError(f"{path}, line {problem.lineno}: {problem.msg}") from None
        except (ValueError, RecursionError, MemoryError) as problem:
            raise OrganisationError(f"{path} is not Python: {problem}") from None

    def run(self, known: Collection[str]) -> tuple[Endpoint, ...]:
        """Run the file; its endpoints. ``known`` are the operations of the fake. Raises OrganisationError."""
        module = types.ModuleType(f"gameday_endpoints_of_{self.path.stem}")
        module.__file__ = str(self.path)
        # Classes with annotations look their module up.
        sys.modules[module.__name__] = module
        try:
            exec(self._code, module.__dict__)  # noqa: S102 - the user's own file, which gameday.toml names
        except Exception as problem:  # noqa: BLE001 - whatever the file does wrong is said with its line
            raise OrganisationError(self.sentence(problem)) from None
        except SystemExit:
            raise OrganisationError(f"{self.path} ends the process") from None
        functions = {id(each): each for each in module.__dict__.values() if isinstance(each, types.FunctionType)}
        found = [each for function in functions.values() for each in function.__dict__.get(_MARK, ())]
        for each in found:
            self._check(each, known)
        if not found:
            raise OrganisationError(f"{self.path} has no endpoint", hint='mark a function: @endpoint("POST", "/path")')
        places = [(each.method, re.sub(r"\{\w+\}", "{}", each.path)) for each in found]
        for place in places:
            if places.count(place) > 1:
                raise OrganisationError(f"{self.path} has two endpoints for {place[0]} {place[1]}")
        return tuple(found)

    def sentence(self, problem: BaseException) -> str:
        """An error in the file as one line: the file, the line, and what Python says."""
        text = " ".join(f"{type(problem).__name__}: {problem}".split())[:300]
        return f"{self.path.name}, line {self.line_of(problem)}: {text}"

    def line_of(self, problem: BaseException) -> int:
        """The line of the file at which an error came up; 0 if it did not come through the file."""
        frames = traceback.extract_tb(problem.__traceback__)
        return next((frame.lineno or 0 for frame in reversed(frames) if frame.filename == str(self.path)), 0)

    def _check(self, each: Endpoint, known: Collection[str]) -> None:
        code = each.function.__code__
        where = f"{self.path}, line {code.co_firstlineno}"
        if each.method not in METHODS:
            raise OrganisationError(f"{where}: unknown method {each.method[:80]!r}; known: {', '.join(METHODS)}")
        parts = each.path.split("/")
        names = [part for part in parts if part.startswith("{")]
        if not all(map(_is_segment, parts)) or not {".", ".."}.isdisjoint(parts) or len({*names}) < len(names):
            hint = 'such as "/deals/{id}", or "SCRIPT/DEPLOYMENT" of a RESTlet'
            raise OrganisationError(f"{where}: {each.path[:80]!r} cannot be the path of an endpoint", hint=hint)
        if each.operation not in known:
            listed = ", ".join(sorted(known))
            raise OrganisationError(f"{where}: unknown operation {each.operation[:80]!r}; known: {listed}")
        if any(test(each.function) for test in _NOT_PLAIN):
            raise OrganisationError(f"{where}: an endpoint is a plain function, neither async nor a generator")


def read_endpoints(files: Mapping[str, str]) -> dict[str, EndpointFile]:
    """The files by vendor, compiled. Raises OrganisationError."""
    return {vendor: EndpointFile(Path(path)) for vendor, path in files.items()}
