"""Learns about one field from samples, one by one and in bounded memory."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from gameday.contracts.drafting.classification import classify, is_kind, is_of_people
from gameday.contracts.drafting.draft import Property
from gameday.records.personal import Looks
from gameday_fakes.manifest import IdForm
from gameday_fakes.manifests import every, id_form_of, id_forms

#: The number of samples needed to guess limits and values; from fewer only types are read.
ENOUGH = 20
#: An enumeration has at most so many values, each seen several times.
MOST_VALUES = 12
TIMES_EACH = 5
LONGEST_VALUE = 40
#: At most so many keys are remembered, by their hashes.
MOST_KEYS = 200_000
#: Usual maximum lengths; the next one above the longest sample is taken.
_LENGTHS = (18, 40, 80, 120, 255, 1_000, 4_000, 32_768, 131_072)
_MOST_DECIMALS = 6

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:?[0-9]{2})?\Z"
)
_CURRENCY = ("three letters, as currencies have", re.compile(r"[A-Z]{3}\Z"), "^[A-Z]{3}$")
_EMAIL = ("an e-mail address", re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z"), "^[^@\\s]+@[^@\\s]+$")
#: Names of fields with an open set of values: new products appear, new stages rarely.
_OPEN_NAMES = ("id", "code", "sku", "number", "key", "version")
#: A unit price may have more decimals than an amount that is paid.
_UNIT_PRICES = ("rate", "price", "cost")
_KEY_NAMES = frozenset({"id", "internalid", "externalid"})


class Samples:
    """The values of one field over all samples. It keeps only values short enough for an enumeration."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seen = 0
        self._kinds: dict[str, int] = {}
        self._values: dict[str, int] | None = {}
        self._longest = self._shortest = 0
        self._decimals = 0
        self._lowest: Decimal | None = None
        self._fitting = [_CURRENCY, *(_patterns_of_ids() if self._last_name.endswith("id") else ()), _EMAIL]
        self._zoned: set[bool] = set()
        self._looks = Looks(name)
        #: The form that each text so far has as an id, and whether each is the code of a currency.
        self._id_form: IdForm | None = None
        self._are_ids = self._are_currencies = True
        self._keys: set[int] | None = set() if self._last_name in _KEY_NAMES else None

    @property
    def _last_name(self) -> str:
        return re.sub("__[a-z]{1,4}$", "", self.name.rpartition(".")[2].lower())

    def add(self, value: Any) -> None:
        """Add one sample: a text, a number (int or Decimal), a bool, or a list."""
        self.seen += 1
        self._looks.add(value)
        kind = self._kind(value)
        self._kinds[kind] = self._kinds.get(kind, 0) + 1
        if isinstance(value, str):
            self._add_text(value)
        elif isinstance(value, int | Decimal) and not isinstance(value, bool):
            self._add_number(Decimal(value))
        if self._keys is not None:
            key = hash(value) if isinstance(value, str | int) else 0
            if key in self._keys or len(self._keys) >= MOST_KEYS:
                self._keys = None
            else:
                self._keys.add(key)

    def _kind(self, value: Any) -> str:
        if isinstance(value, bool):
            return "boolean"
        if isinstance(value, int):
            return "integer"
        if isinstance(value, Decimal):
            return "number"
        if isinstance(value, list):
            return "array"
        return _kind_of_text(value) if isinstance(value, str) else ""

    def _add_text(self, value: str) -> None:
        self._longest = max(self._longest, len(value))
        self._shortest = len(value) if self.seen == 1 else min(self._shortest, len(value))
        self._fitting = [each for each in self._fitting if each[1].match(value)]
        if self._are_ids:
            form, before = id_form_of(value), self._id_form
            self._are_ids = form is not None and before in (None, form)
            self._id_form = form
        self._are_currencies = self._are_currencies and value in _currencies()
        if _TIMESTAMP.match(value):
            self._zoned.add(_is_zoned(value))
        if self._values is not None:
            if len(value) > LONGEST_VALUE or (len(self._values) >= MOST_VALUES and value not in self._values):
                self._values = None
            else:
                self._values[value] = self._values.get(value, 0) + 1

    def _add_number(self, value: Decimal) -> None:
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int):
            self._decimals = max(self._decimals, -exponent)
            self._lowest = value if self._lowest is None else min(self._lowest, value)

    def property(self, samples: int, *, optional: bool = False, inner: Sequence[Property] = ()) -> Property:
        """The field for a draft, given the number of samples of its parent; ``inner`` are the fields of a list's items.

        ``optional``: the parent may be missing, and so may the field.
        """
        kind, notes = self._logical_type()
        looks = tuple(self._looks.found())
        money = kind == "number" and self._is_money()
        classification, why = classify(self.name, money=money, looks=looks, proof=self._proof(kind))
        required = self.seen == samples and not optional
        notes.append(f"guessed: in all of {samples:,}" if required else f"in {self.seen:,} of {samples:,}")
        if required and samples < ENOUGH:
            notes[-1] = f"TO DO: required? It is in all of only {samples:,}"
        options, enum, more = self._limits(kind) if self.seen >= ENOUGH else ({}, (), "")
        key = bool(self._keys) and required
        return Property(
            physical_name=self.name,
            logical_type=kind,
            required=required,
            primary_key=key,
            unique=key,
            options=options | _formats(kind, self._zoned),
            enum=enum,
            classification=classification if kind != "array" else "internal",
            notes=tuple(note for note in (*notes, why if kind != "array" else "", more) if note),
            properties=tuple(inner),
        )

    def _is_money(self) -> bool:
        return classify(self.name)[0] == "confidential"

    def _is_unit_price(self) -> bool:
        return self._last_name.endswith(_UNIT_PRICES) and "total" not in self._last_name

    def _logical_type(self) -> tuple[str, list[str]]:
        """The type of all samples, or none if they differ."""
        kinds = {kind for kind in self._kinds if kind}
        if not kinds:
            return "", ["TO DO: its type; only nulls were seen"]
        if kinds == {"integer"} and (self._is_money() or "quantity" in self.name.lower()):
            return "number", []
        if kinds <= {"integer", "number"}:
            return ("number" if "number" in kinds else "integer"), []
        if kinds <= {"string", "date", "timestamp"}:
            return (kinds.pop() if len(kinds) == 1 else "string"), []
        if len(kinds) == 1:
            return kinds.pop(), []
        return "", [f"TO DO: its type; seen were {', '.join(sorted(kinds))}"]

    def _limits(self, kind: str) -> tuple[dict[str, Any], tuple[Any, ...], str]:
        """The options, the enumeration, and a comment about them."""
        if kind == "string":
            if self._fitting:
                what, _, pattern = self._fitting[0]
                return {"pattern": pattern}, (), f"guessed: {what}"
            if self._is_enumeration():
                return {}, tuple(sorted(self._values or ())), f"guessed: the only values of {self.seen:,}"
            high = next((length for length in _LENGTHS if length >= self._longest), None)
            low = {"minLength": 1} if self._shortest else {}
            return low | ({"maxLength": high} if high else {}), (), f"guessed: the longest has {self._longest:,}"
        if kind in ("number", "integer") and self._lowest is not None:
            low = {"minimum": 0} if self._lowest >= 0 else {}
            if kind == "integer":
                return low, (), "guessed: none is below 0" if low else ""
            decimals = max(self._decimals, 2)
            exact = decimals <= _MOST_DECIMALS and not self._is_unit_price()
            step = {"multipleOf": Decimal(1).scaleb(-decimals)} if exact else {}
            return low | step, (), f"guessed: at most {self._decimals} decimals" + (", none below 0" if low else "")
        return {}, (), ""

    def _is_enumeration(self) -> bool:
        values = self._values or {}
        few = len(values) > 1 and len(values) * TIMES_EACH <= self.seen
        return (
            few
            and is_kind(self.name)
            and not self._last_name.endswith(_OPEN_NAMES)
            and self._keys is None
            and not classify(self.name)[0]
            and not self._looks.may_be_people()
        )

    def _proof(self, kind: str) -> str:
        """Why the values say nothing of people; records have no types, so only a few forms prove it."""
        if kind == "boolean":
            return "true or false"
        if kind == "string" and self._are_currencies and "currency" in self.name.lower():
            return "codes of currencies"
        if kind == "string" and self._are_ids and self._id_form is not None and not is_of_people(self.name):
            return f"each is {self._id_form.what}"
        # The name is the vendor's, and the values are as the vendor writes them.
        standard = kind in ("date", "timestamp", "integer", "number") and self.name in every("facts")
        stage = kind == "string" and self.name in every("kinds") and not self._looks.may_be_people()
        return "a standard field of the vendor" if standard or stage else ""


@functools.cache
def _patterns_of_ids() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """The patterns of vendors' ids; one has a digit, and so is no word."""
    forms = ((form.what, form.pattern) for form in id_forms())
    return tuple((what, re.compile(f"(?=.*[0-9]){pattern[1:-1]}\\Z"), pattern) for what, pattern in forms)


@functools.cache
def _currencies() -> frozenset[str]:
    """The codes of ISO 4217."""
    from faker.providers.currency import Provider

    return frozenset(code for code, _ in Provider.currencies)


def _formats(kind: str, zoned: set[bool]) -> dict[str, Any]:
    if kind == "date":
        return {"format": "yyyy-MM-dd"}
    return {"timezone": zoned == {True}} if kind == "timestamp" and len(zoned) == 1 else {}


def _kind_of_text(value: str) -> str:
    try:
        if _DATE.match(value):
            datetime.date.fromisoformat(value)
            return "date"
        if _TIMESTAMP.match(value):
            datetime.datetime.fromisoformat(value)
            return "timestamp"
    except ValueError:
        pass
    return "string"


def _is_zoned(value: str) -> bool:
    return value.endswith("Z") or "+" in value[10:] or "-" in value[10:]
