"""Incidents: one for each reason, with all the deals that it holds up; its owner gets one alert, kept up to date."""

from __future__ import annotations

import json
from typing import Any

from gameday_fakes.stacks.durable.definition import Definition, Reason
from gameday_fakes.stacks.durable.gate import Gate
from gameday_fakes.stacks.durable.pager import Pager, iso
from gameday_fakes.stacks.durable.store import Row, Store
from gameday_fakes.stacks.environment import Pace

#: Findings of the reconciler stay open after the deal is settled, for this long after the last one.
FINDINGS = ("missed", "mismatch", "duplicate_order")
FINDINGS_LAST_S = 180.0


class Incidents:
    """Opens, updates and resolves incidents; ``tick`` runs every few scenario seconds."""

    def __init__(
        self, definition: Definition, store: Store, pace: Pace, gates: dict[str, Gate], pager: Pager, flow: str
    ) -> None:
        self._definition = definition
        self._store = store
        self._pace = pace
        self._gates = gates
        self._pager = pager
        self._flow = flow

    def join(self, reason: Reason, deal: str, detail: str) -> None:
        """Add a deal to the incident of a reason and take it out of those that have not been alerted yet."""
        now_s = self._store.now_s()
        known = self._store.row("SELECT detail FROM incidents WHERE reason = ?", reason.code)
        member = self._store.row("SELECT detail FROM members WHERE reason = ? AND deal = ?", reason.code, deal)
        if known is not None and member is not None and known["detail"] == member["detail"] == detail:
            # While a system is closed, every waiting deal joins at each tick.
            return
        self._store.write(
            "INSERT INTO incidents (reason, first_seen_s, detail) VALUES (?, ?, ?) "
            "ON CONFLICT (reason) DO UPDATE SET detail = excluded.detail",
            reason.code, now_s, detail,
        )  # fmt: skip
        self._store.write(
            "INSERT INTO members VALUES (?, ?, ?, ?) ON CONFLICT (reason, deal) DO UPDATE SET detail = excluded.detail",
            reason.code, deal, now_s, detail,
        )  # fmt: skip
        if member is None:
            # It stays in an incident whose alert has already named it.
            self.leave(deal, but=reason.code)

    def leave(self, deal: str, *, but: str = "") -> None:
        """Take a deal out of the incidents, ``but`` for one, that have not been alerted yet: that trouble is over.

        That for which a gate is closed is not: where both are, a deal waits for either system.
        """
        kept = {but, *(gate.closed_by.code for gate in self._gates.values() if gate.closed_by is not None)}
        rows = self._store.rows(
            "SELECT members.reason FROM members JOIN incidents ON incidents.reason = members.reason "
            "WHERE members.deal = ? AND incidents.alerted_s = 0",
            deal,
        )  # fmt: skip
        for reason in {row["reason"] for row in rows} - kept:
            self._store.write("DELETE FROM members WHERE deal = ? AND reason = ?", deal, reason)

    def tick(self) -> None:
        """Update every incident."""
        self.gather_held_up()
        self._gather_backlog()
        for incident in self._store.rows("SELECT * FROM incidents"):
            self._update(incident)

    def gather_held_up(self) -> None:
        """While a gate is closed, every waiting deal is held up for its reason."""
        for gate in self._gates.values():
            if gate.closed_by is not None:
                for row in self._store.rows("SELECT id, detail FROM deals WHERE state = 'queued'"):
                    self.join(gate.closed_by, row["id"], row["detail"] or "waits until the system works again")

    def _gather_backlog(self) -> None:
        alerts = self._definition.alerts
        limit_s = self._pace.real_s(alerts.backlog_after_s, least_real_s=alerts.backlog_least_real_s)
        before_s = self._store.now_s() - limit_s
        oldest = self._store.row("SELECT min(received_s) FROM deals WHERE state = 'queued'")
        if oldest is None or oldest[0] is None or oldest[0] >= before_s:
            return
        late = self._store.rows(
            "SELECT id FROM deals WHERE state = 'queued' AND received_s < ? AND id NOT IN (SELECT deal FROM members)",
            before_s,
        )
        for row in late:
            self.join(self._definition.reasons["backlog"], row["id"], f"not settled after {alerts.backlog_after_s:g} s")

    def _update(self, incident: Row) -> None:
        reason = self._definition.reasons[incident["reason"]]
        members = self._store.rows("SELECT * FROM members WHERE reason = ? ORDER BY first_seen_s, deal", reason.code)
        open_ = [member for member in members if self._is_open(reason, member)]
        now_s = self._store.now_s()
        if not incident["alerted_s"]:
            if not open_:
                self._forget(reason)
            elif now_s - open_[0]["first_seen_s"] >= self._pace.real_s(reason.alert_after_s):
                settled = {member["deal"] for member in members} - {member["deal"] for member in open_}
                for deal in settled:
                    self._store.write("DELETE FROM members WHERE reason = ? AND deal = ?", reason.code, deal)
                self._alert(reason, open_, incident["detail"])
            return
        grown = self._known_of(reason) > incident["reported"]
        if grown and (
            not open_ or now_s - incident["alerted_s"] >= self._pace.real_s(self._definition.alerts.update_every_s)
        ):
            self._alert(reason, members, incident["detail"])
        if not open_:
            self._pager.resolve(self.key_of(reason), reason)
            self._forget(reason)

    def _is_open(self, reason: Reason, member: Row) -> bool:
        row = self._store.deal(member["deal"])
        if reason.code in FINDINGS:
            # A repair that has not helped yet is tried again, and until then the finding holds.
            repaired = row is None or not row["repairs"]
            new = self._store.now_s() - member["first_seen_s"] < self._pace.real_s(FINDINGS_LAST_S)
            return bool(new or not repaired)
        return row is not None and row["state"] in ("queued", "parked")

    def _forget(self, reason: Reason) -> None:
        self._store.write("DELETE FROM members WHERE reason = ?", reason.code)
        self._store.write("DELETE FROM incidents WHERE reason = ?", reason.code)

    def key_of(self, reason: Reason) -> str:
        """The deduplication key: later alerts with it update the first."""
        return f"{self._flow}/{reason.code}"

    def _alert(self, reason: Reason, members: list[Row], detail: str) -> None:
        self._store.write(
            "UPDATE incidents SET alerted_s = ?, reported = ? WHERE reason = ?",
            self._store.now_s(), self._known_of(reason), reason.code,
        )  # fmt: skip
        orders = self.orders_of(reason)
        self._pager.trigger(
            self.key_of(reason),
            reason,
            summary=f"{self._flow}: {reason.text}; {len(members)} deals affected",
            detail=detail,
            orders=orders,
            first_seen=iso(members[0]["first_seen_s"]),
        )

    def _known_of(self, reason: Reason) -> int:
        """How much an alert can say now: how many deals it names, and with how many of their payloads.

        What waited while its system was closed may never have been read before it is refused.
        """
        known = self._store.row(
            "SELECT count(*), count(CASE WHEN deals.payload != '{}' THEN 1 END) FROM members "
            "LEFT JOIN deals ON deals.id = members.deal WHERE members.reason = ?",
            reason.code,
        )  # fmt: skip
        return 0 if known is None else int(known[0]) + min(int(known[1]), self._definition.alerts.payloads)

    def orders_of(self, reason: Reason) -> list[dict[str, Any]]:
        """The deals of an incident, as alerts list them."""
        members = self._store.rows("SELECT * FROM members WHERE reason = ? ORDER BY first_seen_s, deal", reason.code)
        most = self._definition.alerts.payloads
        return [self._order(reason, member, with_payload=number < most) for number, member in enumerate(members)]

    def _order(self, reason: Reason, member: Row, *, with_payload: bool) -> dict[str, Any]:
        order = {
            "order": member["deal"],
            "reason": f"{reason.text}: {member['detail']}"[:400],
            "first_seen": iso(member["first_seen_s"]),
        }
        row = self._store.deal(member["deal"])
        if with_payload and row is not None:
            order["payload"] = json.loads(row["payload"])
            order["correlation"] = row["correlation"]
        return order
