"""What an organisation decides about the rules: which kinds of change count for less or more, why, and until when.

    modes: {crm: backward}          # or forward, or full, which is the default
    rules:
      - rule: contract.enum-value-added
        side: crm
        countsAs: minor
        reason: Every reader takes other stages as open ones.
        expires: 2027-01-31

The file ``rules.yaml`` lies beside the contracts. The one beside the old version counts, so that no change is judged by
rules that it brings itself.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from gameday.base.bounded_yaml import read_yaml
from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import read_table, shown
from gameday.base.violation import Violation
from gameday.contracts.compatibility.change import RULES, Change, Step
from gameday.contracts.compatibility.lines import read_lines

FILE_NAME = "rules.yaml"
Mode = Literal["backward", "forward", "full"]
"""Which records must stay readable: old ones in new code, new ones in old code, or both."""

#: By mode, the records that may break: (old ones in new code, new ones in old code).
_NOT_ASKED = {"backward": (False, True), "forward": (True, False)}


class ConfiguredRule(msgspec.Struct, frozen=True):
    """One kind of change, on one side or both, that counts as another step until a day, and why."""

    rule: str
    counts_as: Literal["minor", "major"]
    reason: str
    expires: str
    side: Literal["crm", "erp", ""] = ""
    line: int = 0

    def covers(self, change: Change) -> bool:
        """Whether it is about this change."""
        return self.rule == change.rule and self.side in ("", change.side)


class _Entry(msgspec.Struct, frozen=True):
    rule: str
    countsAs: Literal["minor", "major"]  # noqa: N815 - as it is written
    reason: str
    expires: str
    side: Literal["crm", "erp", ""] = ""


class _Modes(msgspec.Struct, frozen=True):
    crm: Mode = "full"
    erp: Mode = "full"


class ConfiguredRules(msgspec.Struct, frozen=True):
    """The decisions of a file; none without one."""

    path: str = ""
    rules: tuple[ConfiguredRule, ...] = ()
    modes: dict[str, Mode] = {}

    def applied(self, changes: Iterable[Change], today: datetime.date) -> tuple[list[Change], list[Violation]]:
        """The changes with the steps that they count as, and what was decided about them."""
        found, notes = [], []
        for change in changes:
            entry = next((each for each in self.rules if each.covers(change)), None)
            step, why = self._by_mode(change)
            if entry is not None and datetime.date.fromisoformat(entry.expires) >= today:
                step, why = entry.counts_as, f"until {entry.expires}: {entry.reason}"
            elif entry is not None:
                text = f"the rule about {change.rule} expired on {entry.expires}: {change.message}"
                notes.append(Violation("contract.rule-expired", "warning", text, self.path, entry.line))
            counted = change
            if change.step not in (step, "patch"):
                text = f"counts as {step} and not as {change.step}, {why}: {change.message}"
                line = entry.line if entry is not None else 1
                notes.append(Violation("contract.rule-configured", "note", text, self.path, line))
                counted = msgspec.structs.replace(change, step=step)
            found.append(counted)
        return found, notes

    def _by_mode(self, change: Change) -> tuple[Step, str]:
        mode = self.modes.get(change.side, "full")
        broken = (change.breaks_old_records, change.breaks_new_records)
        if change.step == "major" and broken == _NOT_ASKED.get(mode):
            return "minor", f"by the mode {mode} of the {change.side.upper()}'s side"
        return change.step, ""


def parse_rules(data: bytes, *, path: str) -> ConfiguredRules:
    """Read a file of decisions. Raises GamedayError with file, line and bad value."""
    document = read_yaml(data, where=path, what="rules of contracts")
    if not isinstance(document, dict):
        raise GamedayError(f"{path} is {shown(document)}, not rules", hint="modes and a list under rules")
    for key in document:
        if key not in ("modes", "rules"):
            raise unknown("key", key[:80], ("modes", "rules"), where=path)
    entries = document.get("rules") or []
    if not isinstance(entries, list):
        raise GamedayError(f"{path}: rules is {shown(entries)}, not a list")
    lines = read_lines(data)
    modes = read_table(_Modes, document.get("modes") or {}, where=f"{path}: modes")
    return ConfiguredRules(
        path,
        tuple(_entry(each, lines.of(("rules", number)), path) for number, each in enumerate(entries)),
        {"crm": modes.crm, "erp": modes.erp},
    )


def _entry(item: Any, line: int, path: str) -> ConfiguredRule:
    where = f"{path}:{line}"
    read = read_table(_Entry, item, where=where)
    if read.rule not in RULES:
        raise unknown("rule", read.rule[:80], RULES, where=where)
    if not read.reason.strip():
        raise GamedayError(f"{where}: reason is empty", hint="say in a sentence why it counts for less or more")
    try:
        datetime.date.fromisoformat(read.expires)
    except ValueError:
        raise GamedayError(
            f"{where}: expires: {shown(read.expires)} is not a date", hint="such as 2027-01-31"
        ) from None
    return ConfiguredRule(read.rule, read.countsAs, read.reason, read.expires, read.side, line)
