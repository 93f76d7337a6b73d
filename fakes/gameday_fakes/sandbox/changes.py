"""Faults that no proxy can play, done in the tenant itself: changes of its metadata, which the user allows by name.

A change is planned first: what is there now is read, and is on disk before anything is changed (``gameday.run``). It is
healed from that alone, by whoever comes: the run, its guardian, or ``gameday heal``. Meanwhile the proxy looks at what
the tenant answers: an answer that shows the change is the evidence that it took effect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from gameday_fakes.fault_kinds import FaultKind, kind_of
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.intercept import RequestFault
from gameday_fakes.rules import Rule

if TYPE_CHECKING:
    from gameday_fakes.sandbox.settings import TenantSettings

#: Whether an answer to a request shows a change.
Shows = Callable[[Any, Request, Reply], bool]


class Before(msgspec.Struct, frozen=True):
    """A record of metadata as it was before a change: its object, and its fields without its id."""

    object: str
    fields: dict[str, str | bool]


class Changeable:
    """What a tenant can be changed by; nothing, unless its vendor says otherwise."""

    #: The fault kinds that this vendor's API can play in the tenant itself.
    change_kinds: ClassVar[tuple[FaultKind, ...]] = ()

    @classmethod
    def why_unchanged(cls, settings: TenantSettings, rule: dict[str, Any]) -> str:
        """Why a rule of ``change_kinds`` must not be carried out in this tenant, in a clause; empty if it may be."""
        raise NotImplementedError

    async def before_change(self, rule: dict[str, Any]) -> list[Before]:
        """What a rule will change, as it is now. Raises ControlError if it cannot be done, NotASandbox, TenantGone."""
        raise NotImplementedError

    async def change(self, rule: dict[str, Any], before: Sequence[Before]) -> None:
        """Carry a rule out, and read that it is done. Raises the same."""
        raise NotImplementedError

    async def restore(self, before: Sequence[Before]) -> None:
        """Give every record its fields again, and read that it has them; twice is harmless. Raises the same."""
        raise NotImplementedError


def change_kind(rule: type[Rule], shows: Shows) -> FaultKind:
    """The kind of a rule that the tenant itself carries out; the proxy only looks for what shows it."""
    return kind_of(rule, lambda fake, fault_id, params: _Watched(fake, fault_id, params, shows))


_asked: ContextVar[Request] = ContextVar("asked")


class _Watched(RequestFault):
    rank = 2
    acts_before = False

    def __init__(self, fake: Any, fault_id: str, params: Any, shows: Shows) -> None:
        super().__init__(fake, fault_id, params)
        self._shows = shows

    async def before(self, request: Request, route: Route, key: str | None) -> Reply | None:
        # Each request has a task of its own.
        _asked.set(request)
        return None

    def acts_after(self, reply: Reply) -> bool:
        return self._shows(self.params, _asked.get(), reply)
