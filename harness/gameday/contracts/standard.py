"""The Open Data Contract Standard's own JSON schema: what in a document breaks it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from importlib import resources
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.base.tables import shown


@functools.cache
def _standard() -> Any:
    """The validator of the standard's schema; imported only when a contract is read."""
    import jsonschema_rs

    schema = msgspec.json.decode(resources.files("open_data_contract_standard").joinpath("schema.json").read_bytes())
    return jsonschema_rs.validator_for(schema, mask="value")


def check_standard(document: dict[str, Any], where: str) -> None:
    """Raise GamedayError with the place and the bad value if a document breaks the standard."""
    problems = list(standard_problems(document, where=where))
    if problems:
        place, message = max(problems, key=lambda problem: len(problem[0]))
        dotted = ".".join(map(str, place)) or "the whole file"
        raise GamedayError(f"{where}: {dotted}: {message}", hint="by ODCS 3")


def standard_problems(document: dict[str, Any], *, where: str) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each violation of the standard: the path to the place, and a one-line message.

    If none of several alternatives fits, the errors of all of them are included.
    Raises GamedayError, naming ``where``, for a document that cannot be checked.
    """
    for error in (deep for top in _errors(document, where) for deep in _deepest(top)):
        yield tuple(error.instance_path), _message(error, document)


class Breach(msgspec.Struct, frozen=True):
    """One violation of the standard: its place, a one-line message, and the keys there that are unknown or missing."""

    place: tuple[str | int, ...]
    message: str
    unknown: tuple[str, ...] = ()
    missing: str = ""


def first_breach(document: dict[str, Any], *, where: str) -> Breach | None:
    """The first violation of the standard, at the deepest place that names its cause; None without any."""
    first = next(_errors(document, where), None)
    if first is None:
        return None
    error = max(_deepest(first), key=lambda each: len(each.instance_path))
    unknown = tuple(getattr(error.kind, "unexpected", ()))
    missing = str(getattr(error.kind, "property", ""))
    return Breach(tuple(error.instance_path), _message(error, document), unknown, missing)


def _errors(document: dict[str, Any], where: str) -> Iterator[Any]:
    try:
        yield from _standard().iter_errors(document)
    except ValueError as problem:
        raise GamedayError(f"{where}: not a contract: {str(problem)[:200]}") from None


def _message(error: Any, document: dict[str, Any]) -> str:
    found = shown(functools.reduce(lambda value, step: value[step], error.instance_path, document))
    if error.message.startswith("value "):
        return f"{found} {error.message.removeprefix('value ')}"[:300]
    return f"{error.message}, found {found}"[:300]


def _deepest(error: Any) -> Iterator[Any]:
    """The error, and those of its alternatives if none fits: they name the cause."""
    yield error
    for alternative in getattr(error.kind, "context", ()):
        for inner in alternative:
            yield from _deepest(inner)
