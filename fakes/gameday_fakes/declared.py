"""What a fake declares about itself, and all that follows from it: catalogue, business operations and settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, cast

import msgspec

from gameday_fakes.business_operations import BusinessOperation
from gameday_fakes.catalogue import Catalogue, ErrorKind, ObjectType, Role
from gameday_fakes.fault_kinds import HTTP, FaultKind, added_kinds
from gameday_fakes.http import Absent, Route
from gameday_fakes.manifest import Manifest
from gameday_fakes.organisation.model import Organisation, OrganisationError
from gameday_fakes.parameters import check_parameters, check_values, lists_of_texts, parameters_of


class ControlError(ValueError):
    """A control request that cannot be carried out; the text is the whole message."""


class UnknownField(ControlError):
    """A record is given a field that the organisation lacks; what is known follows ``; known: `` in the text."""


#: What a fake has of its vendor's manifest.
_OF_MANIFEST = ("name", "role", "hosts", "host", "ports", "credentials")


class NoSettings(msgspec.Struct, frozen=True):
    """The settings of a fake that has none."""


class Declared:
    """The declarations of a fake, as class variables; ``catalogue`` is made from them.

    A vendor's ``manifest`` states the name, role, hosts, host, ports and credentials; a fake without one states them
    itself, and a manifest is made of them.
    """

    manifest: ClassVar[Manifest]
    name: ClassVar[str]
    role: ClassVar[Role]
    api_version: ClassVar[str] = ""
    #: The scheme of its URL: http, unless it serves another protocol.
    scheme: ClassVar[str] = "http"
    #: The vendor's host names, ``*`` for one label.
    hosts: ClassVar[tuple[str, ...]] = ()
    #: The one of them that a customer's own account has, in full; empty for a vendor that has no such names.
    host: ClassVar[str] = ""
    #: The ports at which the vendor has TLS.
    ports: ClassVar[tuple[int, ...]] = (443,)
    routes: ClassVar[tuple[Route, ...]] = ()
    #: Whether the proof of who calls differs from request to request, and whoever is admitted is answered the same.
    proof_apart: ClassVar[bool] = False
    #: What the vendor has and the fake leaves out on purpose.
    absent: ClassVar[tuple[Absent, ...]] = ()
    #: The kinds of error that ``error`` knows: at least bad_body, method_not_allowed, not_found and server_error.
    errors: ClassVar[tuple[ErrorKind, ...]] = ()
    objects: ClassVar[tuple[ObjectType, ...]] = ()
    #: What a client needs to log in, by the names in the credentials file of a stack.
    credentials: ClassVar[Mapping[str, str]] = {}
    #: The tables that the vendor's query language knows.
    tables: ClassVar[tuple[str, ...]] = ()
    #: The vendor's own fault kinds; every fake knows ``http`` too.
    fault_kinds: ClassVar[tuple[FaultKind, ...]] = ()
    settings_type: ClassVar[type[msgspec.Struct]] = NoSettings
    business_operations: ClassVar[tuple[BusinessOperation, ...]] = ()

    #: What drives a sandbox tenant of this vendor, as ``module:class``; empty where nothing can.
    sandbox_driver: ClassVar[str] = ""
    #: What reads a tenant of this vendor, and never writes, as ``module:class``; empty where nothing can.
    sandbox_reader: ClassVar[str] = ""
    #: Whether an organisation can have endpoints of its own here.
    takes_endpoints: ClassVar[bool] = False
    #: The objects whose records are a deal and a line of it; empty for a fake whose deals have no further fields.
    deal_objects: ClassVar[tuple[str, ...]] = ()
    #: Settings of the organisation, which every reset brings back.
    organisation_settings: ClassVar[Mapping[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = cls.__dict__
        if "manifest" in own:
            for each in _OF_MANIFEST:
                setattr(cls, each, getattr(cls.manifest, each))
        elif "name" in own and hasattr(cls, "role"):
            cls.manifest = Manifest(**{each: getattr(cls, each) for each in _OF_MANIFEST})

    @classmethod
    def served(cls, organisation: Organisation) -> dict[str, Any]:  # noqa: ARG003 - for those that serve it
        """The class variables of this fake where it serves an organisation. Raises OrganisationError."""
        return {}

    @classmethod
    def of(cls, organisation: Organisation) -> type[Self]:
        """This fake as it serves an organisation: its records, fields and settings. Raises OrganisationError."""
        settings = organisation.settings.get(cls.name, {})
        changed = cls.served(organisation)
        if not changed and not settings:
            return cls
        known = parameters_of(cls.settings_type)
        try:
            check_parameters(known, settings)
        except ValueError as problem:
            raise OrganisationError(f"{organisation.where}/settings.json: {cls.name}: {problem}") from None
        # A class of its own, since what a fake declares is known before one runs.
        own = type(cls.__name__, (cls,), {**changed, "organisation_settings": settings, "__module__": cls.__module__})
        return cast("type[Self]", own)

    @classmethod
    def check_field(cls, object_name: str, field: str, value: str) -> None:
        """Raise ControlError unless people can give a record of an object this value. For the ``deal_objects`` only."""

    @classmethod
    def catalogue(cls) -> Catalogue:
        """Everything that this fake knows, as plain data; needs no instance."""
        added = added_kinds(cls.name)
        if (cls, added) not in _catalogues:
            _catalogues[cls, added] = _catalogue(cls, added)
        return _catalogues[cls, added]

    def missing(self, path: str, call: str) -> str:
        """What to say to a call that is not answered: what the fake leaves out there and why, else the call itself."""
        left_out = next((each for each in self.absent if each.holds(path)), None)
        return f"the fake of {self.name} has no {f'{left_out.what}: {left_out.why}' if left_out else call}"

    def operate(self, f: str, key: str, value: dict[str, Any]) -> dict[str, Any]:
        """Carry out a business operation and return the id of its record. Raises ControlError."""
        operation = next((each for each in self.business_operations if each.name == f), None)
        if operation is None:
            known = ", ".join(each.name for each in self.business_operations) or "none"
            raise ControlError(f"{self.name} knows no operation {f!r}; known: {known}")
        try:
            return operation.act(self, key, operation.parse(value))
        except ControlError:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as problem:
            raise ControlError(f"operation {f!r} of {key!r} at {self.name}: {problem}") from None

    async def operated(self, f: str, key: str, value: dict[str, Any]) -> dict[str, Any]:
        """The same, at whatever keeps the records. Raises ControlError."""
        return self.operate(f, key, value)

    def configure(self, settings: dict[str, Any]) -> None:
        """Change vendor settings. Raises ControlError."""
        known = parameters_of(self.settings_type)
        for name in settings:
            if name not in self.settings_type.__struct_fields__:
                names = ", ".join(parameter.name for parameter in known) or "none"
                raise ControlError(f"{self.name} knows no setting {name!r}; known: {names}")
        settings = lists_of_texts(known, settings)
        try:
            check_values(known, settings)
            self.change_settings(msgspec.convert(settings, self.settings_type, strict=False), frozenset(settings))
        except (ValueError, msgspec.ValidationError) as problem:
            raise ControlError(f"settings of {self.name}: {problem}") from None

    def change_settings(self, settings: Any, changed: frozenset[str]) -> None:
        """Take the ``changed`` settings; the others have their defaults. Raises ValueError."""

    @classmethod
    def all_fault_kinds(cls) -> dict[str, FaultKind]:
        """All fault kinds by name, with those that other packages add."""
        return {kind.name: kind for kind in (HTTP, *cls.fault_kinds, *added_kinds(cls.name))}


_catalogues: dict[tuple[type[Declared], tuple[FaultKind, ...]], Catalogue] = {}


def _catalogue(fake: type[Declared], added: tuple[FaultKind, ...]) -> Catalogue:
    kinds = {kind.name: kind for kind in (HTTP, *fake.fault_kinds)}
    for kind in added:
        if kind.name in kinds:
            raise ValueError(f"{fake.name} has two fault kinds {kind.name!r}; the added one needs another name")
        kinds[kind.name] = kind
    return Catalogue(
        fake=fake.name,
        role=fake.role,
        api_version=fake.api_version,
        operations=tuple(sorted({route.operation for route in fake.routes})),
        errors=fake.errors,
        objects=fake.objects,
        tables=fake.tables,
        fault_kinds=tuple(kind.entry() for kind in kinds.values()),
        settings=parameters_of(fake.settings_type),
        business_operations=tuple(operation.entry() for operation in fake.business_operations),
    )
