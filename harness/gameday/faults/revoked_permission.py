"""The integration user loses its permission for one type of record."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import said_rules


@faults.register("revoked permission")
@dataclasses.dataclass(frozen=True)
class RevokedPermission(Fault):
    """``record`` is the object (CRM) or record type (ERP); ``access`` is ``read`` or ``edit``."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("erp", "crm")
    reasons: ClassVar[tuple[str, ...]] = ("permission", "forbidden", "403", "INSUFFICIENT", "access")
    record_names: ClassVar[tuple[str, ...]] = ("record",)
    sentence: ClassVar[str] = "the sync was not allowed to {access} {record} records in {system}"

    record: str
    access: str = "edit"

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = said_rules.revoke_permission(target, self.record, self.access)
        return (FakeRule(rule.wire()),)
