"""What a vendor is, in one place: everything about it that is known without its fake, and where the rest stands.

A vendor's folder has a module ``manifest`` with a ``MANIFEST``; its fake names it in the class variable ``manifest``.
Importing a manifest loads neither the fake nor anything of the harness.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from gameday_fakes.catalogue import Role

#: The role of a CRM and of an ERP: a flow has one of each.
FLOW_ROLES: tuple[Role, Role] = ("crm", "erp")


def _no_others(_: str) -> tuple[str, ...]:
    return ()


class IdForm(msgspec.Struct, frozen=True, kw_only=True):
    """How ids of a vendor's records look.

    ``what`` is such an id in words. ``pattern`` is a regular expression for contracts, from ``^`` to ``$``. ``is_id``
    says whether a text is one for certain, by a checksum or its form; a word or a number is none. ``others`` gives the
    other ways in which the same id is written, for texts of ``lengths`` only. Of a pseudonym the first ``kept``
    characters are those of the id, the next ``replaced`` ones are not (all others, if it is 0), and the rest is again.
    ``letters`` are those that an id may have, where not all letters of a kind can be: those of hexadecimal numbers.
    """

    what: str
    pattern: str
    is_id: Callable[[str], bool]
    others: Callable[[str], tuple[str, ...]] = _no_others
    lengths: tuple[int, ...] = ()
    kept: int = 0
    replaced: int = 0
    letters: str = ""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor. Whatever is left out, the vendor does not have, or nobody has needed it so far.

    ``name`` is what features, contracts and options say, ``title`` what people say, and ``also_called`` what else they
    say. ``fake`` is the class of its fake as ``module:class``; a fake of another package, whose entry point names the
    class, leaves it out. ``hosts`` are the vendor's host names, ``*`` for one label, ``host`` that of a customer's own
    account, ``ports`` those of its TLS. ``credentials`` are those of the fake, by the names in a stack's credentials
    file.

    Of its records: ``serves_organisation`` says whether an organisation's folder describes its objects; ``objects`` are
    the record types of a deal or an order, the main one first; ``known_as`` are the words by which features name record
    types and fields of every vendor, such as ``unit price``, each with the vendor's path; ``id_forms`` are its ids;
    ``custom_fields`` is a regular expression of the paths of an organisation's own fields; ``attributes`` are names in
    records that are the API's own; ``references`` are the fields of a reference by which a value is named, the readable
    one first.

    Of a CRM: ``deal_fields`` are the usual paths of what a deal has, by role, tried one after the other; ``orderings``
    the fields that show which of two versions is newer. Of an ERP: ``match_keys`` are the fields of an order that may
    name its deal, first choice first, ``sandbox_ids`` the forms of the ids of its orders and of its invoices, each with
    the place of a number. Of either: ``facts`` are standard fields whose dates and numbers say nothing of people,
    ``kinds`` the same with a few texts; ``contract_names`` are what a drafted contract calls fields whose own names do
    not say what they are; ``cannot`` are kinds of faults and settings that other vendors have and this one cannot have,
    operations on which faults act at others and that no request asks for here, and parameters of workloads, such as
    ``case_twins``, that make records which it cannot have, each with the reason as a clause: scenarios that need them
    are not applicable, and workloads are generated without them.

    What the harness does with it, each as ``module:object``: ``drafting`` drafts a contract from what is
    ``described_by`` (in words) and reads who changed it (``gameday.contracts.drafting.vendor``),
    ``organisation_import`` makes an organisation (``gameday.contracts.organisations.vendor``), ``record_source``
    fetches records (``gameday.capture.source``), ``messages`` reads what it sends (``gameday.capture.messages``),
    ``corrections`` corrects its orders (``gameday.repair.corrections``).
    """

    name: str
    role: Role
    title: str = ""
    also_called: tuple[str, ...] = ()
    fake: str = ""
    hosts: tuple[str, ...] = ()
    host: str = ""
    ports: tuple[int, ...] = (443,)
    credentials: Mapping[str, str] = MappingProxyType({})
    serves_organisation: bool = False
    objects: tuple[str, ...] = ()
    known_as: Mapping[str, str] = MappingProxyType({})
    id_forms: tuple[IdForm, ...] = ()
    custom_fields: str = ""
    attributes: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    deal_fields: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    orderings: tuple[str, ...] = ()
    match_keys: tuple[str, ...] = ()
    sandbox_ids: tuple[str, str] = ("{}", "{}")
    facts: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    cannot: Mapping[str, str] = MappingProxyType({})
    contract_names: Mapping[str, str] = MappingProxyType({})
    described_by: str = ""
    drafting: str = ""
    organisation_import: str = ""
    record_source: str = ""
    messages: str = ""
    corrections: str = ""

    @property
    def words(self) -> str:
        """What people call the vendor."""
        return self.title or self.name

    def exported(self, module: str, attribute: str) -> Any:
        """The fake, as the ``FAKE`` that the vendor's package exports without loading it. Raises AttributeError."""
        if attribute != "FAKE" or not self.fake:
            raise AttributeError(f"module {module!r} has no attribute {attribute!r}")
        return loaded(self.fake)


def loaded(reference: str) -> Any:
    """What ``module:object`` names."""
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)
