"""Compares two versions of a flow's contracts: each change, the version step it requires, and the violations."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator

import msgspec

from gameday.base.violation import Level, Violation

# Importing them registers their rules.
from gameday.contracts.compatibility import condition_rules as _condition_rules  # noqa: F401
from gameday.contracts.compatibility import limit_rules as _limit_rules  # noqa: F401
from gameday.contracts.compatibility import value_rules as _value_rules  # noqa: F401
from gameday.contracts.compatibility.change import OWNER_OF_SIDE, STEPS, Change, Step, highest, rule
from gameday.contracts.compatibility.configured_rules import ConfiguredRules
from gameday.contracts.compatibility.document import Document, Element, Side
from gameday.contracts.compatibility.flow_contracts import FlowContracts
from gameday.contracts.compatibility.schema_rules import OBJECT_REMOVED, REMOVED, RENAMED, compare_schemas, unjudged
from gameday.contracts.compatibility.term_rules import compare_terms, owners_of
from gameday.contracts.compatibility.text_rules import compare_texts
from gameday.contracts.compatibility.version import parse_version, step_between

CONTRACT_REMOVED = rule("contract-removed", "major", breaks="new", says="the contract {before} was removed")
CONTRACT_ADDED = rule("contract-added", "minor", breaks="none", says="the contract {after} was added")

VERSION_STEP = "contract.version-step"
VERSION_BACKWARDS = "contract.version-backwards"
VERSION_NOT_SEMANTIC = "contract.version-not-semantic"
FIELD_NOT_JUDGED = "contract.field-not-judged"

#: Hashes are shortened to this many hexadecimal digits: 128 bits.
_DIGEST_LENGTH = 32


class Declared(msgspec.Struct, frozen=True):
    """The old and new version of one file, the step between them, and the step that its changes require."""

    side: Side
    file: str
    line: int
    before: str
    after: str
    step: Step
    required: Step

    @property
    def enough(self) -> bool:
        """Whether the declared step covers the changes."""
        return STEPS.index(self.step) >= STEPS.index(self.required)


class WireChange(msgspec.Struct, frozen=True):
    """A field that was renamed or removed in the records: ``object`` and ``field`` are the vendor's names.

    ``new_name`` is None if the field was removed.
    """

    object: str
    field: str
    new_name: str | None


class Comparison(msgspec.Struct, frozen=True):
    """The differences between two versions of a flow's contracts.

    ``digest`` is the hash of all changes except those of documentation; sign-offs refer to it. It does not depend on
    lines, files, order or versions. ``owners`` are the usernames of each role that may sign: those of the old contract,
    so that nobody can become an owner by the change that they sign; those of the new contract for roles that the old
    one does not have. ``violations`` are what a check before a deploy reports.
    """

    flow: str
    changes: tuple[Change, ...]
    declared: tuple[Declared, ...]
    violations: tuple[Violation, ...]
    digest: str
    owners: dict[str, frozenset[str]]

    @property
    def required_step(self) -> Step:
        """The step that the changes require."""
        return highest(change.step for change in self.changes)

    @property
    def declared_step(self) -> Step:
        """The step that the versions declare; with several changed files, the smallest."""
        changed = [each for each in self.declared if each.required != "none"] or self.declared
        return min((each.step for each in changed), key=STEPS.index, default="none")

    @property
    def signers(self) -> tuple[str, ...]:
        """The roles whose sign-off is needed: none without a major change."""
        majors = [change for change in self.changes if change.step == "major"]
        needed = {role for change in majors for role in (*OWNER_OF_SIDE[""], *change.owners)}
        return tuple(role for role in ("source", "sink", "finance") if role in needed)


def compare(
    old: FlowContracts,
    new: FlowContracts,
    *,
    rules: ConfiguredRules | None = None,
    today: datetime.date = datetime.date.max,
) -> Comparison:
    """Compare two versions of a flow, file by file, and their promises together.

    ``rules`` are what the organisation decided about kinds of changes; those count that have not expired ``today``.

    Raises GamedayError if a file cannot be compared: two properties with one name, or a promise that is not a number.
    """
    pairs = _pairs(old, new)
    changes: list[Change] = []
    for before, after in pairs:
        changes += compare_schemas(before, after)
        changes += compare_texts(before, after)
    if pairs:
        olds, news = (tuple(documents) for documents in zip(*pairs, strict=True))
        renames = {change.before: change.after for change in changes if change.rule == RENAMED.id}
        changes += compare_terms(olds, news, renames)
    changes += _whole_files(old, new, pairs)
    changes, decided = (rules or ConfiguredRules()).applied(changes, today)
    changes.sort(key=lambda change: (change.file, change.line, change.rule, change.path, change.before, change.after))
    declared = tuple(_declared(before, after, changes) for before, after in pairs)
    notes = [_note(element) for before, after in pairs for element in unjudged(before, after)]
    return Comparison(
        flow=new.name,
        changes=tuple(changes),
        declared=declared,
        violations=(*_version_violations(declared), *_change_violations(changes, declared), *notes, *decided),
        digest=_digest(changes, old, new),
        owners={**owners_of(new.all_documents), **owners_of(old.all_documents)},
    )


def wire_changes(comparison: Comparison, side: Side = "crm") -> tuple[WireChange, ...]:
    """The fields that were renamed or removed in the vendor's schema: the gate changes the fakes accordingly.

    A field reached through a reference (``PricebookEntry.ProductCode`` of a line) belongs to the referenced object.
    A removed object has the field ``""``.
    """
    return tuple(found for change in comparison.changes if change.side == side and (found := wire_change(change)))


def wire_change(change: Change) -> WireChange | None:
    """How a change alters the names on the wire; None if it does not."""
    parent, _, field = change.wire.rpartition(".")
    owner = parent.rpartition(".")[2]
    if change.rule == RENAMED.id:
        return WireChange(owner, field, change.after.rpartition(".")[2])
    if change.rule == REMOVED.id:
        return WireChange(owner, field, None)
    return WireChange(change.wire, "", None) if change.rule == OBJECT_REMOVED.id else None


def _pairs(old: FlowContracts, new: FlowContracts) -> list[tuple[Document, Document]]:
    if len(old.documents) == len(new.documents) == 1:
        return [(old.documents[0], new.documents[0])]
    by_side = {document.source.side: document for document in old.documents}
    return [(by_side[after.source.side], after) for after in new.documents if after.source.side in by_side]


def _whole_files(old: FlowContracts, new: FlowContracts, pairs: list[tuple[Document, Document]]) -> Iterator[Change]:
    known = {id(document) for both in pairs for document in both}
    for document in old.documents:
        if id(document) not in known:
            yield CONTRACT_REMOVED.change(document.where("id"), document.raw["id"])
    for document in new.documents:
        if id(document) not in known:
            yield CONTRACT_ADDED.change(document.where("id"), None, document.raw["id"])


def _declared(before: Document, after: Document, changes: list[Change]) -> Declared:
    versions = [parse_version(document.version) for document in (before, after)]
    step: Step = "none"
    if versions[0] is not None and versions[1] is not None:
        step = step_between(versions[0], versions[1])
    where = after.where("version")
    required = highest(change.step for change in changes if change.file == after.source.path)
    return Declared(after.source.side, after.source.path, where.line, before.version, after.version, step, required)


def _version_violations(declared: tuple[Declared, ...]) -> Iterator[Violation]:
    for each in declared:

        def violation(rule_id: str, message: str, level: Level = "error", each: Declared = each) -> Violation:
            return Violation(rule_id, level, message, each.file, each.line, owners=OWNER_OF_SIDE[each.side])

        versions = parse_version(each.before), parse_version(each.after)
        if versions[1] is None:
            yield violation(VERSION_NOT_SEMANTIC, f"the version {each.after[:80]!r} is not semantic (like 1.2.3)")
        elif versions[0] is not None and versions[1].order < versions[0].order:
            yield violation(VERSION_BACKWARDS, f"the version went back from {each.before} to {each.after}")
        elif not each.enough:
            level: Level = "note" if each.required == "patch" else "error"
            step = f"the version {each.after} after {each.before} declares {_step_words(each.step)}"
            yield violation(VERSION_STEP, f"{step}, but its changes require a {each.required} step", level)


def _step_words(step: Step) -> str:
    return "no step" if step == "none" else f"a {step} step"


def _change_violations(changes: list[Change], declared: tuple[Declared, ...]) -> Iterator[Violation]:
    """A breaking change is an error unless the version declares it; then it is a warning."""
    steps = {each.file: each.step for each in declared}
    of_the_others = highest(each.step for each in declared)
    for change in changes:
        if change.step == "major":
            # A removed file has no version, so the version of the other file counts.
            covered = steps.get(change.file, of_the_others) == "major"
            level: Level = "warning" if covered else "error"
            yield Violation(change.rule, level, change.message, change.file, change.line, owners=change.owners)


def _note(element: Element) -> Violation:
    where = element.where("name")
    message = f"{element.path} ({element.wire_path}) is not used by the flow, so its change was not checked"
    return Violation(FIELD_NOT_JUDGED, "note", message, where.source.path, where.line)


def _digest(changes: list[Change], old: FlowContracts, new: FlowContracts) -> str:
    """The hash of the changes, by the contracts' ids: these stay the same when files move."""
    ids = {document.source.path: document.raw["id"] for flow in (old, new) for document in flow.documents}
    relevant = (change for change in changes if change.step != "patch")
    facts = sorted((ids[c.file], c.rule, c.path, c.wire, c.before, c.after) for c in relevant)
    return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:_DIGEST_LENGTH]
