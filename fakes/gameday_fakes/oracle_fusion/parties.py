"""The rules of organizations and items. No HTTP here.

Source: docs.oracle.com, "REST API for CX Sales", Hub Organizations: ``PartyNumber`` may be given where the profile
option HZ_GENERATE_PARTY_NUMBER allows it, as it does here; "REST API for Oracle Fusion Cloud SCM", Items.
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.odata.records import Record
from gameday_fakes.oracle_fusion.bodies import Body
from gameday_fakes.oracle_fusion.masters import ITEMS, ORGANIZATIONS
from gameday_fakes.oracle_fusion.store import PodStore


class Parties:
    """Creates and changes organizations and items."""

    def __init__(self, store: PodStore) -> None:
        self._store = store

    def create(self, name: str, body: Body) -> Record:
        """A new organization or item. Raises ODataError."""
        return self._item(body) if name == ITEMS else self._organization(body)

    def known(self, name: str, body: Body) -> Record | None:
        """The record that a payload of an upsert matches."""
        given, store = body.given, self._store
        if name == ITEMS:
            return store.item(given["ItemNumber"]) if given.get("ItemNumber") else None
        if given.get("PartyNumber"):
            return store.organization(given["PartyNumber"])
        reference = given.get("SourceSystem"), given.get("SourceSystemReferenceValue")
        if not all(reference):
            return None
        among = store[ORGANIZATIONS].records.values()
        return next(
            (r for r in among if (r.values["SourceSystem"], r.values["SourceSystemReferenceValue"]) == reference), None
        )

    def change(self, name: str, record: Record, body: Body) -> Record:
        """Change a record. Raises ODataError."""
        of = self._store.schema.sets[name]
        for each in body.given:
            if of.properties[each].create_only and body.given[each] != record.values[each]:
                raise body.refuse("read_only", f"The attribute {each} can't be changed.", target=each)
        return self._store.touched(name, record, **body.given)

    def _organization(self, body: Body) -> Record:
        store, given = self._store, body.given
        if not given.get("OrganizationName"):
            text = "The attribute OrganizationName is required."
            raise body.refuse("missing_field", text, target="OrganizationName")
        number = given.get("PartyNumber")
        if number and store.organization(number) is not None:
            text = f"A party with the registry ID {number} already exists."
            raise body.refuse("duplicate", text, target="PartyNumber")
        found: dict[str, Any] = {**given, "PartyNumber": number or store.next_number("party")}
        return store.add(ORGANIZATIONS, found, requested=True)

    def _item(self, body: Body) -> Record:
        store, given = self._store, body.given
        if not given.get("ItemNumber"):
            raise body.refuse("missing_field", "The attribute ItemNumber is required.", target="ItemNumber")
        if store.item(given["ItemNumber"]) is not None:
            text = f"The item {given['ItemNumber']} already exists."
            raise body.refuse("duplicate", text, target="ItemNumber")
        return store.add(ITEMS, {"ItemDescription": given["ItemNumber"], **given}, requested=True)
