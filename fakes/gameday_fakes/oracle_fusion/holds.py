"""The actions ``applyHold`` and ``releaseHold``.

Source: docs.oracle.com, "Apply hold" and "Release hold" of Sales Orders for Order Hub (what a request has to name), and
"Use REST API to Apply and Release Holds". The shape of the result is [R].
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.odata.records import Record
from gameday_fakes.oracle_fusion.errors import refused
from gameday_fakes.oracle_fusion.orders import Orders
from gameday_fakes.oracle_fusion.sales_order import LINES, ORDERS
from gameday_fakes.oracle_fusion.store import CANCELED, REFERENCE, PodStore

#: The holds that the pod has set up.
CODES = ("CREDIT_REVIEW", "MANUAL_REVIEW", "DOO_SHIP_ALL")
_MOST = 500


class Holds:
    """Carries out the actions."""

    def __init__(self, store: PodStore, orders: Orders) -> None:
        self._store = store
        self._orders = orders

    def act(self, action: str, body: Any) -> tuple[list[dict[str, Any]], list[Record]]:
        """A result for each request, and the orders that have changed. Raises ODataError."""
        requests = body.get("holdRequests") if isinstance(body, dict) else None
        if not isinstance(requests, list) or not requests or len(requests) > _MOST:
            raise refused("bad_body", "The payload needs the list holdRequests.", target="holdRequests")
        results, orders = [], []
        for each in requests:
            result, order = self._one(action, each if isinstance(each, dict) else {})
            results.append(result)
            orders += [order] if order is not None else []
        return results, orders

    def _one(self, action: str, asked: dict[str, Any]) -> tuple[dict[str, Any], Record | None]:
        """The result of one request; one that fails does not keep the others from being carried out."""
        given = {name: str(value)[:200] for name, value in asked.items() if value is not None}
        order, line = self._found(given)
        code = given.get("HoldCode") or given.get("HoldName", "").upper().replace(" ", "_")
        problem = ""
        if order is None:
            problem = "The sales order or the fulfillment line wasn't found."
        elif order.values["StatusCode"] == CANCELED:
            problem = "The sales order was canceled."
        elif not code:
            problem = "HoldCode or HoldName is required."
        elif action == "applyHold" and code not in CODES:
            problem = f"The hold code {code} isn't valid."
        elif action == "releaseHold" and not (given.get("HoldReleaseReasonCode") or given.get("HoldReleaseReason")):
            problem = "HoldReleaseReasonCode or HoldReleaseReason is required."
        if not problem and order is not None:
            problem = self._carried_out(action, order, line, code, given)
        names = ("SourceTransactionSystem", "SourceTransactionId", "OrderNumber", "FulfillLineId")
        named: dict[str, Any] = {name: given[name] for name in names if name in given}
        status = {"ReturnStatus": "ERROR", "ErrorMessages": [problem]} if problem else {"ReturnStatus": "SUCCESS"}
        return {**named, "HoldCode": code, **status}, order if not problem else None

    def _carried_out(self, action: str, order: Record, line: Record | None, code: str, given: dict[str, str]) -> str:
        store = self._store
        if action == "applyHold":
            of = line.values["FulfillLineId"] if line is not None else order.values["_root"]
            self._orders.add_hold(of, code, given.get("HoldComments", ""), line=line is not None)
        else:
            at, name = (line, LINES) if line is not None else (order, ORDERS)
            among = store.children(name, at, "holds")
            active = [hold for hold in among if hold.values["ActiveFlag"] and hold.values["HoldCode"] == code]
            if not active:
                return f"There is no active hold {code}."
            reason = given.get("HoldReleaseReasonCode") or given["HoldReleaseReason"]
            for hold in active:
                self._orders.release(hold, reason, given.get("HoldReleaseComments", ""))
        self._orders.note_holds(order.values["_root"])
        return ""

    def _found(self, given: dict[str, str]) -> tuple[Record | None, Record | None]:
        """The latest version of the order that a request names, and the fulfillment line if it names one."""
        store = self._store
        if "FulfillLineId" in given:
            wanted = given["FulfillLineId"]
            for each in reversed([*store[LINES].records.values()]):
                if str(each.values["FulfillLineId"]) == wanted:
                    return store[ORDERS].records.get((each.values["_HeaderId"],)), each
            return None, None
        if "SourceTransactionId" in given:
            return store.latest(f"{given.get('SourceTransactionSystem')}:{given['SourceTransactionId']}"), None
        found = store[ORDERS].find(("OrderNumber",), (given.get("OrderNumber"),))
        return next((each for each in reversed(found) if each.values["StatusCode"] != REFERENCE), None), None
