"""Makes the fakes' schemas those of the candidate contract: its changes as faults for the whole replay."""

from __future__ import annotations

from collections.abc import Sequence

from gameday.gate.contracts import SchemaChange
from gameday.run.setup import SchemaFaults


def schema_faults(changes: Sequence[SchemaChange]) -> SchemaFaults:
    """The faults that make the fakes' schemas those of the candidate contract, by role and id."""
    faults: dict[str, dict[str, dict[str, str]]] = {}
    for number, change in enumerate(changes):
        if change.side == "crm":
            path, _, field = change.field.rpartition(".")
            rule = {"object": path.rpartition(".")[2], "field": field}
        else:
            record, _, field = change.field.partition(".")
            rule = {"record": record, "field": field}
        if change.new_name:
            rule = {"kind": "rename_field", **rule, "new_name": change.new_name}
        else:
            rule = {"kind": "hide_field", **rule}
        faults.setdefault(change.side, {})[fault_key(number)] = rule
    return faults


def fault_key(number: int) -> str:
    """The id of the fault that makes a schema change, by the number of the change."""
    return f"schema-{number}"
