"""The rules of business partners, customers and products. No HTTP here.

Source: SAP Help Portal, "Business Partner (A2X)" and "Product Master (A2X)": a business partner in the role of a
customer (``FLCU01``) has a customer of the same number, whose sales areas say where it may order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gameday_fakes.odata.model import EntitySet
from gameday_fakes.odata.records import Record
from gameday_fakes.s4hana.errors import Refused
from gameday_fakes.s4hana.masters import ADDRESS, CUSTOMER, PARTNER, ROLE
from gameday_fakes.s4hana.store import ClientStore

#: Roles of customers.
CUSTOMER_ROLES = ("FLCU00", "FLCU01")
_ORGANISATION, _PERSON = "2", "1"


class Masters:
    """Completes master data."""

    def __init__(self, store: ClientStore) -> None:
        self._store = store

    def insert(self, of: EntitySet, given: Mapping[str, Any]) -> Record:
        """A new record. Raises Refused."""
        values = dict(given)
        if of.name == PARTNER:
            values |= self._partner(given)
        elif of.name == ADDRESS and not values.get("AddressID"):
            values["AddressID"] = self._store.next_number(ADDRESS)
        for name in of.key:
            if not values.get(name):
                raise Refused("missing_field", f"Enter a value for {name}", target=name)
        if of.key_of(values) in self._store[of.name].records:
            shown = " ".join(str(values[name]) for name in of.key)
            raise Refused("duplicate", f"{of.type.removeprefix('A_').removesuffix('Type')} {shown} already exists")
        return self._store.add(of.name, values, requested=True)

    def _partner(self, given: Mapping[str, Any]) -> dict[str, Any]:
        category = given.get("BusinessPartnerCategory", "")
        if category not in (_ORGANISATION, _PERSON):
            text = "Enter a business partner category: 1 for a person, 2 for an organization"
            raise Refused("missing_field", text, target="BusinessPartnerCategory")
        needed = "OrganizationBPName1" if category == _ORGANISATION else "LastName"
        if not given.get(needed):
            raise Refused("missing_field", f"Enter a value for {needed}", target=needed)
        number = given.get("BusinessPartner") or self._store.next_number(PARTNER)
        return {"BusinessPartner": number, **_named(given)}

    def inserted(self, partner: Record) -> None:
        """A business partner with its roles has been added: one that is a customer gets its customer."""
        store, number = self._store, partner.values["BusinessPartner"]
        roles = [each.values["BusinessPartnerRole"] for each in store[ROLE].find(("BusinessPartner",), (number,))]
        if store.get(CUSTOMER, number) is None and any(role in CUSTOMER_ROLES for role in roles):
            store.add(CUSTOMER, {"Customer": number}, requested=True)
        if store.get(CUSTOMER, number) is not None:
            name = partner.values["BusinessPartnerName"]
            customer = store[CUSTOMER].records[number,]
            store.change(CUSTOMER, customer, CustomerName=name, CustomerFullName=name)
            store.change(PARTNER, partner, Customer=number)

    def update(self, of: EntitySet, record: Record, given: Mapping[str, Any]) -> Record:
        """Change values of a record."""
        values = {**record.values, **given}
        if of.name == PARTNER:
            values |= _named(values)
        return self._store.put(of.name, self._store.stamped(values))


def _named(values: Mapping[str, Any]) -> dict[str, str]:
    """The names that follow from the others."""
    parts = [values.get(name) or "" for name in ("OrganizationBPName1", "OrganizationBPName2", "FirstName", "LastName")]
    name = " ".join(part for part in parts if part)[:81]
    return {"BusinessPartnerName": name, "BusinessPartnerFullName": name}
