"""Actions and functions: closing opportunities, merging accounts, who am I; and references between records.

Sources: learn.microsoft.com, "WinOpportunity Action", "LoseOpportunity Action", "Merge Action", "WhoAmI Function",
"Use Web API actions" and "Associate and disassociate table rows using the Web API".
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes.dataverse.errors import refused
from gameday_fakes.dataverse.identity import BUSINESS_UNIT_ID, ORGANIZATION_ID, USER_ID, VERSION
from gameday_fakes.dataverse.sales import CANCELED, LOST, OPEN, REASON_WON, STATE_OF, WON
from gameday_fakes.dataverse.store import Store
from gameday_fakes.http import Reply
from gameday_fakes.odata.bodies import linked, linked_to
from gameday_fakes.odata.call import Call
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.paths import Step, parse_path
from gameday_fakes.odata.records import Record
from gameday_fakes.odata.service import Service

_CLOSING = {"WinOpportunity": (WON, REASON_WON), "LoseOpportunity": (LOST, CANCELED)}


class Actions(Service):
    """The part of the service that is not reading and writing of one record."""

    store: Store

    def operate(self, call: Call) -> Reply:
        operation = call.resource.operation
        name = operation.name if operation is not None else ""
        if operation is None or call.method != operation.method:
            raise ODataError("method_not_allowed", f"'{call.method}' requests are not allowed for {name}.")
        if name == "WhoAmI":
            ids = {"BusinessUnitId": BUSINESS_UNIT_ID, "UserId": USER_ID, "OrganizationId": ORGANIZATION_ID}
            return self.reply(
                call, 200, {"@odata.context": f"{call.root}$metadata#Microsoft.Dynamics.CRM.{name}Response", **ids}
            )
        if name == "RetrieveVersion":
            context = f"{call.root}$metadata#Microsoft.Dynamics.CRM.{name}Response"
            return self.reply(call, 200, {"@odata.context": context, "Version": VERSION})
        with self.records.transaction():
            if name == "Merge":
                self._merge_records(call.body)
            else:
                self._close_by(name, call.body)
        return Reply(204, headers=self.headers())

    # -- closing -------------------------------------------------------------------------------------

    def _close_by(self, name: str, body: Mapping[str, Any]) -> None:
        state, usual = _CLOSING[name]
        reason, activity = body.get("Status", -1), body.get("OpportunityClose")
        if not isinstance(activity, dict) or isinstance(reason, bool) or not isinstance(reason, int):
            raise refused("bad_body", f"{name} needs Status, a number, and OpportunityClose, an object.")
        of = self.schema.sets["opportunitycloses"]
        given, _ = self.taken(of, activity, creating=True)
        record = self.store.get("opportunities", given.get("_opportunityid_value"))
        if record is None:
            raise refused("missing_field", "The opportunity to close is missing.", target="opportunityid")
        self.close(record, state, usual if reason == -1 else reason, given)

    def close(self, record: Record, state: int, reason: int, given: Mapping[str, Any]) -> Record:
        """Win or lose an opportunity: the activity says at which revenue and when. Raises ODataError."""
        if record.values["statecode"] != OPEN:
            raise refused("already_closed")
        if STATE_OF.get(reason, state) != state or (reason not in STATE_OF and reason not in self.store.added_reasons):
            raise refused("bad_state", f"{reason} is not a valid status code for state code {state} on opportunity.")
        now = self.store.now()
        revenue = given.get("actualrevenue")
        usual = Decimal(0) if state == LOST else record.values["totallineitemamount"] or record.values["estimatedvalue"]
        ended = given.get("actualend") or now
        values = {
            "statecode": state,
            "statuscode": reason,
            "actualvalue": usual if revenue is None else revenue,
            "actualclosedate": ended.date(),
        }
        own = {"_opportunityid_value": record.values["opportunityid"], "actualend": ended}
        self.store.add("opportunitycloses", {**given, **own, "actualrevenue": values["actualvalue"]})
        return self.store.amend("opportunities", record, values)

    # -- merging -------------------------------------------------------------------------------------

    def _merge_records(self, body: Mapping[str, Any]) -> None:
        found = []
        for name in ("Target", "Subordinate"):
            given = body.get(name)
            id_ = given.get("accountid") if isinstance(given, dict) else None
            record = self.store.get("accounts", id_.lower()) if isinstance(id_, str) else None
            if record is None:
                raise refused(
                    "bad_body", f"Merge needs {name}, an account by its accountid; the fake merges no others."
                )
            found.append(record)
        self.merge(*found)

    def merge(self, winner: Record, loser: Record) -> None:
        """Merge an account into another, to which all then refers; the merged one is inactive. Raises ODataError."""
        kept, gone = winner.values["accountid"], loser.values["accountid"]
        if kept == gone:
            raise refused("bad_body", "An account cannot be merged with itself.")
        for set_name, property_ in (
            ("opportunities", "_customerid_value"),
            ("opportunities", "_parentaccountid_value"),
            ("contacts", "_parentcustomerid_value"),
            ("quotes", "_customerid_value"),
            ("salesorders", "_customerid_value"),
        ):
            for each in self.store[set_name].find((property_,), (gone,)):
                self.store.amend(set_name, each, {property_: kept})
        values = {"merged": True, "statecode": 1, "statuscode": 2, "_masterid_value": kept}
        self.store.amend("accounts", loser, values)

    # -- references ----------------------------------------------------------------------------------

    def refer(self, call: Call) -> Reply:
        """POST, PUT and DELETE of ``$ref``: relate records, or do so no more."""
        steps = call.resource.steps
        step = steps[-1]
        navigation = step.navigation
        if navigation is None:
            raise ODataError("method_not_allowed")
        parent_steps = steps[:-1]
        parent_of = parent_steps[-1].of
        parent = self.found(parent_steps)[0]
        with self.records.transaction():
            if not navigation.many:
                if call.method not in ("PUT", "DELETE"):
                    raise ODataError("method_not_allowed")
                other = self._referred(call.body.get("@odata.id"), navigation.to) if call.method == "PUT" else None
                values = dict.fromkeys(navigation.own) if other is None else linked_to(navigation, other.values)
                self.update(parent_of, parent, values)
            elif call.method == "POST":
                other = self._referred(call.body.get("@odata.id"), navigation.to)
                self.update(step.of, other, linked(navigation, parent.values))
            elif call.method == "DELETE":
                other = (
                    self.found(steps)[0]
                    if step.key is not None
                    else self._referred(call.params.get("$id"), navigation.to)
                )
                self.update(step.of, other, dict.fromkeys(navigation.theirs))
            else:
                raise ODataError("method_not_allowed")
        return Reply(204, headers=self.headers())

    def _referred(self, address: Any, to: str) -> Record:
        """The record at an address. Raises ODataError."""
        if not isinstance(address, str):
            raise refused("bad_body", "The body has to have '@odata.id', the address of a record.")
        steps: tuple[Step, ...] = parse_path(address.rpartition("/")[2], self.schema).steps
        if not steps or steps[-1].key is None or steps[-1].of.name != to:
            raise refused("bad_body", f"'{address[:80]}' is no address of a record of {to}.")
        return self.found(steps)[0]
