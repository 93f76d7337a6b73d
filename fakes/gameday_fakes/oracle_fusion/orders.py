"""The rules of sales orders: what they need, their versions, prices, holds and cancelling. No HTTP here.

Sources: docs.oracle.com, "Create sales orders" and "Update one sales order" (attributes; the formats of ``OrderKey``;
that only the latest version can be changed), "Use REST API to Apply and Release Holds". That a draft needs
``SubmittedFlag`` to take effect, that a price is kept only with ``FreezePriceFlag``, that a line is cancelled by
the quantity 0, and every text of a refusal, is [R].
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gameday_fakes.odata.records import Record
from gameday_fakes.oracle_fusion.account import BUSINESS_UNIT, BUSINESS_UNIT_ID
from gameday_fakes.oracle_fusion.bodies import Body
from gameday_fakes.oracle_fusion.errors import refused
from gameday_fakes.oracle_fusion.masters import ORGANIZATIONS
from gameday_fakes.oracle_fusion.order_lines import OrderLines
from gameday_fakes.oracle_fusion.sales_order import BILL_TO, HOLDS, LINES, ORDERS, SHIP_TO, TOTALS
from gameday_fakes.oracle_fusion.store import CANCELED, DRAFT, OPEN, REFERENCE, PodStore, sum_of

_ADDRESSES = {"billToCustomer": BILL_TO, "shipToCustomer": SHIP_TO}
#: What every version of an order shares.
_FIXED = ("TransactionalCurrencyCode", "BusinessUnitName", "BusinessUnitId")
#: Codes and names of the totals of an order.
_TOTALS = (
    ("QP_TOTAL_LIST_PRICE", "Total List Price"),
    ("QP_TOTAL_NET_PRICE", "Total Net Price"),
    ("QP_TOTAL_TAX", "Total Tax"),
)
_NET = "QP_TOTAL_NET_PRICE"


def deal_of(order: Record) -> str:
    """The deal that an order names."""
    return str(order.values["SourceTransactionNumber"])


class Orders:
    """Creates and changes orders."""

    def __init__(self, store: PodStore) -> None:
        self._store = store
        self.lines = OrderLines(store)

    # -- creating and changing -----------------------------------------------------------------------

    def create(self, body: Body) -> Record:
        """A new order. Raises ODataError."""
        store, given = self._store, body.given
        for name in ("SourceTransactionNumber", "SourceTransactionSystem", "SourceTransactionId"):
            if not given.get(name):
                raise body.refuse("missing_field", f"The attribute {name} is required.", target=name)
        key = f"{given['SourceTransactionSystem']}:{given['SourceTransactionId']}"
        if store.latest(key) is not None:
            text = f"A sales order with the source transaction {key} already exists."
            raise body.refuse("duplicate", text, target="SourceTransactionId")
        found = {**given, **self._customer(body), **self._business_unit(body)}
        if not found.get("TransactionalCurrencyCode"):
            found["TransactionalCurrencyCode"] = self._usual_currency(found["BuyingPartyNumber"])
        self._need_currency(body, found["TransactionalCurrencyCode"])
        number = store.next_number("order")
        found |= {"OrderKey": key, "OrderNumber": number, "TransactionOn": found.get("TransactionOn") or store.now()}
        id_ = store.new_id()
        hidden = {"_root": id_, "_billable_s": None, "_held_by": ""}
        order = store.add(ORDERS, {**found, "HeaderId": id_, **hidden, "SubmittedFlag": False}, requested=True)
        return self._filled(order, body)

    def change(self, order: Record, body: Body) -> Record:
        """Change an order; of a submitted one, a revision is made. Returns the latest version. Raises ODataError."""
        store = self._store
        latest = store.versions(order.values["_root"])[-1]
        if order.values["HeaderId"] != latest.values["HeaderId"]:
            raise body.refuse("rule", "Only the latest version of a sales order can be changed.")
        if latest.values["StatusCode"] == CANCELED:
            raise body.refuse("rule", f"Sales order {latest.values['OrderNumber']} was canceled and can't be changed.")
        if latest.values["StatusCode"] == OPEN:
            latest = self._revision(latest)
        given = body.given
        for name in _FIXED:
            if name in given and given[name] != latest.values[name]:
                raise body.refuse("rule", f"{name} of a sales order can't be changed.", target=name)
        if {"BuyingPartyNumber", "BuyingPartyId", "BuyingPartyName"} & given.keys():
            given = {**given, **self._customer(body)}
        found = {name: value for name, value in given.items() if name != "SubmittedFlag"}
        return self._filled(store.touched(ORDERS, latest, **found), body)

    def _filled(self, order: Record, body: Body) -> Record:
        """A version with the children of a payload, priced, and submitted if the payload says so."""
        store = self._store
        for accessor, name in _ADDRESSES.items():
            for child in body.children.get(accessor, ()):
                self._address(order, name, child)
        for child in body.children.get("lines", ()):
            self.lines.write(order, child)
        for line in store.lines(order):
            self.lines.price(order, line)
        self.sum_up(order)
        if body.given.get("SubmittedFlag"):
            order = self._submit(store.current(ORDERS, order), body)
        return store.current(ORDERS, order)

    def delete(self, order: Record) -> None:
        """Delete a draft, or an order that has no lines. Raises ODataError."""
        if order.values["StatusCode"] != DRAFT and self._store.lines(order):
            raise refused("rule", f"Sales order {order.values['OrderNumber']} was submitted and can't be deleted.")
        self._store.remove(ORDERS, (order.values["HeaderId"],))

    def _revision(self, order: Record) -> Record:
        """The draft of a change of a submitted order; that one stays in force until the draft is submitted."""
        store, revision = self._store, order.values["SourceTransactionRevisionNumber"] + 1
        fresh = {"HeaderId": None, "CreationDate": None, "LastUpdateDate": None, "StatusCode": DRAFT}
        changed = {"SubmittedFlag": False, "SourceTransactionRevisionNumber": revision}
        copy = store.add(ORDERS, {**order.values, **fresh, **changed})
        for line in store.lines(order):
            self.lines.copy(line, copy)
        for accessor, name in _ADDRESSES.items():
            for child in store.children(ORDERS, order, accessor):
                store.add(name, {**child.values, "AddressId": None, "_HeaderId": copy.values["HeaderId"]})
        return copy

    def _submit(self, order: Record, body: Body) -> Record:
        """Submit a draft: it comes into force, and the version before is kept for reference. Raises ODataError."""
        store, values = self._store, order.values
        lines = store.lines(order)
        if not lines and not body.incomplete:
            raise body.refuse("rule", "A sales order needs at least one line to be submitted.", target="lines")
        for line in lines:
            self.lines.need_price(line, body)
        before = store.in_force(values["_root"])
        if before is not None:
            store.change(ORDERS, before, StatusCode=REFERENCE, OrderKey=str(before.values["HeaderId"]))
        gone = bool(lines) and all(line.values["CanceledFlag"] for line in lines)
        status = {"StatusCode": CANCELED if gone else OPEN, "CanceledFlag": gone, "OpenFlag": not gone}
        hold: dict[str, Any] = {}
        if before is None:
            # The date and time of the first submission is when the order was made.
            fault, code = store.state.hold_of(deal_of(order))
            if fault:
                self.add_hold(values["_root"], code, "Applied by a rule of the application", line=False)
                hold = {"_held_by": fault, "OnHoldFlag": True}
        order = store.touched(ORDERS, order, SubmittedFlag=True, _billable_s=store.clock.now_s(), **status, **hold)
        for line in lines:
            self.lines.submitted(line)
        return order

    def sum_up(self, order: Record) -> None:
        """Bring the totals of a version of an order up to date."""
        store, id_, lines = self._store, order.values["HeaderId"], self._store.lines(order)
        currency = order.values["TransactionalCurrencyCode"]
        listed = sum((_listed(line) for line in lines if not line.values["CanceledFlag"]), Decimal(0))
        amounts = (store.rounded(listed, currency), sum_of(lines, "ExtendedAmount"), sum_of(lines, "TaxAmount"))
        for child in store.children(ORDERS, order, "totals"):
            store.remove(TOTALS, (child.values["OrderTotalId"],))
        for (code, name), amount in zip(_TOTALS, amounts, strict=True):
            given = {"TotalCode": code, "TotalName": name, "TotalAmount": amount, "CurrencyCode": currency}
            store.add(TOTALS, {**given, "PrimaryFlag": code == _NET, "_HeaderId": id_})

    # -- references ----------------------------------------------------------------------------------

    def _customer(self, body: Body) -> dict[str, Any]:
        """The customer that a payload names by number, id or name. Raises ODataError."""
        store, given = self._store, body.given
        named = [name for name in ("BuyingPartyNumber", "BuyingPartyId", "BuyingPartyName") if given.get(name)]
        if not named:
            text = "A buying party is required: BuyingPartyNumber, BuyingPartyId or BuyingPartyName."
            raise body.refuse("missing_field", text, target="BuyingPartyNumber")
        attributes = {"BuyingPartyNumber": "PartyNumber", "BuyingPartyName": "OrganizationName"}
        attribute = attributes.get(named[0])
        value = given[named[0]]
        found = store.by(ORGANIZATIONS, attribute, value) if attribute else store.get(ORGANIZATIONS, value)
        if found is None:
            raise body.refuse("unknown_reference", f"The buying party {value} isn't valid.", target=named[0])
        values = found.values
        if values["Status"] != "A" or store.state.deactivates(values["_key"] or values["PartyNumber"]):
            raise body.refuse("inactive_reference", f"The buying party {value} is inactive.", target=named[0])
        return {
            "BuyingPartyNumber": values["PartyNumber"],
            "BuyingPartyId": values["PartyId"],
            "BuyingPartyName": values["OrganizationName"],
        }

    def _address(self, order: Record, name: str, body: Body) -> None:
        """The bill-to or ship-to customer of an order, whose account has to be one of the pod's. Raises ODataError."""
        given = body.given
        number = given.get("AccountNumber") or given.get("PartyNumber")
        if number and self._store.organization(number) is None:
            raise body.refuse(
                "unknown_reference", f"The customer account {number} isn't valid.", target="AccountNumber"
            )
        for child in self._store[name].find(("_HeaderId",), (order.values["HeaderId"],)):
            self._store.remove(name, (child.values["AddressId"],))
        self._store.add(name, {**given, "_HeaderId": order.values["HeaderId"]})

    def _business_unit(self, body: Body) -> dict[str, Any]:
        given = body.given
        if not given.get("BusinessUnitName") and not given.get("BusinessUnitId"):
            raise body.refuse("missing_field", "The attribute BusinessUnitName is required.", target="BusinessUnitName")
        for name, own in (("BusinessUnitName", BUSINESS_UNIT), ("BusinessUnitId", BUSINESS_UNIT_ID)):
            if given.get(name) not in (None, "", own):
                raise body.refuse("unknown_reference", f"The business unit {given[name]} isn't valid.", target=name)
        return {"BusinessUnitName": BUSINESS_UNIT, "BusinessUnitId": BUSINESS_UNIT_ID}

    def _usual_currency(self, party: str) -> str:
        found = self._store.organization(party)
        return str(found.values["CurrencyCode"] or "USD") if found is not None else "USD"

    def _need_currency(self, body: Body, code: str) -> None:
        if code not in self._store.currencies:
            name = "TransactionalCurrencyCode"
            raise body.refuse("unknown_reference", f"The currency {code} isn't valid.", target=name)

    # -- holds ---------------------------------------------------------------------------------------

    def add_hold(self, of: int, code: str, comments: str, *, line: bool) -> Record:
        """A hold of an order by its first version, or of a fulfillment line by its id."""
        whose = {"_FulfillLineId": of, "__root": None} if line else {"__root": of, "_FulfillLineId": None}
        given = {"HoldCode": code, "HoldName": code.replace("_", " ").title(), "HoldComments": comments}
        return self._store.add(HOLDS, {**given, **whose, "ApplyDate": self._store.now()})

    def release(self, hold: Record, reason: str, comments: str = "") -> None:
        """Release a hold."""
        given = {"HoldReleaseReasonCode": reason, "HoldReleaseComments": comments or None}
        self._store.change(HOLDS, hold, ActiveFlag=False, ReleaseDate=self._store.now(), **given)

    def note_holds(self, root: int) -> None:
        """Say in an order and its lines whether they are on hold."""
        store = self._store
        order = store.versions(root)[-1]
        own = any(hold.values["ActiveFlag"] for hold in store.children(ORDERS, order, "holds"))
        held = own
        for line in store.lines(order):
            on_hold = any(hold.values["ActiveFlag"] for hold in store.children(LINES, line, "holds"))
            held = held or on_hold
            store.change(LINES, line, OnHoldFlag=on_hold)
        kept = {} if own else {"_held_by": ""}
        store.touched(ORDERS, store.current(ORDERS, order), OnHoldFlag=held, **kept)

    def release_held_by(self, fault: str) -> None:
        """Somebody releases the orders that a fault has put on hold."""
        store = self._store
        for order in [*store[ORDERS].records.values()]:
            if order.values["_held_by"] == fault and order.values["StatusCode"] != REFERENCE:
                for hold in store.children(ORDERS, order, "holds"):
                    if hold.values["ActiveFlag"]:
                        self.release(hold, "REVIEWED")
                self.note_holds(order.values["_root"])


def _listed(line: Record) -> Decimal:
    values = line.values
    return Decimal(values["UnitListPrice"] * values["OrderedQuantity"])
