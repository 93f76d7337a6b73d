"""Makes the fakes' schemas those of the candidate contract: its changes as faults for the whole replay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gameday.gate.contracts import SchemaChange
from gameday.gate.erp_schema import write_checks
from gameday.model.contract import Contract
from gameday.run.setup import SchemaFaults
from gameday_fakes import said_rules


def schema_faults(changes: Sequence[SchemaChange]) -> SchemaFaults:
    """The faults that make the fakes' schemas those of the candidate contract, by role and id."""
    faults: dict[str, dict[str, dict[str, Any]]] = {}
    for number, change in enumerate(changes):
        # In a CRM's contract an object may be reached by a path; the rule names only the last object and its field.
        path = ".".join(change.field.split(".")[-2:]) if change.side == "crm" else change.field
        if change.new_name:
            rule = said_rules.rename_field(change.side, path, change.new_name)
        else:
            rule = said_rules.hide_field(change.side, path)
        faults.setdefault(change.side, {})[fault_key(number)] = rule.wire()
    return faults


def candidate_faults(contract: Contract, changes: Sequence[SchemaChange], *, report: bool = False) -> SchemaFaults:
    """The faults that put the fakes under the candidate contract: its changes, and what its ERP side demands.

    ``report``: whether each write to the ERP is an event of the history.
    """
    faults: dict[str, dict[str, Any]] = {}
    for each in (schema_faults(changes), write_checks(contract.erp_fields, contract.conditions, report=report)):
        for role, rules_of_role in each.items():
            faults.setdefault(role, {}).update(rules_of_role)
    return faults


def fault_key(number: int) -> str:
    """The id of the fault that makes a schema change, by the number of the change."""
    return f"schema-{number}"
