"""Whom an alert or a ticket reached, and which flow it is about: by its routing, else by what it says itself."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping

import msgspec

from gameday.config.signal_routes import FlowsTable, OwnersTable, SignalsTable
from gameday.model.contract import Contract
from gameday.model.signal import Signal
from gameday_fakes.credentials import fingerprint


def routed(signal: Signal, table: SignalsTable, contract: Contract) -> Signal:
    """The signal with the owner that its routing leads to and the flow that gameday.toml maps it to.

    What a signal says about its owner counts only where its routing says nothing: who was paged decides.
    """
    return msgspec.structs.replace(
        signal,
        owner=_owner(signal, table.owners, contract) or signal.owner,
        flow=_flow(signal, table.flows) or signal.flow,
    )


def _owner(signal: Signal, table: OwnersTable, contract: Contract) -> str:
    for kind in table.__struct_fields__:
        given = signal.route.get(kind, ())
        if mapped := _mapped(kind, given, getattr(table, kind)):
            return contract.owners.get(mapped, mapped)
    by_name = {owner.casefold(): owner for owner in contract.owners.values()}
    for kind in table.__struct_fields__:
        for name in signal.route.get(kind, ()):
            # The fakes' own services and users are named by the roles of owners.
            if kind in ("service", "assignee") and name in contract.owners:
                return contract.owners[name]
            if owner := by_name.get(name.casefold()):
                return owner
    return ""


def _flow(signal: Signal, table: FlowsTable) -> str:
    said = {"name": tuple(name for name in (signal.flow, signal.rule, signal.summary) if name)}
    route = {**signal.route, **said}
    found = (_mapped(kind, route.get(kind, ()), getattr(table, kind)) for kind in table.__struct_fields__)
    return next(filter(None, found), "")


def _mapped(kind: str, given: Iterable[str], table: Mapping[str, str]) -> str:
    """What a table maps the first of these names to; empty for none of them."""
    if kind == "routing_key":
        by_fingerprint = {fingerprint(key): value for key, value in table.items()}
        return next((by_fingerprint[name] for name in given if name in by_fingerprint), "")
    for name in given:
        for pattern, value in table.items():
            if name.casefold() == pattern.casefold() or fnmatch.fnmatchcase(name.casefold(), _glob(pattern)):
                return value
    return ""


def _glob(pattern: str) -> str:
    """The pattern with ``*`` as its only special character."""
    return pattern.casefold().replace("[", "[[]").replace("?", "[?]")
