"""Fault kinds: what can be injected into a fake, the vendor's own and those that other packages add.

A package adds a kind with an entry point of the group ``gameday.fault_kinds`` that names a ``FaultKind``:

    class SlowSearch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        \"\"\"Searches by customer take long.\"\"\"

        delay_s: float = 30.0

    kind = FaultKind(fake="acme-erp", name="slow_search", params=SlowSearch, apply=apply_slow_search)

``apply(fake, fault_id, params)`` puts the fault into force. It returns what heals it, a callable without arguments, or
a ``RequestFault`` (``gameday_fakes.intercept``) that the fake then asks about every request until it is healed.
A callable that changes the fake's state records each effect with ``fake.hit(fault_id, operation, key)``; for a
``RequestFault`` the fake does that.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

import msgspec

from gameday_fakes.catalogue import FaultKindEntry
from gameday_fakes.intercept import HttpFault, RequestFault
from gameday_fakes.parameters import first_sentence, parameters_of
from gameday_fakes.rules import HttpRule, Rule

GROUP = "gameday.fault_kinds"

Heal = Callable[[], None]


@dataclass(frozen=True)
class FaultKind:
    """One kind. ``params`` declares its parameters; its docstring's first line describes the kind.

    ``fake`` is needed only for a kind that another package adds.
    """

    name: str
    params: type[msgspec.Struct]
    apply: Callable[[Any, str, Any], Heal | RequestFault]
    fake: str = ""

    def parse(self, rule: Mapping[str, Any]) -> Any:
        """The parameters of a rule. Raises ValueError."""
        tagged = self.params.__struct_config__.tag_field is not None
        given = rule if tagged else {name: value for name, value in rule.items() if name != "kind"}
        try:
            return msgspec.convert(given, self.params, strict=False)
        except msgspec.ValidationError as problem:
            raise ValueError(str(problem)) from None

    def entry(self) -> FaultKindEntry:
        """How the catalogue shows it."""
        return FaultKindEntry(self.name, first_sentence(self.params), parameters_of(self.params))


def kind_of(rule: type[Rule], apply: Callable[[Any, str, Any], Heal | RequestFault]) -> FaultKind:
    """The kind of a rule in ``gameday_fakes.rules``, under the rule's own name."""
    return FaultKind(name=str(rule.__struct_config__.tag), params=rule, apply=apply)


def keep(active: MutableMapping[str, Any], fault_id: str, value: Any) -> Heal:
    """Keep the value of a fault among the active ones until it is healed."""
    active[fault_id] = value

    def heal() -> None:
        active.pop(fault_id, None)

    return heal


#: The kind that every fake knows.
HTTP = FaultKind(name="http", params=HttpRule, apply=HttpFault)

_registered: list[FaultKind] = []


def register_fault_kind(kind: FaultKind) -> None:
    """Add a kind to the fake that it names, as an entry point does."""
    _registered.append(kind)


def unregister_fault_kind(kind: FaultKind) -> None:
    """Take a registered kind away again."""
    _registered.remove(kind)


def added_kinds(fake: str) -> tuple[FaultKind, ...]:
    """The kinds that other packages add to a fake. Raises ValueError if one cannot be loaded."""
    return tuple(kind for kind in (*_from_entry_points(), *_registered) if kind.fake == fake)


@functools.cache
def _from_entry_points() -> tuple[FaultKind, ...]:
    kinds = []
    for point in entry_points(group=GROUP):
        kind = point.load()
        if not isinstance(kind, FaultKind) or not kind.fake:
            raise ValueError(f"entry point {point.name!r} of {GROUP!r} is not a FaultKind that names its fake")
        kinds.append(kind)
    return tuple(kinds)
