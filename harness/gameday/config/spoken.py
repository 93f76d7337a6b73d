"""Whether a stack speaks to the CRM and the ERP of a flow, by its table."""

from __future__ import annotations

from gameday.base.errors import GamedayError
from gameday.config.stack_table import StackTable
from gameday.model.scenario import Flow
from gameday_fakes.manifest import FLOW_ROLES
from gameday_fakes.manifests import of_role


def check_spoken(table: StackTable, flow: Flow) -> None:
    """Raise GamedayError if the table names vendors of a role, and the flow's is none of them."""
    for role, vendor in zip(FLOW_ROLES, (flow.crm, flow.erp), strict=True):
        own = [name for name in table.vendors if name in of_role(role)]
        if own and vendor not in own:
            raise GamedayError(
                f"stack {table.name!r} speaks to {' and '.join(own)}, not to {vendor}",
                hint="choose another pair with --crm and --erp, or another stack",
            )
