"""``[signals]`` of gameday.toml: whom an alert reached, and which flow it is about, by how it was routed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import read_table, shown
from gameday.config.alert_rules import AlertRule, read_rules

_Key = Annotated[str, Meta(min_length=1, max_length=255)]
_Names = dict[_Key, Annotated[str, Meta(min_length=1, max_length=255)]]


class OwnersTable(msgspec.Struct, frozen=True):
    """``[signals.owners]``: the owner, or the role of an owner, by what the vendor says.

    The first kind that has an owner counts.

    ``assignee``, ``escalation_policy``, ``service`` and ``routing_key`` are PagerDuty's; ``assignee``, ``component``
    and ``label`` Jira's. Keys may have ``*`` for any text, and are compared in any case; a routing key is compared as
    it is.
    """

    assignee: _Names = {}
    escalation_policy: _Names = {}
    service: _Names = {}
    routing_key: _Names = {}
    component: _Names = {}
    label: _Names = {}


class FlowsTable(msgspec.Struct, frozen=True):
    """``[signals.flows]``: the flow by what the vendor says, in the same way.

    ``source`` is the alert's source or component, or the ticket's project; ``name`` its rule, its title, or the name
    that it gives to the flow itself.
    """

    name: _Names = {}
    service: _Names = {}
    routing_key: _Names = {}
    source: _Names = {}
    component: _Names = {}
    label: _Names = {}


class SignalsTable(msgspec.Struct, frozen=True):
    """``[signals]``: how routing says whom an alert reached (``owners``) and which flow it is about (``flows``).

    ``rules`` raise alerts from the metrics of the stack.
    """

    owners: OwnersTable = OwnersTable()
    flows: FlowsTable = FlowsTable()
    rules: tuple[AlertRule, ...] = ()


#: The kinds of names in a signal's ``route``.
ROUTES = tuple(dict.fromkeys((*OwnersTable.__struct_fields__, *FlowsTable.__struct_fields__)))


def read_signals(table: Any, path: Path) -> SignalsTable:
    """Read ``[signals]``. Raises GamedayError naming the table, the key and the bad value."""
    where = f"[signals] of {path}"
    if not isinstance(table, dict):
        raise GamedayError(f"{where} is {shown(table)}, which is not a table", hint="write [signals.owners]")
    for key in table:
        if key not in SignalsTable.__struct_fields__:
            raise unknown("key", key[:80], SignalsTable.__struct_fields__, where=where)
    # Part by part, so that an error names the part.
    return SignalsTable(
        owners=read_table(OwnersTable, table.get("owners", {}), where=f"[signals.owners] of {path}"),
        flows=read_table(FlowsTable, table.get("flows", {}), where=f"[signals.flows] of {path}"),
        rules=read_rules(table.get("rules", []), where=f"[signals] of {path}"),
    )
