"""Rules for limits: ranges of numbers, dates, lengths or counts that became narrower or wider, and patterns."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, DecimalException
from typing import Any, NamedTuple

from gameday.contracts.compatibility.change import Change, as_number, on_field, rule, words, written
from gameday.contracts.compatibility.document import Element, Where
from gameday.contracts.compatibility.patterns import lets_through
from gameday.contracts.compatibility.text_rules import DESCRIPTION
from gameday.contracts.compatibility.value_rules import number_precision, physical_type

TIGHTENED = rule("limit-tightened", "major", breaks="old", says="{path}: narrowed from {before} to {after}")
LOOSENED = rule(
    "limit-loosened", "major", breaks="new", at_sink="minor", says="{path}: widened from {before} to {after}"
)
OPTION = rule("option-changed", "major", breaks="both", says="{path}: changed from {before} to {after}")
QUALITY_ADDED = rule(
    "quality-rule-added", "major", breaks="old", says="{path} must pass another quality check: {after}"
)
QUALITY_DROPPED = rule(
    "quality-rule-dropped",
    "major",
    breaks="new",
    at_sink="minor",
    says="{path} no longer has to pass the quality check {before}",
)

#: The pairs of options that bound a count.
COUNTS = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties"))
_BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
#: Options that other rules judge.
_ELSEWHERE = frozenset({"format", "multipleOf", "timezone", "defaultTimezone", "required"})
_JUDGED = _ELSEWHERE | {*_BOUNDS, "pattern", "uniqueItems"} | {name for names in COUNTS for name in names}


class Bound(NamedTuple):
    """The end of a range: the value, whether it belongs to it, the option that sets it, and its text for messages."""

    value: Any
    inclusive: bool
    option: str
    text: str


@on_field
def ranges(old: Element, new: Element) -> Iterator[Change]:
    """Reports a change of the least or the greatest value."""
    if old.type != new.type:
        return
    step = smallest_step(new)
    if smallest_step(old) != step:
        # Another rule reports the step; compared in two different steps, every limit would seem to change.
        step = None
    for upper in (False, True):
        before, after = bound(old, step, upper=upper), bound(new, step, upper=upper)
        order = _order(before, after, upper=upper)
        if order:
            where = new.where("logicalTypeOptions", *([after.option] if after else []))
            texts = (end.text if end else "no limit" for end in (before, after))
            yield (TIGHTENED if order > 0 else LOOSENED).change(where, *texts)


def bound(element: Element, step: Decimal | None, *, upper: bool) -> Bound | None:
    """The effective end of a range, None where it has none.

    With a smallest ``step``, an exclusive bound becomes the nearest allowed value: above 0 in steps of 0.01 is from
    0.01.
    """
    names = _BOUNDS[2:] if upper else _BOUNDS[:2]
    given = [_given(name, value) for name in names if (value := element.options.get(name)) is not None]
    if len(given) == 2 and isinstance(given[0].value, Decimal) != isinstance(given[1].value, Decimal):
        return given[0]
    if not given:
        return None
    # The stricter one; where both are the same number, the exclusive one.
    end = (min if upper else max)(each.value for each in given)
    chosen = min((each for each in given if each.value == end), key=lambda each: each.inclusive)
    return _on_step(chosen, step, upper=upper)


def _given(name: str, value: Any) -> Bound:
    number = as_number(value)
    return Bound(
        value if number is None else number, not name.startswith("exclusive"), name, f"{name} {written(value)}"
    )


def smallest_step(element: Element) -> Decimal | None:
    """The step of a number: for an integer 1 unless declared otherwise."""
    step = number_precision(element)[0]
    return Decimal(1) if step is None and element.type == "integer" else step


def _on_step(found: Bound, step: Decimal | None, *, upper: bool) -> Bound:
    if step is None or step <= 0 or not isinstance(found.value, Decimal):
        return found
    try:
        count = (found.value / step).to_integral_value(ROUND_FLOOR if upper else ROUND_CEILING)
        if not found.inclusive and count * step == found.value:
            count += -1 if upper else 1
        return found._replace(value=count * step, inclusive=True)
    except DecimalException:
        return found


def _order(before: Bound | None, after: Bound | None, *, upper: bool) -> int:
    """1 where the range became narrower, -1 where wider, 0 where it did not change."""
    if before is None or after is None:
        return (after is not None) - (before is not None)
    if type(before.value) is not type(after.value):
        return 1
    if before.value != after.value:
        return 1 if (after.value < before.value) == upper else -1
    return before.inclusive - after.inclusive


@on_field
def counts(old: Element, new: Element) -> Iterator[Change]:
    """Reports changed lengths of texts and counts of items or properties."""
    if old.type != new.type:
        return
    for least, most in COUNTS:
        yield from _count_change(old, new, least, nothing=Decimal(0))
        yield from _count_change(old, new, most, nothing=None)
    before, after = (bool(element.options.get("uniqueItems")) for element in (old, new))
    if before != after:
        found = TIGHTENED if after else LOOSENED
        texts = ("unique items" if each else "any items" for each in (before, after))
        yield found.change(new.where("logicalTypeOptions", "uniqueItems"), *texts)


def _count_change(old: Element, new: Element, name: str, *, nothing: Decimal | None) -> Iterator[Change]:
    """The change of one end; ``nothing`` applies where it is not given: 0 for a minimum, no limit for a maximum."""
    given = (_count(element, name) for element in (old, new))
    before, after = (nothing if count is None else count for count in given)
    if before == after:
        return
    narrower = after is not None and (before is None or (after < before) == (nothing is None))
    found = TIGHTENED if narrower else LOOSENED
    texts = (f"{name} {written(value)}" if value is not None else f"no {name}" for value in (before, after))
    yield found.change(new.where("logicalTypeOptions", name), *texts)


def _count(element: Element, name: str) -> Decimal | None:
    """A count from the options; a text's maximum length also from its physical type, ``varchar(80)``."""
    given = as_number(element.options.get(name))
    if given is None and name == "maxLength" and element.type == "string":
        numbers = physical_type(element)[1]
        return Decimal(numbers[0]) if len(numbers) == 1 else None
    return given


@on_field
def patterns(old: Element, new: Element) -> Iterator[Change]:
    """Reports another pattern or format of a text. Unless it provably accepts all that passed, it is narrower."""
    if old.type != new.type:
        return
    for name in ("pattern", *(("format",) if new.type == "string" else ())):
        before, after = old.options.get(name), new.options.get(name)
        if before == after or (name == "format" and before and after):
            continue
        texts = (f"{name} {words(value)}" if value else f"any {name}" for value in (before, after))
        where = new.where("logicalTypeOptions", name)
        if before and after:
            yield from _other_pattern(str(before), str(after), where, *texts)
        else:
            yield (TIGHTENED if after else LOOSENED).change(where, *texts)


def _other_pattern(before: str, after: str, where: Where, *texts: str) -> Iterator[Change]:
    old_pass, new_pass = lets_through(after, before), lets_through(before, after)
    if old_pass and new_pass:
        yield DESCRIPTION.change(where, None, "pattern")
    elif old_pass:
        yield LOOSENED.change(where, *texts)
    else:
        yield TIGHTENED.change(where, *texts, breaks="old" if new_pass else "both")


@on_field
def other_options(old: Element, new: Element) -> Iterator[Change]:
    """Reports changed options that no other rule checks, such as the dimensions of a vector: all are breaking."""
    if old.type != new.type:
        return
    for name in sorted((old.options.keys() | new.options.keys()) - _JUDGED):
        before, after = old.options.get(name), new.options.get(name)
        if written(before) != written(after):
            texts = (f"{name} {words(value)}" if value is not None else f"no {name}" for value in (before, after))
            yield OPTION.change(new.where("logicalTypeOptions", name), *texts)


@on_field
def quality(old: Element, new: Element) -> Iterator[Change]:
    """Reports changed quality checks that a machine can carry out; a check in prose counts as a description."""
    before, after = (
        {_check_facts(check): check for check in element.raw.get("quality") or () if check.get("type") != "text"}
        for element in (old, new)
    )
    for facts in after.keys() - before.keys():
        yield QUALITY_ADDED.change(new.where("quality"), None, facts)
    for facts in before.keys() - after.keys():
        yield QUALITY_DROPPED.change(new.where("quality"), facts, None)


def _check_facts(check: dict[str, Any]) -> str:
    telling = {"id", "name", "description", "tags", "authoritativeDefinitions", "businessImpact", "customProperties"}
    return written({key: value for key, value in check.items() if key not in telling})
