"""Reading and writing an organisation's folder.

JSON, because a picklist's values are texts there, whatever they look like: YAML reads No, 1.10 and 2026-06-30 as
something else.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from gameday_fakes.manifests import bundled_folders, manifests
from gameday_fakes.organisation.model import (
    FieldSpec,
    FormSpec,
    ObjectSpec,
    Organisation,
    OrganisationError,
    RecordTypeSpec,
    RuleSpec,
)

#: The folder of a vendor with the objects of the bundled organisation.
BUNDLED = "bundled"
SETTINGS = "settings.json"

MOST_BYTES = 8 * 1024 * 1024
MOST_OBJECTS = 2_000
#: More than a vendor lets anybody have on one object.
MOST_FIELDS = 2_000

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")
_TEXTS = ("label", "label_plural", "key_prefix")
#: Parts of a file by what they have by name.
_PARTS: dict[str, tuple[type[msgspec.Struct], str, re.Pattern[str], str]] = {
    "fields": (FieldSpec, "field", _NAME, "Region__c"),
    "lines": (FieldSpec, "field", _NAME, "custcol_note"),
    "validation_rules": (RuleSpec, "validation rule", _NAME, "Region_Needed"),
    "record_types": (RecordTypeSpec, "record type", _NAME, "New_Business"),
    "forms": (FormSpec, "form", re.compile(r"[^\x00-\x1f\x7f]{1,255}"), "Standard Sales Order"),
}
_KEYS = (*_TEXTS, *_PARTS, "records")


@functools.cache
def bundled() -> Organisation:
    """The organisation that comes with the fakes: what each vendor's own folder has of it."""
    folders = {name: folder / BUNDLED for name, folder in bundled_folders().items()}
    return Organisation(objects={name: _read_vendor(each) for name, each in folders.items() if each.is_dir()})


def served_vendors() -> tuple[str, ...]:
    """The vendors whose objects a folder can describe."""
    return tuple(name for name, each in manifests().items() if each.serves_organisation)


def read_organisation(folder: Path) -> Organisation:
    """Read a folder; a vendor that has no sub-folder in it is as in the bundled organisation.

    Raises OrganisationError naming the file, the bad value and the known ones.
    """
    if not folder.is_dir():
        raise OrganisationError(f"no such folder of an organisation: {folder}", hint="gameday organisation import")
    vendors = served_vendors()
    known = {*vendors, SETTINGS}
    for each in sorted(folder.iterdir()):
        if each.name not in known and not each.name.startswith(".") and each.suffix.lower() != ".md":
            raise OrganisationError(f"{folder} has {each.name!r}; known: {', '.join(sorted(known))}")
    own = {vendor: _read_vendor(folder / vendor) for vendor in vendors if (folder / vendor).is_dir()}
    if not own and not (folder / SETTINGS).is_file():
        raise OrganisationError(f"{folder} has no objects", hint="gameday organisation import SOURCE --to FOLDER")
    others = {vendor: each for vendor, each in bundled().objects.items() if vendor not in own}
    return Organisation(str(folder), {**own, **others}, _read_settings(folder / SETTINGS))


def write_object(folder: Path, vendor: str, spec: ObjectSpec) -> Path:
    """Write one object's file, a field on a line; returns its path."""
    path = folder / vendor / f"{spec.name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = [
        f'  "{name}": {json.dumps(value, ensure_ascii=False)}' for name in _TEXTS if (value := getattr(spec, name))
    ]
    parts += [f'  "{name}": {{\n{_lines_of(named)}\n  }}' for name in _PARTS if (named := getattr(spec, name))]
    if spec.records:
        lines = ",\n".join(f"    {json.dumps(record, ensure_ascii=False)}" for record in spec.records)
        parts.append(f'  "records": [\n{lines}\n  ]')
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    return path


def _lines_of(named: dict[str, msgspec.Struct]) -> str:
    return ",\n".join(
        f"    {json.dumps(name, ensure_ascii=False)}: {json.dumps(msgspec.to_builtins(each), ensure_ascii=False)}"
        for name, each in named.items()
    )


def _read_vendor(folder: Path) -> dict[str, ObjectSpec]:
    found: dict[str, ObjectSpec] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix != ".json" or path.name.startswith("."):
            if path.suffix.lower() == ".md" or path.name.startswith("."):
                continue
            raise OrganisationError(f"{path} is no file of an object", hint="one OBJECT.json for each object")
        found[path.stem] = _read_object(path)
    if len(found) > MOST_OBJECTS:
        raise OrganisationError(f"{folder} has more than {MOST_OBJECTS:,} objects")
    _need_distinct(found, f"{folder} has objects", OrganisationError)
    return found


def _read_object(path: Path) -> ObjectSpec:
    if not _NAME.fullmatch(path.stem):
        raise OrganisationError(f"{path} is not named like an object", hint="such as Opportunity.json")
    document = read_document(path)
    if not isinstance(document, dict):
        raise OrganisationError(f"{path} is not an object with: {', '.join(_KEYS)}")
    for key in document:
        if key not in _KEYS:
            raise OrganisationError(f"{path} has the key {key[:80]!r}; known: {', '.join(_KEYS)}")
    parts = {key: _read_part(path, key, document.get(key, {})) for key in _PARTS}
    texts = {key: value for key, value in document.items() if key not in parts}
    try:
        return msgspec.convert({"name": path.stem, **texts, **parts}, ObjectSpec, from_attributes=True)
    except msgspec.ValidationError as problem:
        raise OrganisationError(f"{path}: {problem}") from None


def _read_part(path: Path, key: str, given: Any) -> dict[str, msgspec.Struct]:
    kind, what, pattern, example = _PARTS[key]
    if not isinstance(given, dict):
        raise OrganisationError(f"{path}: {key!r} is not an object of {what}s by their names")
    if len(given) > MOST_FIELDS:
        raise OrganisationError(f"{path} has more than {MOST_FIELDS:,} {key}")
    found: dict[str, msgspec.Struct] = {}
    for name, value in given.items():
        if not pattern.fullmatch(name):
            raise OrganisationError(f"{path}: {name[:80]!r} cannot be the name of a {what}", hint=f"such as {example}")
        if isinstance(value, dict):
            for attribute in value:
                if attribute not in kind.__struct_fields__:
                    known = ", ".join(kind.__struct_fields__)
                    raise OrganisationError(f"{path}: {name} has {attribute[:80]!r}; known: {known}")
        try:
            found[name] = msgspec.convert(value, kind)
        except msgspec.ValidationError as problem:
            raise OrganisationError(f"{path}: {name}: {problem}") from None
    _need_distinct(found, f"{path}: it has", OrganisationError)
    return found


def _read_settings(path: Path) -> dict[str, dict[str, Any]]:
    if not path.exists():
        return {}
    document = read_document(path)
    vendors = served_vendors()
    if not isinstance(document, dict) or not all(isinstance(value, dict) for value in document.values()):
        raise OrganisationError(f"{path} is not an object of settings by vendor: {', '.join(vendors)}")
    for vendor in document:
        if vendor not in vendors:
            raise OrganisationError(f"{path} has settings of {vendor[:80]!r}; known: {', '.join(vendors)}")
    return document


def read_document(path: Path) -> Any:
    """A JSON document of at most 8 MiB in which no name occurs twice. Raises OrganisationError naming the file."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise OrganisationError(f"{path} has more than {MOST_BYTES:,} bytes")
        return json.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"), object_pairs_hook=_once)
    except OSError as problem:
        raise OrganisationError(f"cannot read {path}: {problem.strerror}") from None
    except (ValueError, RecursionError) as problem:
        if isinstance(problem, OrganisationError):
            raise
        raise OrganisationError(f"{path} is not JSON: {str(problem)[:120]}") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)[:80]!r} occurs twice")
    return found


def _need_distinct(names: Iterable[str], where: str, error: type[OrganisationError]) -> None:
    """Vendors tell names apart without regard to case, and so do some file systems."""
    by_lower: dict[str, str] = {}
    for name in names:
        other = by_lower.setdefault(name.lower(), name)
        if other != name:
            raise error(f"{where} both {other!r} and {name!r}, which are one name")
