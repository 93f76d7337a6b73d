"""Who owns what: the ownership matrix, and for each flow what becomes of errors and who is called next."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gameday.contracts.flows import (
    DUTY_COLUMNS,
    OWNER_COLUMNS,
    PREPARED_COLUMNS,
    FlowRegistry,
    RegisteredFlow,
    as_registered,
    owner_of,
)
from gameday.model.contract import Contract
from gameday.model.handling import OTHER, PATHS
from gameday_reports.dashboard.prepared import prepared


def ownership(registry: FlowRegistry, contracts: Mapping[str, Contract], site: Path) -> dict[str, Any]:
    """The values of the page, which is in ``site``."""
    return {
        "flows": [
            {
                "row": flow,
                "contract": contracts.get(flow.contract),
                "prepared": prepared(flow, registry, site),
                "errors": [
                    {"exception": each, "path": PATHS[each.path], "owner": _owner(flow, contracts, each.to)}
                    for each in flow.exceptions
                ],
                "others": any(each.error == OTHER for each in flow.exceptions),
            }
            for flow in registry.flows
        ],
        "roles": list(OWNER_COLUMNS.values()),
        "duties": DUTY_COLUMNS,
        "preparing": PREPARED_COLUMNS,
    }


def _owner(flow: RegisteredFlow, contracts: Mapping[str, Contract], role: str) -> str:
    """Who has a role in a flow: by its contract, which also names finance, else by the registry."""
    contract = contracts.get(flow.contract)
    return owner_of(as_registered(contract, [flow]).owners if contract else flow.owners, role)
