"""The manifests of all vendors by name: those that come with this package and those that other packages add."""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Container, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Any

import gameday_fakes
from gameday_fakes.catalogue import Role
from gameday_fakes.manifest import FLOW_ROLES, IdForm, Manifest

#: The entry points of other packages: each names a subclass of ``Fake``.
GROUP = "gameday.fakes"


def manifests() -> Mapping[str, Manifest]:
    """Every vendor's manifest by its name, without those of packages that cannot be loaded (``unloadable``)."""
    return _known()[0]


def unloadable() -> tuple[str, ...]:
    """For each entry point that brings no vendor, one line with the reason: whoever needs the fakes gets it."""
    return _known()[1]


@functools.cache
def _known() -> tuple[Mapping[str, Manifest], tuple[str, ...]]:
    found = {name: manifest for name, (manifest, _) in _bundled().items()}
    problems = []
    for point in entry_points(group=GROUP):
        try:
            given = getattr(point.load(), "manifest", None)
        except Exception as problem:  # noqa: BLE001 - of another package; a run is judged without it
            problems.append(
                f"plug-in {point.name!r} ({point.value}) cannot be loaded: {type(problem).__name__}: {problem}"
            )
            continue
        if isinstance(given, Manifest):
            found.setdefault(given.name, given)
        else:
            problems.append(f"plug-in {point.name!r} ({point.value}) is not a subclass of Fake")
    return MappingProxyType(found), tuple(" ".join(line.split()) for line in problems)


@functools.cache
def _bundled() -> Mapping[str, tuple[Manifest, Path]]:
    """The manifests of the vendors that come with the fakes, each with its folder."""
    # By their files, because importing a package to ask it would load the fake of one without a manifest.
    paths = sorted(path for folder in gameday_fakes.__path__ for path in Path(folder).glob("*/manifest.py"))
    found = ((importlib.import_module(f"gameday_fakes.{path.parent.name}.manifest").MANIFEST, path) for path in paths)
    return {manifest.name: (manifest, path.parent) for manifest, path in found}


def bundled_folders() -> Mapping[str, Path]:
    """The folders of the vendors that come with the fakes; no package of anybody else is loaded for it."""
    return {name: folder for name, (_, folder) in _bundled().items()}


def spoken_names(*roles: Role) -> tuple[str, ...]:
    """What people call the bundled vendors of these roles, in lower case; a name of two words may also be one.

    Without a role, CRMs and ERPs.

    >>> all(name == name.lower() for name in spoken_names("crm", "erp"))
    True
    """
    flows = [manifest for manifest, _ in _bundled().values() if manifest.role in (roles or FLOW_ROLES)]
    names = [each for manifest in flows for each in (manifest.words, *manifest.also_called)]
    return tuple(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower() for name in names)


def of_role(role: Role) -> Mapping[str, Manifest]:
    """The vendors that play a role."""
    return {name: each for name, each in manifests().items() if each.role == role}


@functools.cache
def every(part: str) -> tuple[str, ...]:
    """What all manifests together have in a part that is a tuple of texts, such as ``references``."""
    return tuple(dict.fromkeys(text for each in manifests().values() for text in getattr(each, part)))


def named_by(reference: Mapping[str, Any]) -> Any:
    """The readable name of what a reference in a record refers to; None where it has none."""
    return next((reference[field] for field in readable_fields() if field in reference), None)


@functools.cache
def readable_fields() -> tuple[str, ...]:
    """The fields in which the vendors' references have a readable name."""
    return tuple(dict.fromkeys(each.references[0] for each in manifests().values() if each.references))


@functools.cache
def id_forms() -> tuple[IdForm, ...]:
    """The forms of all vendors' ids."""
    return tuple(dict.fromkeys(form for each in manifests().values() for form in each.id_forms))


def id_form_of(text: str) -> IdForm | None:
    """The form of a text that is an id for certain."""
    return next((form for form in id_forms() if form.is_id(text)), None)


@functools.cache
def _others_by_length() -> Mapping[int, tuple[IdForm, ...]]:
    lengths = {length for form in id_forms() for length in form.lengths}
    return {length: tuple(form for form in id_forms() if length in form.lengths) for length in lengths}


def spellings(text: str) -> tuple[str, ...]:
    """An id, and the other ways in which a vendor writes it."""
    return _spellings(text) if len(text) in _others_by_length() else (text,)


@functools.lru_cache(16_384)
def _spellings(text: str) -> tuple[str, ...]:
    return (text, *(other for form in _others_by_length()[len(text)] for other in form.others(text)))


def known_id(text: str, known: Container[str]) -> str:
    """The one of these ids that a text is, in whichever way its vendor writes it; empty for none of them.

    >>> known_id("006A000000BcDeF", {"006A000000BcDeFIAV"}), known_id("006a000000bcdef", {"006A000000BcDeFIAV"})
    ('006A000000BcDeFIAV', '')
    """
    if text in known:
        return text
    if len(text) not in _others_by_length():
        return ""
    return next((other for other in _spellings(text)[1:] if other in known), "")
