"""The vocabulary of a comparison: version steps, changes, and the rules that detect changes.

A rule is declared where it is detected, once:

    ADDED = rule("required-added", "major", breaks="old", says="{path} is now required")

    @on_field
    def required(old, new):
        if new.raw.get("required") and not old.raw.get("required"):
            yield ADDED.change(new.where("required"), False, True)

`RULES` then has it, and the comparison runs it. Nothing else has to change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Literal

import msgspec

from gameday.contracts.compatibility.document import Element, Side, Where

Step = Literal["none", "patch", "minor", "major"]
STEPS: tuple[Step, ...] = ("none", "patch", "minor", "major")
Breaks = Literal["none", "old", "new", "both"]
"""Which records break: old ones in new code, new ones in old code, both or none."""

OWNER_OF_SIDE: dict[Side, tuple[str, ...]] = {"crm": ("source",), "erp": ("sink",), "": ("source", "sink")}
FINANCE = "finance"
AREA = "contract"
#: How much of a value a change shows.
_SHOWN = 120


class Change(msgspec.Struct, frozen=True):
    """One difference between two versions.

    ``rule`` is the stable id. ``path`` uses the contract's names, ``wire`` the vendor's (empty
    outside of the schema). ``before`` and ``after`` are the values in words, empty where there is none. ``file`` and
    ``line`` are those of the new contract, as near to the change as possible; ``side`` is ``crm`` or
    ``erp``. ``breaks_old_records``: old records fail in code written for the new contract.
    ``breaks_new_records``: new records fail in code written for the old one. ``owners`` are the roles that it
    concerns, ``money`` whether finance is among them.
    """

    rule: str
    step: Step
    side: Side
    path: str
    before: str
    after: str
    message: str
    breaks_old_records: bool
    breaks_new_records: bool
    owners: tuple[str, ...]
    file: str
    line: int
    wire: str = ""


class Rule(msgspec.Struct, frozen=True):
    """A kind of change: its id, the version step it requires, which records it breaks, and its message.

    ``at_sink`` is the step on the ERP's side, where it differs: the CRM may not emit more than it promised, while the
    ERP may accept more.
    """

    id: str
    step: Step
    breaks: Breaks
    says: str
    at_sink: Step | None = None

    def change(
        self,
        where: Where,
        before: Any = None,
        after: Any = None,
        *,
        of: Element | None = None,
        breaks: Breaks | None = None,
        finance: bool = False,
    ) -> Change:
        """The change at ``where``; ``of`` is the element it concerns if that no longer exists."""
        path, wire, money = (of.path, of.wire_path, of.money) if of else (where.path, where.wire, where.money)
        side = where.source.side
        message = self.says.format(path=path, wire=wire or path, before=words(before), after=words(after))
        breaks = breaks or self.breaks
        return Change(
            rule=self.id,
            step=self.at_sink if side == "erp" and self.at_sink else self.step,
            side=side,
            path=path,
            before=written(before),
            after=written(after),
            message=message,
            breaks_old_records=breaks in ("old", "both"),
            breaks_new_records=breaks in ("new", "both"),
            owners=OWNER_OF_SIDE[side] + ((FINANCE,) if money or finance else ()),
            file=where.source.path,
            line=where.line,
            wire=wire,
        )


RULES: dict[str, Rule] = {}
"""Every rule by its id."""

FieldRule = Callable[[Element, Element], Iterator[Change]]
FIELD_RULES: list[FieldRule] = []
"""The rules that check every pair of an element's old and new version."""


def rule(name: str, step: Step, *, breaks: Breaks, says: str, at_sink: Step | None = None) -> Rule:
    """Declare a rule under ``contract.<name>``."""
    new = Rule(f"{AREA}.{name}", step, breaks, says, at_sink)
    if new.id in RULES:
        raise ValueError(f"two rules have the id {new.id}")
    RULES[new.id] = new
    return new


def on_field(detect: FieldRule) -> FieldRule:
    """Register a rule that checks every pair of elements."""
    FIELD_RULES.append(detect)
    return detect


def highest(steps: Iterator[Step]) -> Step:
    """The largest of the steps; ``none`` without any."""
    return max(steps, key=STEPS.index, default="none")


def written(value: Any) -> str:
    """A value in full, in one canonical text: hashes are computed from it.

    >>> written(Decimal("0.10")), written(True), written(None)
    ('0.1', 'true', '')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    number = as_number(value)
    if number is not None:
        return f"{number.normalize():f}" if abs(number.adjusted()) < 64 else str(number)
    return msgspec.json.encode(value, order="sorted", enc_hook=str).decode()


def words(value: Any) -> str:
    """A value as a message shows it."""
    text = " ".join(written(value).split())
    if not text:
        return "nothing"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def as_number(value: Any) -> Decimal | None:
    """A number exactly as it was written; None if it is not a number."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(str(value))
    return number if number.is_finite() else None
