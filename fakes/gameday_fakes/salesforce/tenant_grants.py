"""Takes a field, or the right to edit an object, from the stack's user in a Salesforce sandbox, and gives it back.

What a user may see and edit is granted by permission sets, of which each profile has one of its own: records of
FieldPermissions and ObjectPermissions ("FieldPermissions", "ObjectPermissions", "PermissionSetAssignment" of the Object
Reference). There is no record without a right, so a field is hidden by deleting the records that grant it. Whoever else
has the same permission sets or profile loses it too. A permission set group grants by a set that cannot be edited, and
Salesforce refuses the change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from gameday_fakes.declared import ControlError
from gameday_fakes.http import Reply, Request
from gameday_fakes.protocols import exact_json
from gameday_fakes.rules import HideObjectField, RevokeObjectPermission
from gameday_fakes.salesforce.tenant_api import SalesforceApi, quoted
from gameday_fakes.salesforce.tenant_proof import API
from gameday_fakes.sandbox.changes import Before, change_kind
from gameday_fakes.sandbox.rights import Right
from gameday_fakes.sandbox.settings import TenantSettings
from gameday_fakes.sandbox.tenant import in_parts

_FIELD = ("ParentId", "SobjectType", "Field", "PermissionsRead", "PermissionsEdit")
_EDITS = ("PermissionsCreate", "PermissionsEdit", "PermissionsDelete", "PermissionsModifyAllRecords")
_OBJECT = ("ParentId", "SobjectType", "PermissionsRead", *_EDITS, "PermissionsViewAllRecords")
_COLUMNS = {"FieldPermissions": _FIELD, "ObjectPermissions": _OBJECT}
#: What tells the records of one object apart.
_KEYS = ("ParentId", "SobjectType", "Field")
_MOST_IDS = 200
_EDIT_REFUSED = frozenset(
    {"INSUFFICIENT_ACCESS", "INSUFFICIENT_ACCESS_OR_READONLY", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"}
)
#: A record that is read as a whole has these.
_WHOLE = ("Id", "IsDeleted", "CreatedById", "SystemModstamp")


class _Grant(NamedTuple):
    """What grants a right: the object of the records, and the condition that they meet."""

    object: str
    condition: str
    what: str


def shows_hidden(rule: HideObjectField, request: Request, reply: Reply) -> bool:
    """Whether an answer shows that a field is hidden: a refusal that names it, or a whole record without it."""
    if reply.status == 400:
        named = (f"'{rule.field}'", f".{rule.field}", f" {rule.field}")
        return b"INVALID_FIELD" in reply.body and any(text.encode() in reply.body for text in named)
    whole = request.method == "GET" and f"/sobjects/{rule.object}/".lower() in request.path.lower()
    if reply.status != 200 or not whole or "fields" in request.query:
        return False
    try:
        record = exact_json.decode(reply.body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False
    return isinstance(record, dict) and all(name in record for name in _WHOLE) and rule.field not in record


def shows_read_only(rule: RevokeObjectPermission, request: Request, reply: Reply) -> bool:
    """Whether an answer shows that an object cannot be edited."""
    about = f"/sobjects/{rule.object}".lower() in request.path.lower() or rule.object.encode() in request.body
    refused = reply.status >= 400 or "/composite" in request.path
    return request.method != "GET" and about and refused and any(code.encode() in reply.body for code in _EDIT_REFUSED)


class SalesforceGrants(SalesforceApi):
    """What an organisation grants the stack's user."""

    change_kinds = (change_kind(HideObjectField, shows_hidden), change_kind(RevokeObjectPermission, shows_read_only))

    @classmethod
    def why_unchanged(cls, settings: TenantSettings, rule: dict[str, Any]) -> str:
        parsed = cls._parsed(rule)
        if isinstance(parsed, RevokeObjectPermission) and parsed.access != "edit":
            return "what Salesforce takes away with the right to read an object could not be given back for certain"
        name = _grant(parsed).what
        return "" if name in settings.metadata else f"{name!r} is not in 'metadata' of [sandbox.tenants.salesforce]"

    async def before_change(self, rule: dict[str, Any]) -> list[Before]:
        grant = _grant(self._parsed(rule))
        if why := self.why_unchanged(self.settings, rule):
            raise ControlError(why)
        granting = [record for _, record in await self._granting(grant, await self._sync_user())]
        if not granting:
            raise ControlError(
                f"no permission set of {self.settings.sync_user!r} grants {grant.what}: nothing to take away"
            )
        taken = {record.fields["ParentId"] for record in granting}
        own = {record.fields["ParentId"] for _, record in await self._granting(grant, self.user)}
        if not own - taken:
            raise ControlError(
                f"gameday's own user has {grant.what} by no other permission set or profile than "
                f"{self.settings.sync_user!r}, and would lose it too"
            )
        return granting

    async def change(self, rule: dict[str, Any], before: Sequence[Before]) -> None:
        parsed = self._parsed(rule)
        grant, user = _grant(parsed), await self._sync_user()
        allowed = {_key(record) for record in before}
        for id_, record in await self._granting(grant, user):
            if _key(record) not in allowed:
                raise ControlError(f"somebody has just granted {grant.what} to {self.settings.sync_user!r}")
            target = f"{API}/sobjects/{grant.object}/{id_}"
            if isinstance(parsed, HideObjectField):
                await self.json("DELETE", target)
            else:
                await self.json("PATCH", target, dict.fromkeys(_EDITS, False))
        if await self._granting(grant, user):
            raise ControlError(f"{self.settings.sync_user!r} has {grant.what} still")

    async def restore(self, before: Sequence[Before]) -> None:
        for record in before:
            columns = _columns(record.object)
            found = await self._one(record)
            if found is None:
                await self.json("POST", f"{API}/sobjects/{record.object}", record.fields)
            elif found[1] != record:
                own = {name: record.fields[name] for name in columns if name not in _KEYS}
                await self.json("PATCH", f"{API}/sobjects/{record.object}/{found[0]}", own)
        for record in before:
            found = await self._one(record)
            if found is None or found[1] != record:
                raise ControlError(f"{self.settings.host} has not taken {record.object} of {_named(record)} as it was")

    async def may_be_taken(self) -> list[Right]:
        """Of each field and object that may be taken away, why it cannot be; found by calls that read only."""
        found = []
        for name in self.settings.metadata:
            sobject, _, field = name.partition(".")
            hide = {"kind": "hide_field", "object": sobject, "field": field}
            rule = hide if field else {"kind": "revoke_permission", "object": sobject, "access": "edit"}
            try:
                await self.before_change(rule)
                problem = ""
            except ControlError as refusal:
                problem = str(refusal)
            found.append(Right(name, "take away and give back", problem))
        return found

    @classmethod
    def _parsed(cls, rule: dict[str, Any]) -> HideObjectField | RevokeObjectPermission:
        kind = next(each for each in cls.change_kinds if each.name == rule["kind"])
        parsed: HideObjectField | RevokeObjectPermission = kind.parse(rule)
        return parsed

    async def _sync_user(self) -> str:
        await self.connections.prove_now()
        rows = await self.query(f"SELECT Id FROM User WHERE Username = {quoted(self.settings.sync_user)}")  # noqa: S608
        if len(rows) != 1:
            raise ControlError(f"{self.settings.host} has no user {self.settings.sync_user!r}")
        return str(rows[0]["Id"])

    async def _granting(self, grant: _Grant, user: str) -> list[tuple[str, Before]]:
        """The records that grant a user a right, each with its id."""
        rows = await self.query(
            f"SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = {quoted(user)}"  # noqa: S608
        )
        found = []
        for some in in_parts(sorted({str(row["PermissionSetId"]) for row in rows}), _MOST_IDS):
            sets = ", ".join(map(quoted, some))
            found += await self._records(grant.object, f"{grant.condition} AND ParentId IN ({sets})")
        return found

    async def _one(self, record: Before) -> tuple[str, Before] | None:
        condition = " AND ".join(f"{name} = {quoted(str(value))}" for name, value in _key(record))
        return next(iter(await self._records(record.object, condition)), None)

    async def _records(self, sobject: str, condition: str) -> list[tuple[str, Before]]:
        columns = _columns(sobject)
        rows = await self.query(f"SELECT Id, {', '.join(columns)} FROM {sobject} WHERE {condition}")  # noqa: S608
        return [(str(row["Id"]), Before(sobject, {name: row[name] for name in columns})) for row in rows]


def _grant(rule: HideObjectField | RevokeObjectPermission) -> _Grant:
    if isinstance(rule, HideObjectField):
        name = f"{rule.object}.{rule.field}"
        return _Grant("FieldPermissions", f"Field = {quoted(name)} AND PermissionsRead = true", name)
    return _Grant("ObjectPermissions", f"SobjectType = {quoted(rule.object)} AND PermissionsEdit = true", rule.object)


def _columns(sobject: str) -> tuple[str, ...]:
    """The fields of a record of grants. Raises ControlError for another object: a file may name it."""
    if sobject not in _COLUMNS:
        raise ControlError(f"{sobject[:80]!r} grants nothing")
    return _COLUMNS[sobject]


def _key(record: Before) -> tuple[tuple[str, str | bool], ...]:
    return tuple((name, record.fields[name]) for name in _KEYS if name in record.fields)


def _named(record: Before) -> str:
    return str(record.fields.get("Field") or record.fields.get("SobjectType"))
