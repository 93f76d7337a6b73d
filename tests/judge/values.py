"""Changes to one value: everything that can be different about it, found from its type.

A new field of a ledger, an event, a signal or the contract is therefore changed without being named here. Changes are
larger than any margin or tolerance: a time moves by an hour, an amount by a cent more than the tolerance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

import msgspec

S = TypeVar("S", bound=msgspec.Struct)

#: How far a time is moved, in seconds: longer than every latency and every limit of the cases.
HOUR_S = 3600.0
#: The names of these dictionaries' keys mean something; the keys of others are ids.
NAMED_KEYS = frozenset({"keys", "owners"})

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_PERIOD = re.compile(r"\d{4}-\d{2}")
_CENT = Decimal("0.01")


class Change(NamedTuple):
    """One change: the path of the field, what was done to it in a few words, and the value after it."""

    field: str
    change: str
    value: Any


def changes(value: msgspec.Struct) -> Iterator[Change]:
    """Every change of one field of a struct; ``value`` of each is the whole struct."""
    for field in msgspec.structs.fields(value):
        for change in of_value(field.type, getattr(value, field.name), field.name):
            yield change._replace(value=msgspec.structs.replace(value, **{field.name: change.value}))


def of_value(kind: Any, value: Any, path: str) -> Iterator[Change]:
    """Every change of a value of this type at ``path``."""
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    if value is not None and NoneType in options:
        yield Change(path, "removed", None)
    if value is None:
        for option in options:
            if option is not NoneType:
                yield Change(path, "filled", sample(option))
                return
    elif choices := [c for option in options if get_origin(option) is Literal for c in get_args(option)]:
        yield from (Change(path, f"changed to {choice}", choice) for choice in choices if choice != value)
    elif isinstance(value, msgspec.Struct):
        for change in changes(value):
            yield change._replace(field=f"{path}.{change.field}")
    elif isinstance(value, tuple | list):
        yield from _of_sequence(kind, value, path)
    elif isinstance(value, dict):
        yield from _of_mapping(kind, value, path)
    else:
        yield from (Change(path, name, after) for name, after in _of_scalar(value, path) if after != value)


def _of_sequence(kind: Any, value: tuple[Any, ...] | list[Any], path: str) -> Iterator[Change]:
    whole = type(value)
    inner = next((arg for arg in get_args(kind) if arg is not Ellipsis), Any)
    if _is_fixed(kind):
        for at, (part, item) in enumerate(zip(get_args(kind), value, strict=True)):
            for change in of_value(part, item, f"{path}[]"):
                yield change._replace(value=whole([*value[:at], change.value, *value[at + 1 :]]))
        return
    if not value:
        yield Change(path, "one added", whole([sample(inner)]))
        return
    for at, item in enumerate(value):
        before, after = value[:at], value[at + 1 :]
        yield Change(path, "one removed", before + after)
        yield Change(path, "one doubled", whole([*before, item, *value[at:]]))
        for change in of_value(inner, item, f"{path}[]"):
            yield change._replace(value=whole([*before, change.value, *after]))
    yield Change(path, "one added", whole([*value, sample(inner)]))
    if len(value) > 1:
        yield Change(path, "all removed", whole())
        yield Change(path, "order reversed", whole(reversed(value)))


def _is_fixed(kind: Any) -> bool:
    """Whether a type is a tuple of so many parts, as a name with its value is."""
    return get_origin(kind) is tuple and Ellipsis not in get_args(kind)


def _of_mapping(kind: Any, value: dict[Any, Any], path: str) -> Iterator[Change]:
    inner = get_args(kind)[1] if get_args(kind) else Any
    for key, item in value.items():
        place = f"{path}.{key}" if path in NAMED_KEYS else f"{path}[]"
        yield Change(place, "removed", {k: v for k, v in value.items() if k != key})
        for change in of_value(inner, item, place):
            yield change._replace(value={**value, key: change.value})
    yield Change(path, "one added", {**value, "another": sample(inner)})


def _of_scalar(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, bool):
        yield ("changed to no" if value else "changed to yes"), not value
    elif isinstance(value, Decimal):
        yield "a cent more", value + _CENT
        yield "a cent less", value - _CENT
        yield "doubled", value * 2
        yield "halved", value / 2
        yield "of the other sign", -value
    elif isinstance(value, float | int):
        yield from _of_number(value, path)
    elif isinstance(value, str):
        yield from _of_text(value)
    else:
        yield "replaced", {"another": "value"}


def _of_number(value: float, path: str) -> Iterator[tuple[str, float]]:
    if path.endswith("_s"):
        yield "an hour more", value + HOUR_S
        yield "an hour less", value - HOUR_S
        yield "halved", value / 2
    else:
        yield "one more", value + 1
        yield "one less", value - 1
    yield "0", type(value)(0)


def _of_text(value: str) -> Iterator[tuple[str, str]]:
    if not value:
        yield "filled", "another"
        return
    yield "emptied", ""
    try:
        if _DATE.fullmatch(value):
            day = date.fromisoformat(value)
            yield "a day earlier", (day - timedelta(days=1)).isoformat()
            yield "a day later", (day + timedelta(days=1)).isoformat()
            return
        if _PERIOD.fullmatch(value):
            month = date.fromisoformat(f"{value}-15")
            yield "a month earlier", f"{month - timedelta(days=30):%Y-%m}"
            yield "a month later", f"{month + timedelta(days=31):%Y-%m}"
            return
    except ValueError:
        pass  # It only looks like a date.
    yield "changed", f"{value}-2"
    yield "in another case", value.swapcase()


def filled(value: S) -> S:
    """The struct with some value in each field that has none."""
    empty = [field for field in msgspec.structs.fields(value) if getattr(value, field.name) is None]
    return msgspec.structs.replace(value, **{field.name: sample(field.type) for field in empty})


def sample(kind: Any) -> Any:
    """Some value of a type, for a field that had none; of a struct, with its defaults where it has any."""
    options = get_args(kind)
    origin = get_origin(kind)
    if origin is Literal:
        return options[0]
    if origin in (Union, UnionType):
        return sample(next(option for option in options if option is not NoneType))
    if _is_fixed(kind):
        return tuple(map(sample, options))
    if origin in (tuple, list):
        return origin([sample(options[0])])
    if origin is dict:
        return {"another": sample(options[1])}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind(**{field.name: sample(field.type) for field in msgspec.structs.fields(kind) if field.required})
    samples: dict[Any, Any] = {str: "another", Decimal: Decimal(7), float: 7.0, int: 7, bool: True}
    return samples.get(kind, {"another": "value"})
