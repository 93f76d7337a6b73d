"""All fakes by name: those that come with this package and those that other packages add.

A package adds a fake with an entry point of the group ``gameday.fakes`` that names a subclass of ``Fake``.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType

import msgspec

import gameday_fakes
from gameday_fakes.catalogue import Catalogue
from gameday_fakes.clock import Clock
from gameday_fakes.endpoints import read_endpoints
from gameday_fakes.events import EventLog
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.fault_kinds import FaultKind, register_fault_kind, unregister_fault_kind
from gameday_fakes.manifests import GROUP
from gameday_fakes.organisation import Organisation, OrganisationError, bundled, read_organisation
from gameday_fakes.organisation.files import SETTINGS

__all__ = [
    "GROUP",
    "FaultKind",
    "catalogue_of",
    "credentials_for",
    "fake_kinds",
    "kinds_in",
    "register_fault_kind",
    "unregister_fault_kind",
]


@functools.cache
def fake_kinds() -> Mapping[str, type[Fake]]:
    """All fakes by name: every sub-package that exports ``FAKE``, and every entry point. Raises ValueError."""
    kinds: dict[str, type[Fake]] = {}
    for module in pkgutil.iter_modules(gameday_fakes.__path__):
        if module.ispkg:
            fake = getattr(importlib.import_module(f"gameday_fakes.{module.name}"), "FAKE", None)
            if fake is not None:
                kinds[fake.name] = fake
    for point in entry_points(group=GROUP):
        fake = point.load()
        if not (isinstance(fake, type) and issubclass(fake, Fake)):
            raise ValueError(f"entry point {point.name!r} of {GROUP!r} is not a subclass of Fake")  # noqa: TRY004
        if kinds.setdefault(fake.name, fake) is not fake:
            raise ValueError(f"two fakes are named {fake.name!r}; one is of the entry point {point.name!r}")
    return MappingProxyType(kinds)


def credentials_for(fakes_by_role: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The content of a stack's credentials file: for each role the credentials of the fake that plays it."""
    return {role: dict(fake_kinds()[name].credentials) for role, name in fakes_by_role.items()}


def kinds_in(folder: str, endpoints: Mapping[str, str] = MappingProxyType({})) -> Mapping[str, type[Fake]]:
    """All fakes by name as they serve the organisation of a folder; of the bundled one without a folder.

    ``endpoints`` are the files of its own endpoints by vendor, which run. Raises ValueError, and OrganisationError for
    a folder or a file that cannot be used.
    """
    if not folder and not endpoints:
        return fake_kinds()
    organisation = read_organisation(Path(folder)) if folder else bundled()
    if endpoints:
        known = sorted(name for name, kind in fake_kinds().items() if kind.takes_endpoints)
        for name in endpoints:
            if name not in known:
                raise OrganisationError(f"endpoints of {name[:80]!r}: known: {', '.join(known)}")
        organisation = msgspec.structs.replace(organisation, endpoints=read_endpoints(endpoints))
    kinds = {
        name: kind.of(organisation) if folder or name in endpoints else kind for name, kind in fake_kinds().items()
    }
    for name in organisation.settings:
        _try_settings(kinds[name], organisation)
    return MappingProxyType(kinds)


def _try_settings(kind: type[Fake], organisation: Organisation) -> None:
    """Start a fake with the organisation's settings, which it alone can judge."""
    clock = Clock()
    try:
        kind(clock, EventLog(clock)).start_again(0)
    except ControlError as problem:
        raise OrganisationError(f"{organisation.where}/{SETTINGS}: {problem}") from None


def catalogue_of(name: str, organisation: str = "") -> Catalogue:
    """The catalogue of a fake in the organisation of a folder, without starting it.

    Raises ValueError naming the known fakes.
    """
    kinds = kinds_in(organisation)
    if name not in kinds:
        raise ValueError(f"unknown fake {name!r}; known: {', '.join(sorted(kinds))}")
    return kinds[name].catalogue()
