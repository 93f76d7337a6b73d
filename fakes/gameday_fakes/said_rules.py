"""The rule of a fault at a CRM or an ERP, from what a feature says."""

from __future__ import annotations

from typing import Literal, cast

from gameday_fakes.changed_types import NewType
from gameday_fakes.crm_rules import OmitObjectField
from gameday_fakes.rules import (
    ChangeObjectFieldType,
    ChangeRecordFieldType,
    EventKinds,
    HideObjectField,
    HideRecordField,
    RenameObjectField,
    RenameRecordField,
    RevokeObjectPermission,
    RevokeRecordPermission,
    Rule,
)


def events_of(text: str) -> EventKinds:
    """Which events a delivery rule affects, as a feature says it."""
    # Any other word is refused by ``Catalogue.check_rule``, which names the known ones.
    return cast(EventKinds, text)


def rename_field(target: str, path: str, new_name: str) -> Rule:
    """Rename ``Object.Field`` at a CRM, ``record.field`` or ``record.item.field`` at an ERP."""
    owner, _, field = path.partition(".")
    if target == "crm":
        return RenameObjectField(owner, field, new_name)
    return RenameRecordField(owner, field, new_name)


def change_type(target: str, path: str, new_type: str) -> Rule:
    """Give ``Object.Field`` of a CRM, ``record.field`` or ``record.item.field`` of an ERP, another type."""
    owner, _, field = path.partition(".")
    rule = ChangeObjectFieldType if target == "crm" else ChangeRecordFieldType
    return rule(owner, field, cast(NewType, new_type))


def omit_field(path: str, since_version: int) -> Rule:
    """Let ``Object.Field`` of a CRM exist only from a version of its API on."""
    owner, _, field = path.partition(".")
    return OmitObjectField(owner, field, since_version)


def hide_field(target: str, path: str) -> Rule:
    """Hide ``Object.Field`` at a CRM, ``record.field`` or ``record.item.field`` at an ERP."""
    owner, _, field = path.partition(".")
    return HideObjectField(owner, field) if target == "crm" else HideRecordField(owner, field)


def revoke_permission(target: str, record: str, access: str) -> Rule:
    """Revoke a right (``read`` or ``edit``) to a CRM's object or an ERP's record type."""
    # Any other right is refused by ``Catalogue.check_rule``, which names the known ones.
    right = cast(Literal["read", "edit"], access)
    return RevokeObjectPermission(record, right) if target == "crm" else RevokeRecordPermission(record, right)
