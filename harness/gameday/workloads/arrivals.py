"""When deals are closed and which of them change later: shared by all workloads, decided by the seed alone."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import read_table
from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import BusinessOperation, DealLine, operation_key, operations, operations_in, workloads
from gameday.workloads.chance import random_of
from gameday.workloads.further_fields import read_choices, with_fields
from gameday.workloads.merges import with_winners

MAX_DEALS = 10_000_000

#: After these nothing happens to a deal any more.
_ENDS = ("void_deal", "delete_deal")

Part = Annotated[int, Meta(ge=0)] | Annotated[float, Meta(ge=0.0, le=1.0)]
_Seconds = Annotated[float, Meta(gt=0, le=31_536_000)]


class Later(msgspec.Struct, frozen=True):
    """An operation that happens to a share (0.3) or a count (90) of the deals, within so many scenario seconds."""

    part: Part = 0
    after_s: _Seconds = 60.0


class ArrivalParams(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of every workload.

    ``amended`` and ``voided``: how many deals change after they were won, as a share (0.3) or a count (90), within so
    many scenario seconds; any other operation has two parameters of the same form. ``spread``: how far a deal's
    arrival may be from an even rate, as a share of the gap between two deals. ``close_date``: the deals' date; it is
    fixed, so that a seed makes the same deals on every day. ``later``: the other operations, by name. ``deal_fields``:
    further fields of the CRM's organisation, and of lines, each with the values of which every deal gets one, and an
    amended one another: ``{"Region__c": ["EMEA", "APAC"]}``, in a table ``Region__c: EMEA, APAC; line.Note__c: gift``.
    """

    amended: Part = 0
    amended_after_s: _Seconds = 60.0
    voided: Part = 0
    voided_after_s: _Seconds = 60.0
    spread: Annotated[
        float, Meta(ge=0.0, le=1.0, description="How far an arrival may be from an even rate, of the gap between two.")
    ] = 0.5
    close_date: Annotated[
        str,
        Meta(
            pattern=r"^(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z",
            description="The date of the deals, YYYY-MM-DD.",
        ),
    ] = "2026-06-30"
    later: dict[str, Later] = {}
    deal_fields: Annotated[
        dict[str, list[str]] | str,
        Meta(description="Further fields with the values that deals get: Region__c: EMEA, APAC; line.Note__c: gift."),
    ] = ""

    def __post_init__(self) -> None:
        """Raise GamedayError for a close date that no calendar has, and for fields without values."""
        read_choices(self.deal_fields)
        try:
            datetime.date.fromisoformat(self.close_date)
        except ValueError:
            raise GamedayError(f"no such close date: {self.close_date!r}", hint="write YYYY-MM-DD") from None

    def changes(self) -> dict[str, Later]:
        """Every operation that may happen to the deals, by name."""
        return {
            "amended": Later(self.amended, self.amended_after_s),
            "voided": Later(self.voided, self.voided_after_s),
            **self.later,
        }


P = TypeVar("P", bound=msgspec.Struct)


def read_params(kind: type[P], spec: WorkloadSpec) -> P:
    """The parameters of a spec as a ``kind``. Raises GamedayError for a bad or unknown one."""
    if not 0 < spec.count <= MAX_DEALS or not 0 < spec.per_minute <= 1e9:
        raise GamedayError(f"{spec.count} deals at {spec.per_minute:g} per minute is no workload")
    where = f"the parameters of the workload {spec.name!r}"
    if not issubclass(kind, ArrivalParams):
        return read_table(kind, spec.params, where=where, strict=False)
    own = {*kind.__struct_fields__} - {"later"}
    others = [name for name in operations if operation_key(name) not in own]
    known = {*own, *(f"{operation_key(name)}{end}" for name in others for end in ("", "_after_s"))}
    for name in spec.params:
        if name not in known:
            raise unknown("key", name[:80], known, where=where)
    params = read_table(kind, {k: v for k, v in spec.params.items() if k in own}, where=where, strict=False)
    asked = [name for name in operations_in(spec.params) if name in others]
    later = {name: _read_later(operation_key(name), spec.params, where) for name in asked}
    return msgspec.structs.replace(params, later={**params.later, **later})


def _read_later(key: str, params: dict[str, Any], where: str) -> Later:
    kind = _asked(key)
    given = {name: value for name, value in params.items() if name in kind.__struct_fields__}
    return Later(*msgspec.structs.astuple(read_table(kind, given, where=where, strict=False)))


@functools.lru_cache(maxsize=256)
def _asked(key: str) -> type[msgspec.Struct]:
    """A struct with the names that the user writes, so that an error names them."""
    return msgspec.defstruct("Asked", [(key, Part), (f"{key}_after_s", _Seconds, 60.0)])


def check_spec(spec: WorkloadSpec) -> None:
    """Raise GamedayError if the workload of a spec does not exist or does not take its parameters."""
    kind = workloads[spec.name]
    if kind.params is not None:
        read_params(kind.params, spec)


def changes_asked(spec: WorkloadSpec) -> list[str]:
    """The operations that a spec asks for by name and for more than no deal; those of a default are not asked for."""
    changes = _changes(spec)
    return [name for name in operations_in(spec.params) if name in changes and changes[name].part]


def changes_of_nobody(spec: WorkloadSpec, seed: int) -> list[str]:
    """The operations that a spec asks for and that, with this seed, happen to none of its deals."""
    changes = _changes(spec)
    chosen = {name: _Choice(changes[name].part, spec.count, seed, name) for name in changes_asked(spec)}
    return [name for name, choice in chosen.items() if not any(index in choice for index in range(spec.count))]


def traits_asked(spec: WorkloadSpec) -> list[str]:
    """The parameters that a spec asks for and that are not 0; those of a default are not asked for."""
    return [name for name, value in spec.params.items() if not _is_zero(value)]


def _is_zero(value: object) -> bool:
    """Whether a value of a feature's table, or of a spec, is the number 0; a bad one is refused elsewhere."""
    try:
        return float(str(value)) == 0
    except ValueError:
        return False


def _changes(spec: WorkloadSpec) -> dict[str, Later]:
    """Every operation that may happen to the deals of a spec, by name; none where a workload has none."""
    kind = workloads[spec.name].params
    if kind is None or not issubclass(kind, ArrivalParams):
        return {}
    return read_params(kind, spec).changes()


def deal_value(
    name: str,
    account: str,
    currency: str,
    close_date: str,
    lines: Sequence[DealLine],
    fields: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """The value of a ``close_deal``, as plain JSON values; ``fields`` are further ones of the CRM's organisation."""
    amount = sum((line.amount for line in lines), Decimal(0))
    deal = {"name": name, "account": account, "currency": currency, "amount": amount, "close_date": close_date}
    value: dict[str, Any] = msgspec.to_builtins({**deal, "lines": list(lines)})
    return {**value, "fields": dict(fields)} if fields else value


def arrange(
    deals: Sequence[tuple[str, dict[str, Any]]],
    spec: WorkloadSpec,
    params: ArrivalParams,
    seed: int,
    accounts: Iterable[str] = (),
) -> tuple[BusinessOperation, ...]:
    """The deals (key and value), each closed at its time, and what happens to them later, in order of time.

    ``accounts`` are the keys of customers beside those of the deals: one that is merged may be merged into any.
    """
    gap_s = 60.0 / spec.per_minute
    changes = [
        (operations[name], _Choice(later.part, len(deals), seed, name), later.after_s)
        for name, later in params.changes().items()
    ]
    changes.sort(key=lambda each: each[0].act in _ENDS)
    arranged: list[BusinessOperation] = []
    fields = read_choices(params.deal_fields)
    for index, (key, value) in enumerate(deals):
        further = random_of(seed, "fields", index)
        if fields:
            value = with_fields(value, fields, further)  # noqa: PLW2901 - as the deal is closed
        chance = random_of(seed, "arrival", index)
        at_s = (index + chance.random() * params.spread) * gap_s
        arranged.append(BusinessOperation(_at(at_s), "close_deal", key, value))
        for operation, chosen, after_s in changes:
            for _ in range(operation.times if index in chosen else 0):
                at_s += chance.uniform(0.1, 1.0) * after_s / operation.times
                change = operation.change(value, chance)
                if fields and operation.act == "amend_deal":
                    change = with_fields(change, fields, further)
                arranged.append(BusinessOperation(_at(at_s), operation.act, key, change))
                value = {**value, **change}  # noqa: PLW2901 - the next operation finds the deal changed
            if index in chosen and operation.act in _ENDS:
                break
    # The sort is stable: operations on one deal at the same moment keep their order.
    arranged.sort(key=lambda operation: operation.at_s)
    known = {*accounts, *(value["account"] for _, value in deals)}
    return tuple(with_winners(arranged, known, seed))


class _Choice:
    """Some of the deals, spread evenly: of any run of them the right share is chosen, give or take one."""

    def __init__(self, part: float, count: int, seed: int, what: str) -> None:
        share = Fraction(str(part)) if isinstance(part, float) else Fraction(min(part, count), max(count, 1))
        self._numerator, self._denominator = share.numerator, share.denominator
        self._offset = random_of(seed, what).randrange(self._denominator)

    def __contains__(self, index: int) -> bool:
        before = index * self._numerator + self._offset
        return (before + self._numerator) // self._denominator > before // self._denominator


def _at(seconds: float) -> float:
    return round(seconds, 3)
