"""What users may not see or edit, by the permission sets that are assigned to them.

"FieldPermissions", "ObjectPermissions" and "PermissionSetAssignment" of the Object Reference. Only an organisation
whose folder has these objects restricts anybody. A user without a permission set sees everything. One with some sees a
field that any record of FieldPermissions has ever named only by a record of one of these sets, and edits an object that
any record of ObjectPermissions has ever named in the same way. What no record ever named is seen and edited by all.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from gameday_fakes.salesforce.models import SalesforceStore
from gameday_fakes.salesforce.schema import Schema

_ASSIGNMENTS, _FIELDS, _OBJECTS = "PermissionSetAssignment", "FieldPermissions", "ObjectPermissions"


class Permissions:
    """The permissions of one organisation; outside of requests everything is seen as ``background_user`` sees it."""

    def __init__(self, store: SalesforceStore, schema: Schema, background_user: str) -> None:
        self._store = store
        self._schema = schema
        self._background_user = background_user
        self._known: dict[str, set[str]] = {_FIELDS: set(), _OBJECTS: set()}
        self._matters = _ASSIGNMENTS in store.model.objects

    @contextlib.contextmanager
    def seen_by(self, user_id: str) -> Iterator[None]:
        """Show the schema as a user sees it until the block ends, which may change permissions."""
        if not self._matters:
            yield
            return
        self._show(user_id)
        try:
            yield
        finally:
            self._show(self._background_user)

    def _show(self, user_id: str) -> None:
        assigned = self._store.tables[_ASSIGNMENTS].values()
        sets = {each.fields["PermissionSetId"] for each in assigned if each.fields["AssigneeId"] == user_id}
        fields = self._lacking(_FIELDS, "Field", "PermissionsRead", sets)
        objects = self._lacking(_OBJECTS, "SobjectType", "PermissionsEdit", sets)
        denied = frozenset((sobject, field) for sobject, _, field in (name.partition(".") for name in fields))
        self._schema.restrict(denied, frozenset(objects))

    def _lacking(self, table: str, name: str, right: str, sets: set[str]) -> set[str]:
        """What these permission sets do not grant, of all that any record has named."""
        if table not in self._store.tables:
            return set()
        records = [record.fields for record in self._store.tables[table].values()]
        known = self._known[table]
        known.update(record[name] for record in records)
        if not sets:
            return set()
        return known - {record[name] for record in records if record["ParentId"] in sets and record[right]}
