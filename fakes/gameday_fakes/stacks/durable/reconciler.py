"""The reconciler: compares the two ledgers by deal, currency, total and tax, and repairs what is safe to repair.

It reads what changed in the CRM since its last pass, plus an overlap, because rows may become visible late. Its cursor
is the CRM's own time and moves only after a complete pass.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from decimal import Decimal

from gameday_fakes.stacks.durable.contract import is_void
from gameday_fakes.stacks.durable.crm import Crm, Record, read_in_batches
from gameday_fakes.stacks.durable.definition import Definition
from gameday_fakes.stacks.durable.differences import compared, difference_of, is_safe, values
from gameday_fakes.stacks.durable.doubts import deals_in_doubt, is_in_doubt, renew_doubts, with_late_invoices
from gameday_fakes.stacks.durable.erp import Erp, LedgerOrder
from gameday_fakes.stacks.durable.findings import Finding, Findings
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.incidents import Incidents
from gameday_fakes.stacks.durable.orders import CANCELLED, UNCHANGED, WRONG
from gameday_fakes.stacks.durable.rollout import Rollout
from gameday_fakes.stacks.durable.store import Row, Store
from gameday_fakes.stacks.durable.untaxed import TAX, Untaxed, Wrong
from gameday_fakes.stacks.environment import Pace

_log = logging.getLogger("durable")

CURSOR = "reconciler_cursor"
CUSTOMER_CURSOR = "reconciler_customer_cursor"
#: The fact with the version of its customer for which a deal was read again.
READ_FOR = "read_for_customer:"
#: The fact with what a deal was compared with when it was last repaired.
REPAIRED = "repaired:"
#: Stands in what is noted about a difference of the account, and of nothing else.
ACCOUNT = "account"


class Reconciler:
    """The reconciler of one flow. ``totals`` holds the last pass's totals by system and currency, for the metrics."""

    def __init__(
        self,
        definition: Definition,
        pace: Pace,
        store: Store,
        inbox: Inbox,
        crm: Crm,
        erp: Erp,
        incidents: Incidents,
        findings: Findings,
    ) -> None:
        self._definition = definition
        self._rules = definition.reconcile
        self._pace = pace
        self._store = store
        self._inbox = inbox
        self._crm = crm
        self._erp = erp
        self._incidents = incidents
        self._findings = findings
        self.rollout = Rollout(store)
        self._untaxed = Untaxed(self._rules, pace, store)
        self.totals: dict[tuple[str, str], Decimal] = {}
        self.counts: dict[str, int] = {}

    async def run_once(self) -> None:
        """Make one pass. Raises Trouble if a ledger cannot be read; the next pass covers the same window."""
        changed = await self._changed()
        self._prioritize(changed)
        unverified = []
        for record in changed:
            row = self._store.deal(record["id"])
            if row is None:
                if not is_void(record):
                    self._inbox.add(record["id"], record)
            elif row["state"] == "done" and row["verified"] != compared(record):
                if is_void(record) and row["digest"] != CANCELLED and row["version"] < record["version"]:
                    # No event tells of a deleted deal. The ERP need not answer for it to be queued, so that alerts
                    # name it while the ERP fails.
                    self._inbox.add(record["id"])
                else:
                    unverified.append(record)
        known = {record["id"] for record in unverified}
        untaxed = [deal for deal in self._untaxed.begin() if deal not in known]
        doubtful = await deals_in_doubt(self._store, self._crm, self._definition, self._pace, also=untaxed)
        unverified += [record for record in doubtful if record["id"] not in known]
        self.totals, self.counts = {}, {"crm": 0, "erp": 0}
        for start in range(0, len(unverified), self._rules.page):
            page = unverified[start : start + self._rules.page]
            orders = await self._erp.ledger([record["id"] for record in page])
            taxes = await self._taxes(page)
            for record in page:
                found = await with_late_invoices(self._store, self._erp, record, orders.get(record["id"], []))
                self._compare({**record, **taxes.get(record["id"], {})}, found)
            await self._findings.report()
        for wrong in self._untaxed.chosen():
            self._repair(wrong)
        self._report_missed()
        self._read_unchanged()
        await self.follow_customers()
        if changed:
            self._store.set_fact(CURSOR, max(record["version"] for record in changed))
        for (system, currency), total in self.totals.items():
            _log.info("reconciled in %s: %s %s %s", system, self.counts[system], total, currency)

    async def _taxes(self, records: Iterable[Record]) -> dict[str, Record]:
        """The ``tax`` on the deals that have changed since they were written, as far as they can be read.

        An event may have announced a write-back alone, or of lines of which only the tax is another. Where events say
        nothing of a deal, it is read again as a whole.
        """
        doubtful = [
            record for record in records if not self._crm.bare_events and not is_void(record) and self._is_newer(record)
        ]
        # Those in doubt have been read with their lines.
        unread = [record["id"] for record in doubtful if "lines" not in record]
        taxes: dict[str, Record] = {}
        for read in (*doubtful, *await read_in_batches(self._crm, unread, self._definition.source.batch)):
            if "lines" in read:
                tax = sum((Decimal(str(line.get("tax") or 0)) for line in read["lines"]), Decimal(0))
                taxes[read["id"]] = {"tax": str(tax)}
        return taxes

    def _is_newer(self, record: Record) -> bool:
        row = self._store.deal(record["id"])
        return row is not None and bool(row["version"] < record["version"])

    async def triage(self) -> None:
        """Let the large deals go before the others that wait, where events do not say how large a deal is."""
        if self._crm.bare_events:
            self._prioritize(await self._changed())

    def _prioritize(self, changed: Iterable[Record]) -> None:
        for record in changed:
            self._store.prioritize(record["id"], record)

    async def follow_customers(self) -> None:
        """Read the deals again whose customers have changed: their formulas have no version of their own.

        They are read once more by the next pass: within a tick of the CRM's clock a customer may change again.
        """
        since = self._store.fact(CUSTOMER_CURSOR)
        versions = await self._crm.recalculated(since, self._pace.real_s(self._rules.overlap_s))
        for deal, version in versions.items():
            row, read_for = self._store.deal(deal), f"{READ_FOR}{deal}"
            # One that is being worked on may have been read before; the next passes cover the same window.
            known, twice = self._store.fact(read_for), f"{version} twice"
            if row is not None and row["state"] == "done" and row["version"] <= version and known != twice:
                self._store.set_fact(read_for, twice if known == version else version)
                self._inbox.add(deal)
        if versions:
            self._store.set_fact(CUSTOMER_CURSOR, max(versions.values()))

    def _read_unchanged(self) -> None:
        """Read the deals again that had changed and looked as before, for as long as rows may become visible late."""
        since_s = self._store.now_s() - self._pace.real_s(self._rules.overlap_s)
        for deal, noted_s in self._store.facts(UNCHANGED).items():
            if float(noted_s) < since_s:
                self._store.set_fact(f"{UNCHANGED}{deal}", "")
            else:
                self._inbox.add(deal)

    async def _changed(self) -> list[Record]:
        """The deals that changed in the window: won, void and deleted ones."""
        changed = await self._crm.changed(self._store.fact(CURSOR), self._pace.real_s(self._rules.overlap_s))
        if (listed := self._crm.listed()) is not None:
            # Nothing else tells of what was deleted while nobody followed it, as during a restart.
            for row in self._store.rows("SELECT id FROM deals WHERE state = 'done' AND digest != ?", CANCELLED):
                if row["id"] not in listed:
                    self._inbox.add(row["id"])
        return changed

    def _compare(self, record: Record, orders: list[LedgerOrder]) -> None:
        row = self._store.deal(record["id"])
        if row is None or row["state"] != "done":
            # It is being worked on again; the next pass compares it, because its version is not verified.
            return
        open_ = [order for order in orders if not order.ended]
        self._count(record, open_)
        difference = self._difference(row, record, open_)
        amended, repairs = row["version"] < record["version"] and row["verified"], self._repairs(row, record)
        if difference and not amended:
            self.rollout.differs(record["id"])
        if difference:
            renew_doubts(self._store, record["id"])
        unread = row["version"] < record["version"] and self._crm.bare_events
        unread = unread or Decimal(record.get("tax", row["tax"])) != Decimal(row["tax"])
        if not difference and unread and not is_void(record):
            # Its lines may be others, of the same total; or their tax is another.
            self._inbox.add(record["id"])
        elif not difference:
            self._untaxed.leave(record["id"], right=not is_void(record))
            self._store.set_deal(record["id"], verified=compared(record), repairs=0)
        elif len(open_) > 1 and not self._may_cancel(row, record, open_, repairs):
            self._find("duplicate_order", row, f"orders {', '.join(order.id for order in open_)}: {difference}", record)
        elif amended:
            # Amended since, and no event arrived: the order is late, not wrong.
            self._again(row, record, difference, repairs)
        elif is_safe(record, open_) and repairs < self._most_repairs(difference):
            wrong = Wrong(row, record, difference, repairs)
            if not self._untaxed.waits(wrong):
                self._repair(wrong)
            if repairs == self._rules.repairs or self._untaxed.lasts(row["id"]):
                self._findings.add(Finding("mismatch", row, difference, record, repaired=True))
        else:
            self._find("mismatch", row, difference, record)

    def _difference(self, row: Row, record: Record, orders: list[LedgerOrder]) -> str:
        """How a deal differs from its open orders, in words; empty if it does not."""
        if is_void(record):
            return f"void in the CRM, {len(orders)} open orders in the ERP" if orders else ""
        return (
            difference_of(record, orders)
            or self.account_difference(row, record)
            or self._customer_difference(row, orders[0])
            or self.tax_difference(row, orders[0])
        )

    def _find(self, code: str, row: Row, difference: str, record: Record) -> None:
        """Find what is not safe to repair."""
        self._untaxed.leave(row["id"], right=False)
        self._findings.add(Finding(code, row, difference, record))

    def _repair(self, wrong: Wrong) -> None:
        self._store.note(wrong.row["id"], "repaired", wrong.difference)
        self._again(*wrong)

    def _may_cancel(self, row: Row, record: Record, orders: list[LedgerOrder], repairs: int) -> bool:
        """Whether orders beside a deal's one are writes of this sync that it gave up, so that it may cancel them.

        An ERP that knows a repeated write by its key makes no second order of it: there others have made it.
        """
        own = not self._erp.takes_keys and is_in_doubt(self._store, row["id"])
        return own and is_safe(record, orders) and repairs < self._rules.repairs

    def _repairs(self, row: Row, record: Record) -> int:
        """How often a deal was repaired as it is now: one that was amended since the last time begins again."""
        return row["repairs"] if self._store.fact(f"{REPAIRED}{row['id']}") == values(record) else 0

    def _most_repairs(self, difference: str) -> int:
        """How often a deal is written anew: a tax engine that is down comes back, and is not worth a person's time."""
        return self._rules.repairs * (6 if TAX in difference else 1)

    def tax_difference(self, row: Row, order: LedgerOrder) -> str:
        """The tax on the deal as it was written: the CRM states it of the lines only, which are not read here."""
        tax = Decimal(row["tax"])
        return "" if order.tax == tax else f"{tax} {order.currency} {TAX} in the CRM, {order.tax} in the ERP"

    def account_difference(self, row: Row, record: Record) -> str:
        """The account since the order was written: merging accounts gives their deals another one, without an event.

        Where the former id goes on to lead to the account, the order is right as it is.
        """
        if self._crm.keeps_former_ids:
            return ""
        before, now = row["account"], record.get("account")
        return f"{ACCOUNT} {now} in the CRM, {before} in the ERP" if before and now and now != before else ""

    def _customer_difference(self, row: Row, order: LedgerOrder) -> str:
        """The customer to whom a write that was carried out late has given an order back.

        Otherwise whom an order is for is left to those who work in the ERP: they may have merged customers.
        """
        before, now = row["customer"], order.customer
        if not before or not now or now.upper() == before.upper() or not is_in_doubt(self._store, row["id"]):
            return ""
        return f"{ACCOUNT} {before} was written, {now} in the ERP"

    def _again(self, row: Row, record: Record, difference: str, repairs: int) -> None:
        # Of the same net total, an invoice may have the wrong tax or customer too: another value has it made anew.
        invoice_digest = WRONG if TAX in difference or ACCOUNT in difference else ""
        self._store.set_deal(row["id"], digest="", invoice_digest=invoice_digest, repairs=repairs + 1)
        self._store.set_fact(f"{REPAIRED}{row['id']}", values(record))
        self._inbox.add(row["id"])

    def _count(self, record: Record, orders: list[LedgerOrder]) -> None:
        if not is_void(record):
            self._add("crm", str(record.get("currency")), Decimal(str(record.get("amount") or 0)))
        for order in orders:
            self._add("erp", order.currency, order.total)

    def _add(self, system: str, currency: str, amount: Decimal) -> None:
        self.counts[system] += 1
        self.totals[system, currency] = self.totals.get((system, currency), Decimal(0)) + amount

    def _report_missed(self) -> None:
        """Report deals whose event is so late that it will not arrive."""
        limit_s = self._store.now_s() - self._pace.real_s(self._rules.missed_alert_after_s)
        reason = self._definition.reasons["missed"]
        for row in self._store.rows("SELECT id FROM deals WHERE delivered = 0 AND received_s < ?", limit_s):
            self._store.set_deal(row["id"], delivered=2)
            self._incidents.join(reason, row["id"], "no event arrived for this deal")
