"""What an import has taken, and what it could not take: one line for each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from gameday.base.errors import GamedayError
from gameday_fakes.manifests import manifests
from gameday_fakes.organisation import FieldSpec, ObjectSpec, Organisation, OrganisationError, write_object
from gameday_fakes.organisation.files import SETTINGS
from gameday_fakes.registry import fake_kinds


def unserved(kind: object, known: Iterable[str]) -> str:
    """Why a field of a type that is not served is not taken."""
    named = f"the type {str(kind)[:40]!r} is not served" if kind else "its type is not stated"
    return f"not taken: {named}; known: {', '.join(known)}"


class Imported:
    """Collects objects by vendor. The first source that has a field counts; ``notes`` say what could not be taken."""

    def __init__(self) -> None:
        served = (name for name, each in manifests().items() if each.serves_organisation)
        self.objects: dict[str, dict[str, ObjectSpec]] = {vendor: {} for vendor in served}
        self.notes: list[str] = []
        #: Names under which parents reach their children, by the children's object and field.
        self.children: dict[tuple[str, str], str] = {}
        #: Settings by vendor.
        self.settings: dict[str, dict[str, str]] = {}

    def add(self, vendor: str, spec: ObjectSpec) -> None:
        """Take an object, or the further fields of one."""
        distinct = {name: self._distinct(spec, getattr(spec, name)) for name in ("fields", "lines")}
        spec = msgspec.structs.replace(spec, **distinct)
        known = self.objects[vendor]
        name = next((each for each in known if each.lower() == spec.name.lower()), spec.name)
        if name not in known:
            known[name] = spec
            return
        before = known[name]
        known[name] = msgspec.structs.replace(
            before,
            label=before.label or spec.label,
            label_plural=before.label_plural or spec.label_plural,
            key_prefix=before.key_prefix or spec.key_prefix,
            fields=_joined(before.fields, spec.fields),
            lines=_joined(before.lines, spec.lines),
            validation_rules={**spec.validation_rules, **before.validation_rules},
            record_types={**spec.record_types, **before.record_types},
        )

    def _distinct(self, spec: ObjectSpec, fields: Mapping[str, FieldSpec]) -> dict[str, FieldSpec]:
        """The fields without those whose names differ in case only: vendors do not tell them apart."""
        lower: set[str] = set()
        found: dict[str, FieldSpec] = {}
        for name, field in fields.items():
            if name.lower() in lower:
                self.note(f"{spec.name}.{name}", "not taken: another field has this name")
            else:
                found[name] = field
            lower.add(name.lower())
        return found

    def note(self, what: str, why: str) -> None:
        """Note what could not be taken."""
        line = " ".join(f"{what}: {why}".split())
        if line not in self.notes:
            self.notes.append(line)

    def note_lookups(self) -> None:
        """Note lookups that lead to objects which are not there."""
        for vendor, specs in self.objects.items():
            standard = {each.name.lower() for each in fake_kinds()[vendor].objects}
            known = standard | {name.lower() for name in specs}
            for name, spec in specs.items():
                self._note_lookups(name, spec, known)

    def _write_settings(self, path: Path) -> list[tuple[Path, int]]:
        """Write the settings where there is no such file; people may have written into it."""
        if not self.settings or path.exists():
            return []
        path.write_text(json.dumps(self.settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return [(path, sum(map(len, self.settings.values())))]

    def _note_lookups(self, name: str, spec: ObjectSpec, known: set[str]) -> None:
        fields = {**spec.fields, **{f"item.{each}": field for each, field in spec.lines.items()}}
        for each, field in fields.items():
            if field.refers_to and field.refers_to.lower() not in known:
                why = f"it refers to {field.refers_to}, which is not imported, so it can only be empty"
                self.note(f"{name}.{each}", why)

    def write(self, folder: Path, *, force: bool) -> list[tuple[Path, int]]:
        """Write the objects' files; of each its path and how many fields it has.

        Raises GamedayError, and then nothing is written, for a file that is there already and for an organisation that
        no fake could serve.
        """
        specs = [(vendor, spec) for vendor, objects in self.objects.items() for spec in objects.values()]
        if not specs:
            raise GamedayError("nothing to import was found", hint="; ".join(self.notes[:3]))
        for vendor, spec in specs:
            path = folder / vendor / f"{spec.name}.json"
            if path.exists() and not force:
                raise GamedayError(f"{path} exists already", hint="--force overwrites it")
        objects = {vendor: each for vendor, each in self.objects.items() if each}
        organisation = Organisation(str(folder), objects, self.settings)
        try:
            for kind in fake_kinds().values():
                kind.of(organisation)
            written = [
                (write_object(folder, vendor, spec), len(spec.fields) + len(spec.lines)) for vendor, spec in specs
            ]
            return [*written, *self._write_settings(folder / SETTINGS)]
        except OrganisationError as problem:
            raise GamedayError(f"no fake can serve what was imported: {problem}", hint=problem.hint) from None
        except OSError as problem:
            raise GamedayError(f"cannot write to {folder}: {problem.strerror}") from None


def _joined(first: Mapping[str, FieldSpec], second: Mapping[str, FieldSpec]) -> dict[str, FieldSpec]:
    lower = {name.lower() for name in first}
    return {**first, **{name: field for name, field in second.items() if name.lower() not in lower}}
