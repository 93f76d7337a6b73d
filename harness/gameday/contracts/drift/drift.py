"""Compares the organisation of today with the contract, by the rules for changes of contracts."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.base.violation import Violation
from gameday.base.whole_file import write_whole
from gameday.contracts.audit_trail import Entry, who_changed
from gameday.contracts.compatibility.change import Change
from gameday.contracts.compatibility.comparison import compare
from gameday.contracts.compatibility.document import team_members
from gameday.contracts.compatibility.flow_contracts import FlowContracts
from gameday.contracts.compatibility.schema_rules import ADDED, RENAMED
from gameday.contracts.drafting.draft import Draft, Property
from gameday.contracts.drift.overlay import as_of_today


class Snapshot(msgspec.Struct, frozen=True):
    """The metadata of a day: when it was read (ISO 8601), and what it said."""

    taken: str
    draft: Draft


class Drifted(msgspec.Struct, frozen=True):
    """One difference: the change that somebody made without a contract, and what is known of it.

    ``owners`` are the usernames of those whom it concerns by the contract. ``since`` is the last snapshot's time if the
    field has changed since then. ``entry`` is the audit trail's, if it has one.
    """

    change: Change
    owners: tuple[str, ...]
    since: str = ""
    entry: Entry | None = None

    @property
    def breaks(self) -> bool:
        """Whether the flow breaks by it."""
        return self.change.step == "major"

    @property
    def sentence(self) -> str:
        """What has changed, since when and by whom."""
        known = f" since {self.since}" if self.since else ""
        who = f"; the audit trail has {self.entry.who}, {self.entry.when}: {self.entry.what}" if self.entry else ""
        return f"{self.change.message}{known}{who}"

    @property
    def violation(self) -> Violation:
        """As a finding at the contract's line."""
        level: Any = "error" if self.breaks else "warning"
        rule = self.change.rule.replace("contract.", "drift.", 1)
        change = self.change
        return Violation(rule, level, self.sentence, change.file, change.line, owners=change.owners)


class Drift(msgspec.Struct, frozen=True):
    """All differences of one side of a flow; ``unchecked`` is what the metadata does not describe.

    ``elsewhere`` is how many fields have changed since the snapshot that the contract does not use.
    """

    flow: str
    system: str
    found: tuple[Drifted, ...]
    unchecked: tuple[str, ...] = ()
    since: str = ""
    elsewhere: int = 0


def find_drift(
    flow: FlowContracts, today: Draft, snapshot: Snapshot | None = None, trail: tuple[Entry, ...] = ()
) -> Drift:
    """The differences between the contract and today's metadata. Raises GamedayError if the flow lacks that side."""
    document = next((each for each in flow.all_documents if each.source.side == today.side), None)
    if document is None:
        raise GamedayError(f"the contract {flow.name!r} has no side for the {today.side.upper()}")
    before = snapshot.draft if snapshot else None
    overlay = as_of_today(document, today, before)
    changed = _changed_fields(before, today) if before else frozenset()
    since = snapshot.taken if snapshot else ""
    names = {role: member["username"] for each in flow.all_documents for role, member in team_members(each.raw)}
    places = {element.path: element.where().line for element in document.elements()}
    found = []
    for change in compare(FlowContracts(flow.name, (document,)), FlowContracts(flow.name, (overlay.document,))).changes:
        if change.rule == ADDED.id:
            continue
        placed = msgspec.structs.replace(change, line=places.get(change.path, change.line))
        owners = tuple(dict.fromkeys(names[role] for role in change.owners if role in names))
        wires = {change.wire, *((change.before, change.after) if change.rule == RENAMED.id else ())}
        leaves = {wire.rpartition(".")[2] for wire in wires if wire}
        # A rename is a change of the old name, which no longer is.
        is_new = bool(leaves & {field.rpartition(".")[2] for field in changed})
        entry = who_changed(leaves, trail, since)
        found.append(Drifted(placed, owners, since if is_new else "", entry))
    used = {element.wire_path for element in document.elements()}
    elsewhere = sum(1 for field in changed if field not in used)
    return Drift(flow.name, today.system, tuple(found), overlay.unchecked, since, elsewhere)


def _changed_fields(before: Draft, today: Draft) -> frozenset[str]:
    """The physical paths of the fields that differ, in both directions."""
    old, new = dict(_fields(before)), dict(_fields(today))
    return frozenset(path for path in {*old, *new} if old.get(path) != new.get(path))


def _fields(draft: Draft) -> Iterator[tuple[str, Any]]:
    def below(properties: tuple[Property, ...], above: str) -> Iterator[tuple[str, Any]]:
        for each in properties:
            path = f"{above}.{each.physical_name}"
            yield path, (each.logical_type, each.physical_type, each.required, each.options, each.enum)
            yield from below(each.properties, path)

    for element in draft.elements:
        yield from below(element.properties, element.physical_name)


def read_snapshot(path: Path) -> Snapshot | None:
    """The snapshot in a file; None if there is no file yet. Raises GamedayError for anything else."""
    if not path.exists():
        return None
    try:
        return json_text.decode(path.read_bytes(), Snapshot)
    except OSError as problem:
        raise GamedayError(f"cannot read the snapshot {path}: {problem.strerror}") from None
    except json_text.Unreadable as problem:
        raise GamedayError(
            f"{path} is not a snapshot: {problem}", hint="`gameday contract drift --save` writes one"
        ) from None


def write_snapshot(path: Path, draft: Draft, now: datetime.datetime) -> None:
    """Write today's metadata for the next comparison. Raises GamedayError."""
    content = msgspec.json.encode(Snapshot(now.isoformat(timespec="seconds"), draft), enc_hook=str)
    write_whole(path, msgspec.json.format(content, indent=1) + b"\n")
