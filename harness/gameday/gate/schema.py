"""Makes the fakes' schemas those of the candidate contract: its changes as faults for the whole replay."""

from __future__ import annotations

from collections.abc import Sequence

from gameday.gate.contracts import SchemaChange
from gameday.run.setup import SchemaFaults
from gameday_fakes import rules


def schema_faults(changes: Sequence[SchemaChange]) -> SchemaFaults:
    """The faults that make the fakes' schemas those of the candidate contract, by role and id."""
    faults: dict[str, dict[str, dict[str, str]]] = {}
    for number, change in enumerate(changes):
        # In a CRM's contract an object may be reached by a path; the rule names only the last object and its field.
        path = ".".join(change.field.split(".")[-2:]) if change.side == "crm" else change.field
        if change.new_name:
            rule = rules.rename_field(change.side, path, change.new_name)
        else:
            rule = rules.hide_field(change.side, path)
        faults.setdefault(change.side, {})[fault_key(number)] = rule.wire()
    return faults


def fault_key(number: int) -> str:
    """The id of the fault that makes a schema change, by the number of the change."""
    return f"schema-{number}"
