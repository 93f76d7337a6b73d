"""Bugs that rely on what a vendor does not promise: a key that it ignores, a token that it has replaced, quiet."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import OtherCrm, OtherErp, OtherIncidents, Planted
from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.crms.salesforce import Client as Salesforce
from gameday_fakes.stacks.durable.definition import Reason, Source
from gameday_fakes.stacks.durable.erps.netsuite import ROOT
from gameday_fakes.stacks.durable.erps.netsuite import Client as NetSuite
from gameday_fakes.stacks.durable.erps.netsuite_errors import trouble_of
from gameday_fakes.stacks.durable.incidents import Incidents
from gameday_fakes.stacks.durable.orders import KeyedOrders, OrderWriter
from gameday_fakes.stacks.durable.store import Row
from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.exact_json import encode

_KEYS = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")


class _HeaderKeys(NetSuite):
    async def post_order(self, key: str, body: Mapping[str, Any]) -> str:
        """Create an order with the header that NetSuite reads of asynchronous requests only."""
        url = f"{self._transport.base_url}{ROOT}/record/v1/salesOrder"
        headers = {
            "authorization": self._signer.header("POST", url),
            "content-type": "application/json",
            "x-netsuite-idempotency-key": str(uuid.uuid5(_KEYS, key)),
        }
        reply = await self._transport.send("POST", url, headers=headers, content=encode(dict(body)))
        if reply.status_code >= 400:
            raise trouble_of(reply)
        return str(reply.headers.get("location", "")).rpartition("/")[2]


class _OrdersByHeader(KeyedOrders):
    _erp: _HeaderKeys

    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str:
        if row["order_id"]:
            return await self._erp.write("PATCH", f"/record/v1/salesOrder/{row['order_id']}?replace=item", body)
        return await self._erp.post_order(deal.id, body)


class TrustsHeaderKey(OtherErp):
    """Creates orders under an idempotency key in a header, which the ERP accepts and ignores."""

    only = "netsuite"
    caught_by = "delivery/reply_lost.feature"
    erp_class = _HeaderKeys

    @cached_property
    def orders(self) -> OrderWriter:
        return _OrdersByHeader(self.erp)


class _Refreshing(Salesforce):
    def __init__(
        self,
        transport: Transport,
        credentials: Mapping[str, str],
        source: Source,
        is_expected: Callable[[str], bool] = lambda _: True,
    ) -> None:
        super().__init__(transport, credentials, source, is_expected)
        self._session._form = {
            "grant_type": "refresh_token",
            "client_id": credentials["client_id"],
            "refresh_token": credentials["refresh_token"],
        }
        self._session._accept = self._keep

    def _keep(self, login: Any) -> None:
        self._check_organization(login)
        self._session._form["refresh_token"] = login.get("refresh_token", self._session._form["refresh_token"])


class KeepsUsedRefreshToken(OtherCrm):
    """Logs in by a refresh token that each use replaces: where the reply is lost, it has only the used one."""

    caught_by = "modes/rotation_reply_lost.feature"
    crm_class = _Refreshing


class _AlertsOnce(Incidents):
    def _alert(self, reason: Reason, members: list[Row], detail: str) -> None:
        fact = f"alerted before:{reason.code}"
        if self._store.fact(fact) == "resolved":
            self._store.write("UPDATE incidents SET alerted_s = ? WHERE reason = ?", self._store.now_s(), reason.code)
            return
        super()._alert(reason, members, detail)
        self._store.set_fact(fact, "open")

    def _forget(self, reason: Reason) -> None:
        super()._forget(reason)
        if self._store.fact(f"alerted before:{reason.code}"):
            self._store.set_fact(f"alerted before:{reason.code}", "resolved")


class AlertsOnceOnly(OtherIncidents):
    """Alerts about each kind of trouble once: when a system fails again, nobody hears of it."""

    caught_by = "modes/flapping.feature"
    incidents_class = _AlertsOnce


COMPOSITIONS: dict[str, type[Planted]] = {
    "trusts-header-key": TrustsHeaderKey,
    "keeps-used-refresh-token": KeepsUsedRefreshToken,
    "alerts-once-only": AlertsOnceOnly,
}
