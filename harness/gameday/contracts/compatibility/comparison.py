"""Compares two versions of a flow's contracts: every change, the version step that it demands, and what is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from gameday.base.violation import Level, Violation
from gameday.contracts.compatibility import limit_rules as _limit_rules  # noqa: F401 - they enter their rules
from gameday.contracts.compatibility import value_rules as _value_rules  # noqa: F401
from gameday.contracts.compatibility.change import OWNER_OF_SIDE, STEPS, Change, Step, highest, rule
from gameday.contracts.compatibility.document import Document, Element, Side
from gameday.contracts.compatibility.flow import Flow
from gameday.contracts.compatibility.schema_rules import OBJECT_REMOVED, REMOVED, RENAMED, compare_schemas, unjudged
from gameday.contracts.compatibility.term_rules import compare_terms, owners_of
from gameday.contracts.compatibility.text_rules import compare_texts
from gameday.contracts.compatibility.version import parse_version, step_between

CONTRACT_REMOVED = rule("contract-removed", "major", breaks="new", says="the contract {before} is gone")
CONTRACT_ADDED = rule("contract-added", "minor", breaks="none", says="the contract {after} is new")

VERSION_STEP = "contract.version-step"
VERSION_BACKWARDS = "contract.version-backwards"
VERSION_NOT_SEMANTIC = "contract.version-not-semantic"
FIELD_NOT_JUDGED = "contract.field-not-judged"

#: Hashes are shortened to this many hexadecimal digits: 128 bits.
_DIGEST_LENGTH = 32


class Declared(msgspec.Struct, frozen=True):
    """The version of one file before and now, the step that is, and the step that its changes demand."""

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
    """A field that records no longer carry under its name: ``object`` and ``field`` are the vendor's names.

    ``new_name`` is what it is called now, None where it is gone.
    """

    object: str
    field: str
    new_name: str | None


class Comparison(msgspec.Struct, frozen=True):
    """What became of a flow's contracts.

    ``digest`` is the hash of the changes that weigh (all but words for people), to which sign-offs bind; it does not
    depend on lines, files, order or versions. ``owners`` are the usernames of each role that may sign for it: those of
    the old contract, so that nobody makes himself owner by the change that he signs; of the new one for roles that the
    old one does not know. ``violations`` are what a check before a deploy reports.
    """

    flow: str
    changes: tuple[Change, ...]
    declared: tuple[Declared, ...]
    violations: tuple[Violation, ...]
    digest: str
    owners: dict[str, frozenset[str]]

    @property
    def required_step(self) -> Step:
        """The step that the changes demand."""
        return highest(change.step for change in self.changes)

    @property
    def declared_step(self) -> Step:
        """The step that the versions declare: of several files the smallest of those that changed."""
        changed = [each for each in self.declared if each.required != "none"] or self.declared
        return min((each.step for each in changed), key=STEPS.index, default="none")

    @property
    def signers(self) -> tuple[str, ...]:
        """The roles whose sign-off is needed: none without a major change."""
        majors = [change for change in self.changes if change.step == "major"]
        needed = {role for change in majors for role in (*OWNER_OF_SIDE[""], *change.owners)}
        return tuple(role for role in ("source", "sink", "finance") if role in needed)


def compare(old: Flow, new: Flow) -> Comparison:
    """Compare two versions of a flow, file by file, and what they promise together.

    Raises GamedayError where a file cannot be compared at all: two properties of one name, a promise that is no number.
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
    changes.sort(key=lambda change: (change.file, change.line, change.rule, change.path, change.before, change.after))
    declared = tuple(_declared(before, after, changes) for before, after in pairs)
    notes = [_note(element) for before, after in pairs for element in unjudged(before, after)]
    return Comparison(
        flow=new.name,
        changes=tuple(changes),
        declared=declared,
        violations=(*_version_violations(declared), *_change_violations(changes, declared), *notes),
        digest=_digest(changes, old, new),
        owners={**owners_of(new.all_documents), **owners_of(old.all_documents)},
    )


def wire_changes(comparison: Comparison, side: Side = "crm") -> tuple[WireChange, ...]:
    """The fields that a vendor's schema no longer has under their names: what a fake has to be shaped by.

    A field reached through a reference (``PricebookEntry.ProductCode`` of a line) is one of the object that it is
    reached through. An object that is gone has the field ``""``.
    """
    return tuple(found for change in comparison.changes if change.side == side and (found := wire_change(change)))


def wire_change(change: Change) -> WireChange | None:
    """What a change means for the names on the wire; None if they stay."""
    parent, _, field = change.wire.rpartition(".")
    thing = parent.rpartition(".")[2]
    if change.rule == RENAMED.id:
        return WireChange(thing, field, change.after.rpartition(".")[2])
    if change.rule == REMOVED.id:
        return WireChange(thing, field, None)
    return WireChange(change.wire, "", None) if change.rule == OBJECT_REMOVED.id else None


def _pairs(old: Flow, new: Flow) -> list[tuple[Document, Document]]:
    if len(old.documents) == len(new.documents) == 1:
        return [(old.documents[0], new.documents[0])]
    by_side = {document.source.side: document for document in old.documents}
    return [(by_side[after.source.side], after) for after in new.documents if after.source.side in by_side]


def _whole_files(old: Flow, new: Flow, pairs: list[tuple[Document, Document]]) -> Iterator[Change]:
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

        def told(rule_id: str, message: str, level: Level = "error", each: Declared = each) -> Violation:
            return Violation(rule_id, level, message, each.file, each.line, owners=OWNER_OF_SIDE[each.side])

        versions = parse_version(each.before), parse_version(each.after)
        if versions[1] is None:
            yield told(VERSION_NOT_SEMANTIC, f"the version {each.after[:80]!r} is not semantic (like 1.2.3)")
        elif versions[0] is not None and versions[1].order < versions[0].order:
            yield told(VERSION_BACKWARDS, f"the version went back from {each.before} to {each.after}")
        elif not each.enough:
            level: Level = "note" if each.required == "patch" else "error"
            said = f"the version {each.after} after {each.before} declares {_step_words(each.step)}"
            yield told(VERSION_STEP, f"{said}, but the changes demand a {each.required} one", level)


def _step_words(step: Step) -> str:
    return "no step" if step == "none" else f"a {step} step"


def _change_violations(changes: list[Change], declared: tuple[Declared, ...]) -> Iterator[Violation]:
    """A breaking change stops a deploy unless its version says so; then it is still to be looked at."""
    steps = {each.file: each.step for each in declared}
    of_the_rest = highest(each.step for each in declared)
    for change in changes:
        if change.step == "major":
            # A file that is gone has no version; that of the other one speaks for it.
            covered = steps.get(change.file, of_the_rest) == "major"
            level: Level = "warning" if covered else "error"
            yield Violation(change.rule, level, change.message, change.file, change.line, owners=change.owners)


def _note(element: Element) -> Violation:
    where = element.where("name")
    message = f"{element.path} ({element.wire_path}) is not used by the flow; its change was not judged"
    return Violation(FIELD_NOT_JUDGED, "note", message, where.source.path, where.line)


def _digest(changes: list[Change], old: Flow, new: Flow) -> str:
    """By the contracts' ids, which stay whatever files they are in."""
    ids = {document.source.path: document.raw["id"] for flow in (old, new) for document in flow.documents}
    weighing = (change for change in changes if change.step != "patch")
    facts = sorted((ids[c.file], c.rule, c.path, c.wire, c.before, c.after) for c in weighing)
    return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:_DIGEST_LENGTH]
