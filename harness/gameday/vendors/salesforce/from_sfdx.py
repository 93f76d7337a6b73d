"""From an sfdx project to the objects of an organisation.

Source: Salesforce Metadata API Developer Guide, "CustomObject", "CustomField", "StandardValueSet", "GlobalValueSet".
The folders are those of Salesforce DX's source format. What only changes pages (layouts, list views) is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.contracts.organisations.imported import Imported
from gameday.contracts.organisations.xml_tree import Element, read_xml
from gameday.vendors.salesforce.sfdx_field import Unusable, field_of, number_format, values_of
from gameday.vendors.salesforce.sfdx_rules import record_type_of, rule_of
from gameday_fakes.organisation import FieldSpec, ObjectSpec
from gameday_fakes.salesforce.fields import OBJECTS
from gameday_fakes.salesforce.manifest import MANIFEST
from gameday_fakes.salesforce.stages import Stages

MOST_FILES = 50_000
#: The fields whose values a standard value set has.
_STANDARD_VALUES = {
    "OpportunityStage": ("Opportunity", "StageName"),
    "OpportunityType": ("Opportunity", "Type"),
    "AccountType": ("Account", "Type"),
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")
#: Endings of objects that hold no business records: settings, big objects, external ones.
_OTHER_KINDS = ("__mdt", "__b", "__x", "__kav", "__Share", "__History", "__Feed")


def is_project(folder: Path) -> bool:
    """Whether a folder holds the source of objects."""
    return bool(_files(folder, "*.object-meta.xml") or _files(folder, "*.field-meta.xml"))


def take_project(imported: Imported, folder: Path) -> None:
    """Take every object and field of a project; a file that cannot be read is noted. Raises GamedayError."""
    global_values = {path.name.partition(".")[0]: path for path in _files(folder, "*.globalValueSet-meta.xml")}
    objects: dict[str, dict[str, FieldSpec]] = {}
    roots: dict[str, Element] = {}
    for path in _files(folder, "*.object-meta.xml"):
        name = path.name.removesuffix(".object-meta.xml")
        if _is_object(imported, name) and (root := _read(imported, path)) is not None:
            roots[name] = root
            objects.setdefault(name, {})
            # Before the source format, an object's fields are in the object's file.
            for element in root.all("fields"):
                _take(imported, objects[name], name, element, global_values)
    for path in _files(folder, "*.field-meta.xml"):
        name = path.parent.parent.name
        if _is_object(imported, name) and (root := _read(imported, path)) is not None:
            _take(imported, objects.setdefault(name, {}), name, root, global_values)
    _take_standard_values(imported, folder, objects)
    rules, record_types = (
        _parts(imported, folder, roots, ending, take)
        for ending, take in (("validationRule", rule_of), ("recordType", record_type_of))
    )
    for name in {**objects, **rules, **record_types}:
        spec = _object(name, roots.get(name), objects.get(name, {}))
        parts = {"validation_rules": rules.get(name, {}), "record_types": record_types.get(name, {})}
        imported.add(MANIFEST.name, msgspec.structs.replace(spec, **parts))


def _parts(
    imported: Imported,
    folder: Path,
    roots: Mapping[str, Element],
    ending: str,
    take: Callable[[Element], tuple[str, Any] | None],
) -> dict[str, dict[str, Any]]:
    """What files of their own say of objects, or before the source format the object's file, by object and name."""
    files = [(path.parent.parent.name, _read(imported, path)) for path in _files(folder, f"*.{ending}-meta.xml")]
    inner = [(name, each) for name, root in roots.items() for each in root.all(f"{ending}s")]
    found: dict[str, dict[str, Any]] = {}
    for name, root in [*files, *inner]:
        if root is None or not _is_object(imported, name):
            continue
        try:
            taken = take(root)
        except ValueError as problem:
            imported.note(f"{name}.{root.value('fullName')[:80]}", str(problem))
            continue
        if taken is not None:
            found.setdefault(name, {})[taken[0]] = taken[1]
    return found


def _files(folder: Path, pattern: str) -> list[Path]:
    try:
        found = sorted(path for path in folder.rglob(pattern) if path.is_file())
    except OSError as problem:
        raise GamedayError(f"cannot read {folder}: {problem.strerror}") from None
    if len(found) > MOST_FILES:
        raise GamedayError(f"{folder} has more than {MOST_FILES:,} files {pattern}")
    return found


def _read(imported: Imported, path: Path) -> Element | None:
    try:
        return read_xml(path)
    except GamedayError as problem:
        imported.note(str(path), problem.problem.removeprefix(f"{path} "))
        return None


def _is_object(imported: Imported, name: str) -> bool:
    if name.endswith(_OTHER_KINDS):
        imported.note(name, "not taken: objects of this kind hold no business records and are not served")
        return False
    if not _NAME.fullmatch(name):
        imported.note(name[:80], "not taken: this cannot be the name of an object")
        return False
    return True


def _take(
    imported: Imported, fields: dict[str, FieldSpec], name: str, root: Element, global_values: dict[str, Path]
) -> None:
    field = root.value("fullName")
    what = f"{name}.{field or '(no fullName)'}"[:160]
    if not _NAME.fullmatch(field):
        imported.note(what, "not taken: this cannot be the name of a field")
        return
    standard = OBJECTS[name].fields.get(field) if name in OBJECTS else None
    if standard is not None and not root.value("type"):
        return
    try:
        spec = field_of(root, global_values)
    except (Unusable, GamedayError) as problem:
        imported.note(what, str(problem))
        return
    if standard is not None and standard.type != spec.type:
        # A standard field's metadata has its kind in other words, such as Number for a currency.
        return
    fields[field] = spec


def _object(name: str, root: Element | None, fields: dict[str, FieldSpec]) -> ObjectSpec:
    own: dict[str, FieldSpec] = {}
    if root is not None and (named := root.first("nameField")) is not None and name.endswith("__c"):
        automatic = named.value("type") == "AutoNumber"
        number = number_format(named) if automatic else ""
        own["Name"] = FieldSpec(
            "string", named.value("label")[:255], length=80, read_only=automatic, auto_number=number
        )
    label, plural = (root.value(each)[:255] if root is not None else "" for each in ("label", "pluralLabel"))
    return ObjectSpec(name, label, plural, fields={**own, **fields})


def _take_standard_values(imported: Imported, folder: Path, objects: dict[str, dict[str, FieldSpec]]) -> None:
    for path in _files(folder, "*.standardValueSet-meta.xml"):
        place = _STANDARD_VALUES.get(path.name.partition(".")[0])
        root = _read(imported, path) if place else None
        if place is None or root is None:
            continue
        name, field = place
        if field == "StageName":
            _take_stages(imported, list(root.all("standardValue")))
        values, default = values_of(root.all("standardValue"))
        if values:
            objects.setdefault(name, {})[field] = FieldSpec("picklist", length=255, values=values, default=default)


def _take_stages(imported: Imported, stages: list[Element]) -> None:
    """Name the stages in which deals are won, lost and open, where they are not those of a fresh organisation."""
    names = [stage.value("fullName") for stage in stages]
    usual = Stages()
    chosen = {
        "won_stage": (usual.won, [stage for stage in stages if stage.flag("won")]),
        "lost_stage": (usual.lost, [stage for stage in stages if stage.flag("closed") and not stage.flag("won")]),
        "open_stage": (usual.open, [stage for stage in stages if not stage.flag("closed")]),
    }
    for setting, (name, found) in chosen.items():
        if name not in names and found and found[0].value("fullName"):
            imported.settings.setdefault(MANIFEST.name, {})[setting] = found[0].value("fullName")
