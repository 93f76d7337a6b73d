"""Named parameters of fault rules, settings and business operations, read from the structs that declare them.

A msgspec struct declares each parameter once: its type, bounds, choices and default, and with ``Meta`` its meaning.
``parameters_of`` turns the struct into plain data, which can be shown, sent to another process and checked against.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal, get_args

import msgspec
from msgspec import inspect

ParameterType = Literal["text", "number", "whole number", "decimal", "boolean", "list", "object"]

#: What a text has to name, where it is not free: something of the fake's own catalogue.
Names = Literal["", "operation", "error", "error with a code", "object", "field", "new field", "new type", "picklist"]

#: What a text has to look like, where it is not free; one that is not required may be empty.
Form = Literal["", "date", "month", "currency"]

_FORMS: dict[str, tuple[str, Callable[[str], object]]] = {
    "date": ("a date, YYYY-MM-DD", lambda text: re.fullmatch(r"\d{4}-\d\d-\d\d", text) and date.fromisoformat(text)),
    "month": ("a month, YYYY-MM", lambda text: re.fullmatch(r"\d{4}-\d\d", text) and date.fromisoformat(f"{text}-01")),
    "currency": ("the ISO code of a currency, such as EUR", re.compile("[A-Z]{3}").fullmatch),
}

_PYTHON_TYPES: dict[str, Any] = {
    "text": str,
    "number": float,
    "whole number": int,
    "decimal": Decimal,
    "boolean": bool,
    "list": list[Any],
    "object": dict[str, Any],
}
_ARTICLES = {
    "text": "a text",
    "number": "a number",
    "whole number": "a whole number",
    "decimal": "a decimal number",
    "boolean": "true or false",
    "list": "a list",
    "object": "an object",
}


class Parameter(msgspec.Struct, frozen=True):
    """One parameter. ``minimum`` and ``maximum`` are inclusive; ``names`` is what a text has to name at the fake, and
    ``form`` what it has to look like.

    ``tried`` are other values of a setting than its own with which every sync has to be right: a search sets them.
    """

    name: str
    type: ParameterType
    required: bool
    default: Any = None
    nullable: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    names: Names = ""
    description: str = ""
    tried: tuple[str, ...] = ()
    form: Form = ""

    def check(self, value: Any) -> None:
        """Raise ValueError if the value has the wrong type or is out of bounds."""
        if value is None and self.nullable:
            return
        if not self._accepts(value):
            raise ValueError(f"bad value {value!r} for {self.name!r}: {self._expected()}")

    def _accepts(self, value: Any) -> bool:
        try:
            converted = msgspec.convert(value, _PYTHON_TYPES[self.type], strict=False)
        except msgspec.ValidationError:
            return False
        if self.choices:
            return converted in self.choices
        if self.form:
            return (not converted and not self.required) or self._has_form(converted)
        if self.type == "decimal":
            return bool(converted.is_finite()) and self._within(converted)
        return self._within(converted) if self.type in ("number", "whole number") else True

    def _has_form(self, text: str) -> bool:
        try:
            return bool(_FORMS[self.form][1](text))
        except ValueError:
            return False

    def _within(self, number: float | Decimal) -> bool:
        return (self.minimum is None or number >= self.minimum) and (self.maximum is None or number <= self.maximum)

    def _expected(self) -> str:
        if self.choices:
            return f"it must be one of: {', '.join(self.choices)}"
        if self.form:
            return f"it must be {_FORMS[self.form][0]}{'' if self.required else ', or empty'}"
        bounds = {
            (False, False): "",
            (True, False): f" of at least {self.minimum:g}" if self.minimum is not None else "",
            (False, True): f" of at most {self.maximum:g}" if self.maximum is not None else "",
            (True, True): f" from {self.minimum or 0:g} to {self.maximum or 0:g}",
        }[self.minimum is not None, self.maximum is not None]
        return f"it must be {_ARTICLES[self.type]}{bounds}{' or null' if self.nullable else ''}"


def lists_of_texts(parameters: tuple[Parameter, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, with the lists that a feature's table writes as a text: ``Opportunity, Account``."""
    lists = {parameter.name for parameter in parameters if parameter.type == "list"}
    return {
        name: [each.strip() for each in value.split(",") if each.strip()]
        if name in lists and isinstance(value, str)
        else value
        for name, value in given.items()
    }


def check_parameters(parameters: tuple[Parameter, ...], given: Mapping[str, Any]) -> None:
    """Raise ValueError with one line that names an unknown, a missing or a bad parameter."""
    known = {parameter.name: parameter for parameter in parameters}
    for name in given:
        if name not in known:
            raise ValueError(f"unknown parameter {str(name)[:80]!r}; known: {', '.join(known) or 'none'}")
    check_values(parameters, given)


def check_values(parameters: tuple[Parameter, ...], given: Mapping[str, Any]) -> None:
    """Like ``check_parameters``, but unknown names are ignored."""
    missing = [repr(parameter.name) for parameter in parameters if parameter.required and parameter.name not in given]
    if missing:
        raise ValueError(f"it needs {', '.join(missing)}")
    for parameter in parameters:
        if parameter.name in given:
            parameter.check(given[parameter.name])


@functools.cache
def parameters_of(struct: type[msgspec.Struct]) -> tuple[Parameter, ...]:
    """The parameters that a struct declares, in the order of its fields.

    ``Meta(description=...)`` gives a parameter's meaning. ``Meta(extra=...)`` has ``names``, what a text has to name,
    ``choices`` where they come from a table, ``tried`` and ``form`` as in Parameter.
    """
    described = inspect.type_info(struct)
    if not isinstance(described, inspect.StructType):
        raise TypeError(f"{struct!r} is no msgspec struct")
    return tuple(_parameter(field) for field in described.fields)


def first_sentence(documented: object) -> str:
    """The first line of a docstring."""
    return (documented.__doc__ or "").strip().partition("\n")[0]


def _parameter(field: inspect.Field) -> Parameter:
    default = None if field.default is msgspec.NODEFAULT else field.default
    if field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    notes: dict[str, Any] = {}
    bare, nullable = _unwrapped(field.type, notes)
    extra = notes.get("extra", {})
    names = extra.get("names", "")
    if extra.get("form", "") not in get_args(Form):
        raise TypeError(f"parameter {field.name!r} has the unknown form {extra['form']!r}")
    if names not in get_args(Names):
        raise TypeError(f"parameter {field.name!r} has to name an unknown sort {names!r}")
    return Parameter(
        name=field.encode_name,
        type=_type_of(bare),
        required=field.required,
        default=msgspec.json.decode(msgspec.json.encode(default)),
        nullable=nullable,
        choices=tuple(str(value) for value in getattr(bare, "values", ()) or extra.get("choices", ())),
        minimum=getattr(bare, "ge", None),
        maximum=getattr(bare, "le", None),
        names=names,
        description=notes.get("description", ""),
        tried=tuple(extra.get("tried", ())),
        form=extra.get("form", ""),
    )


def _unwrapped(type_: inspect.Type, notes: dict[str, Any]) -> tuple[inspect.Type, bool]:
    """The type without its notes and without None; whether None is allowed."""
    if isinstance(type_, inspect.Metadata):
        notes.update({"description": d} if (d := (type_.extra_json_schema or {}).get("description")) else {})
        notes.update({"extra": type_.extra} if type_.extra else {})
        return _unwrapped(type_.type, notes)
    if isinstance(type_, inspect.UnionType):
        others = [each for each in type_.types if not isinstance(each, inspect.NoneType)]
        bare, _ = _unwrapped(others[0], notes)
        return bare, len(others) < len(type_.types)
    return type_, False


def _type_of(type_: inspect.Type) -> ParameterType:
    match type_:
        case inspect.StrType() | inspect.LiteralType() | inspect.EnumType():
            return "text"
        case inspect.IntType():
            return "whole number"
        case inspect.FloatType():
            return "number"
        case inspect.DecimalType():
            return "decimal"
        case inspect.BoolType():
            return "boolean"
        case inspect.CollectionType():
            return "list"
        case _:
            return "object"
