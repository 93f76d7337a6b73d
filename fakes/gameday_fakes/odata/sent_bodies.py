"""The bodies of writes as rules for an ERP's records check them, for fakes whose records are entity sets.

A part of a record (a line) that is written by a request of its own is checked as the only line of a record that has
everything else already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from gameday_fakes.erp_faults import StateFaults
from gameday_fakes.events import EventLog
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.model import EntitySet, Schema
from gameday_fakes.write_check import Broken, WriteCheck, place

Refuse = Callable[..., ODataError]


class Checking(Protocol):
    """A fake with rules for bodies of writes."""

    @property
    def name(self) -> str: ...
    @property
    def state(self) -> StateFaults: ...
    @property
    def events(self) -> EventLog: ...


class Sent(NamedTuple):
    """A write of an entity set.

    ``record`` is the type of record that it is of, ``part`` the name of its list of which the body is one item, empty
    for the record itself. ``deal`` is the one that it is about.
    """

    of: EntitySet
    record: str
    part: str
    body: Mapping[str, Any]
    is_new: bool
    deal: str | None


def check(sent: Sent, schema: Schema, fake: Checking, refuse: Refuse) -> None:
    """Check a write by the active rules; it becomes an event of the fake where a rule asks for that.

    Raises ODataError, made by ``refuse``, for a body that breaks a rule.
    """
    for fault_id, each in fake.state.write_checks.items():
        if each.record != sent.record:
            continue
        body = {sent.part: [dict(sent.body)]} if sent.part else sent.body
        write = each.written(body, _present(sent, schema, each))
        if each.report:
            fake.events.append(fake.name, "record_sent", "ok", write.event(sent.record, sent.deal))
        broken = each.broken(write)
        if broken is not None:
            fake.state.hits.add(fault_id)
            raise _refusal(broken, refuse)


def _present(sent: Sent, schema: Schema, rule: WriteCheck) -> frozenset[str]:
    """The required fields that a body need not have: those that the ERP computes, and those that are there already."""
    computed = {name for name, each in sent.of.seen() if each.read_only}
    if sent.part:
        found = {"*", *(f"{sent.part}.{name}" for name in computed)}
        return frozenset(found if sent.is_new else {*found, f"{sent.part}.*"})
    for name, navigation in sent.of.navigations.items():
        computed |= {f"{name}.{inner}" for inner, each in schema.sets[navigation.to].seen() if each.read_only}
    # Lines may come by requests of their own.
    found = computed | rule.lists
    return frozenset(found if sent.is_new else {*found, "*", *(f"{name}.*" for name in rule.lists)})


def _refusal(broken: Broken, refuse: Refuse) -> ODataError:
    path = place(broken.path, "[{}]")
    if broken.absent:
        return refuse("missing_value", f"{path} must have a value.", target=path)
    if broken.longest is not None:
        return refuse("too_long", f"{path} has more than {broken.longest} characters.", target=path)
    return refuse("bad_value", f"The value of {path} is not allowed.", target=path)
