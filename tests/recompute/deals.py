"""What became of each deal, by the two ledgers, and when."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from recompute.fields import differing, mapped_fields
from recompute.over_time import Held, closings, last_break, left, once_open, replaced, rest, right_spans, stated_only
from recompute.records import Json, Records, Write

#: Of the currencies that do not have two (ISO 4217), as far as the records have them.
DECIMALS = {"JPY": 0, "KRW": 0, "CLP": 0, "KWD": 3, "BHD": 3, "JOD": 3, "TND": 3}
LINE = ("quantity", "unitPrice", "discount", "tax", "amount")


@dataclass
class Deal:
    """One deal with all that is said about it."""

    entry: Json
    live: list[Json]
    bills: list[Json]
    state: str = "ok"
    bad: tuple[bool, bool] = (False, False)
    credited: set[str] = field(default_factory=set)
    pending: bool = False
    ordered_s: float | None = None
    arrived_s: float | None = None
    affected_s: float | None = None
    hit: bool = False
    touched: bool = False
    reported: str = ""
    reported_s: float | None = None
    reasons: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return str(self.entry["id"])

    @property
    def amount(self) -> Decimal:
        return Decimal(self.entry["total"])

    @property
    def affected(self) -> bool:
        return self.state != "ok"

    def affected_before(self, moment_s: float, records: Records) -> bool:
        """Whether it was affected before a moment, and if it was only due by then, by more than the margin."""
        if self.affected_s is None:
            return False
        due = self.affected_s == self.entry["changed_s"] + records.latency_s
        return self.affected_s + (records.margin_s if due else 0.0) < moment_s

    @property
    def wrong(self) -> bool:
        return self.state not in ("ok", "late")

    @property
    def unreported(self) -> bool:
        return self.state in ("lost", "duplicated", "mismatched") and not self.reported

    def late_s(self, horizon_s: float) -> float:
        if self.affected_s is None:
            return 0.0
        return max(0.0, (horizon_s if self.ordered_s is None else self.ordered_s) - self.affected_s)


def is_open(bill: Json) -> bool:
    credited = Decimal(bill.get("credited", "0"))
    return not credited or abs(credited) < abs(Decimal(bill["total"]))


def owed(bill: Json) -> Decimal:
    return Decimal(bill["total"]) - Decimal(bill.get("credited", "0"))


class Reconciled:
    """All deals of a run and the orders that belong to none."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.contract = records.contract
        orders: dict[str, list[Json]] = defaultdict(list)
        ids = {entry["id"] for entry in records.crm["entries"]}
        self.orphans: list[Json] = []
        others = {order["id"] for order in records.erp.get("others", ())}
        for order in records.erp["entries"]:
            if order["id"] in others:
                continue
            match = self.contract["match"]
            names = [order["keys"].get(match, "")] if match else list(order["keys"].values())
            deal = next((self._referred(name) for name in names if self._referred(name) in ids), None)
            if deal is not None:
                orders[deal].append(order)
            elif order["state"] == "open" or any(is_open(bill) for bill in order.get("invoices", ())):
                self.orphans.append(order)
        self._stated = self._what_is_stated()
        self.mapped = mapped_fields(records)
        self.deals = [self._deal(entry, orders[entry["id"]]) for entry in records.crm["entries"]]

    def _referred(self, name: str) -> str:
        before, _, after = self.contract["match_pattern"].partition("{deal}")
        if not name.startswith(before) or not name.endswith(after):
            return ""
        return name[len(before) : len(name) - len(after)]

    # -- what differs ------------------------------------------------------------------------------

    def _what_is_stated(self) -> dict[str, bool]:
        """Whether both systems state a field that not every system has."""
        crm, erp = self.records.crm, self.records.erp
        bills = [bill for order in erp["entries"] for bill in order.get("invoices", ())]

        def any_of(documents: Iterable[Json], name: str, states: Iterable[str]) -> bool:
            documents = list(documents)
            if name in states or not documents:
                return True
            if name.startswith("line."):
                return any(line.get(name[5:]) is not None for d in documents for line in d.get("lines", ()))
            return any(d.get(name) for d in documents)

        found = {}
        said = [name.removeprefix("invoice.") for name in erp.get("states", ()) if name.startswith("invoice.")]
        for name in ("date", "customer", "subsidiary", "terms", "line.discount", "line.tax"):
            in_crm = any_of(crm["entries"], name, crm.get("states", ()))
            found[name] = in_crm and any_of(erp["entries"], name, erp.get("states", ()))
            found[f"invoice.{name}"] = in_crm and any_of(bills, name, said)
        found["invoice.period"] = any_of(bills, "period", said)
        found["invoice.lines"] = any_of(bills, "lines", said)
        return found

    def _same(self, name: str, crm: str, erp: str) -> bool:
        """Whether two values of a field agree, by the contract."""
        rule = self.contract.get("rules", {}).get(name)
        if not self._stated.get(name, True) or (rule and rule["compare"] == "ignored") or crm == erp:
            return True
        last = name.rpartition(".")[2]
        if last in ("date", "period", "customer", "currency", "subsidiary", "terms"):
            return bool(rule and rule.get("days") and _days(crm, erp) <= rule["days"])
        ours, theirs = Decimal(crm), Decimal(erp)
        amount = share = Decimal(0)
        if rule:
            amount, share = Decimal(rule.get("amount", "0")), Decimal(rule.get("share", "0"))
        elif last in ("total", "amount", "tax"):
            amount = Decimal(self.contract["tolerance"])
        elif last == "unitPrice":
            share = Decimal(self.contract["price_tolerance"])
        return abs(ours - theirs) <= max(amount, share * abs(ours))

    def _customer(self, deal: Json, document: Json) -> tuple[str, str]:
        account, customer = deal["customer"], document.get("customer", "")
        name = self.contract.get("customer_match", "")
        if not name:
            return account, customer
        fields = {"account": account, **self.records.crm.get("customers", {}).get(account, {})}
        expected = self.contract["customer_pattern"]
        for key, value in fields.items():
            expected = expected.replace(f"{{{key}}}", value)
        known = self.records.erp.get("customers", {}).get(customer, {})
        return (account if "{" in expected else expected), known.get(name, "")

    def _differs(self, deal: Json, document: Json, prefix: str = "") -> tuple[bool, bool]:
        """Whether a document differs, and whether in anything that the ERP states."""
        total = document["total"] if not prefix else str(owed(document))
        pairs = [
            ("date", deal.get("date", ""), document.get("date", "")),
            ("customer", *self._customer(deal, document)),
            ("currency", deal["currency"], document["currency"]),
            ("subsidiary", deal.get("subsidiary", ""), document.get("subsidiary", "")),
            ("terms", deal.get("terms", ""), document.get("terms", "")),
            ("total", deal["total"], total),
        ]
        if prefix:
            date = document.get("date") or deal.get("date", "")
            pairs.append(("period", date[:7], document.get("period", "")))
        bad = [erp for name, crm, erp in pairs if not self._same(prefix + name, crm, erp)]
        bad += [erp for _, erp in differing(self.mapped[prefix.rstrip(".") or "order"], deal, document)]
        if not prefix and self.mapped["customer"]:
            account = {"fields": self.records.crm.get("customers", {}).get(deal["customer"], {})}
            customer = {"fields": self.records.erp.get("customers", {}).get(document.get("customer", ""), {})}
            bad += [erp for _, erp in differing(self.mapped["customer"], account, customer)]
        if prefix and not self._stated["invoice.lines"]:
            return bool(bad), any(bad)
        if prefix and Decimal(document.get("credited", 0)):
            short = self._billed_short(deal["lines"], document.get("lines", ()))
            untaxed = self._tax_differs(deal, document)
            return bool(bad) or short or untaxed, any(bad) or short or untaxed
        missing, wrong = self._lines_differ(deal["lines"], document.get("lines", ()), prefix)
        return bool(bad) or missing or wrong, any(bad) or wrong

    def _tax_differs(self, deal: Json, bill: Json) -> bool:
        """Whether the tax that credit memos have left is another than the deal's, by more than what is rounded."""
        if "credited_tax" not in bill or not self._stated["invoice.line.tax"]:
            return False
        sold, billed = (
            sum((Decimal(line.get("tax") or 0) for line in each.get("lines", ())), Decimal(0)) for each in (deal, bill)
        )
        left = billed - Decimal(bill["credited_tax"])
        lines = len(deal["lines"]) + 2 * len(bill.get("lines", ()))
        most = lines * Decimal(10) ** -DECIMALS.get(deal["currency"], 2)
        return abs(sold - left) > most and not self._same("invoice.line.tax", str(sold), str(left))

    def _billed_short(self, sold: list[Json], billed: list[Json]) -> bool:
        """Whether an invoice has less of any product than was sold: no credit memo adds anything."""
        sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
        for side, lines in enumerate((sold, billed)):
            for line in lines:
                sums[line["sku"]][side] += Decimal(line["amount"])
        return any(
            ours > 0 and theirs < ours and not self._same("invoice.line.amount", str(ours), str(theirs))
            for ours, theirs in sums.values()
        )

    def _lines_differ(self, sold: list[Json], booked: list[Json], prefix: str) -> tuple[bool, bool]:
        """Whether a product is missing, and whether lines of a product that is there differ."""
        ours, theirs = defaultdict(list), defaultdict(list)
        for side, lines in ((ours, sold), (theirs, booked)):
            for line in lines:
                side[line["sku"]].append(line)
        missing = any(sku not in theirs for sku in ours)
        wrong = any(
            len(ours[sku]) != len(theirs[sku]) or not self._paired(ours[sku], theirs[sku], prefix)
            for sku in list(theirs)
        )
        return missing, wrong

    def _paired(self, ours: list[Json], theirs: list[Json], prefix: str) -> bool:
        """Whether every line has one that agrees with it: a matching by augmenting paths."""
        taken: dict[int, int] = {}

        def place(row: int, seen: set[int]) -> bool:
            for column, other in enumerate(theirs):
                if column in seen or not self._same_line(ours[row], other, prefix):
                    continue
                seen.add(column)
                if column not in taken or place(taken[column], seen):
                    taken[column] = row
                    return True
            return False

        return all(place(row, set()) for row in range(len(ours)))

    def _same_line(self, ours: Json, theirs: Json, prefix: str) -> bool:
        names = {name: "unit_price" if name == "unitPrice" else name for name in LINE}
        if differing(self.mapped[f"{prefix}line"], ours, theirs):
            return False
        return all(
            self._same(f"{prefix}line.{field}", str(ours.get(name) or 0), str(theirs.get(name) or 0))
            for field, name in names.items()
        )

    def _head_differs(self, deal: Json, order: Json) -> bool:
        """Whether an order differs in more than its lines and what they come to."""
        like = {**order, "total": deal["total"], "lines": deal["lines"]}
        return self._differs(deal, like)[0]

    def _over_credited(self, orders: list[Json]) -> set[str]:
        """The invoices of which credit memos took back more than they came to."""
        found = set()
        for bill in (bill for order in orders for bill in order.get("invoices", ())):
            total, credited = abs(Decimal(bill["total"])), abs(Decimal(bill.get("credited", 0)))
            if credited > total and not self._same("invoice.total", str(total), str(credited)):
                found.add(str(bill["id"]))
        return found

    # -- what became of a deal -----------------------------------------------------------------------

    def _deal(self, entry: Json, orders: list[Json]) -> Deal:
        live = [order for order in orders if order["state"] == "open"]
        made = [bill for order in orders for bill in order.get("invoices", ())]
        bills = [bill for bill in made if is_open(bill)]
        if not bills and made and entry["state"] == "won" and not Decimal(entry["total"]):
            # What was sold came to nothing since: the last invoice, taken back in full, bills just that.
            bills = [sorted(made, key=lambda bill: bill["time_s"])[-1]]
        deal = Deal(entry, live, bills)
        writes = self.records.log.writes.get(deal.id, [])
        stated = False
        if entry["state"] == "void":
            deal.state = "mismatched" if live or bills or self._over_credited(orders) else "ok"
        elif not live:
            deal.state = "lost"
        elif len(live) > 1 or len(bills) > 1:
            deal.state = "duplicated"
        else:
            order_bad, order_stated = self._differs(entry, live[0])
            bill_bad, bill_stated = (
                self._differs(entry, bills[0], "invoice.") if bills else (self.contract["invoiced"], False)
            )
            stated = order_stated or bill_stated
            again = self._over_credited(orders)
            deal.bad, stated = (order_bad, bill_bad or bool(again)), stated or bool(again)
            deal.credited = set() if order_bad or bill_bad else again
            deal.state = "mismatched" if order_bad or bill_bad or again else "ok"
            no_lines = bool(entry["lines"]) and not live[0]["lines"] and not self._head_differs(entry, live[0])
            before = live[0]["changed_s"] < entry["changed_s"]
            old = all(bill["time_s"] < entry["changed_s"] for bill in bills)
            deal.pending = deal.state == "mismatched" and (no_lines or before or (not order_bad and old)) and not again
        if entry["state"] == "void" and not live and not bills:
            deal.credited = self._over_credited(orders)
        if entry["state"] == "void" and deal.state == "mismatched":
            before = any(order["changed_s"] < entry["changed_s"] for order in live)
            deal.pending = before or (not live and all(bill["time_s"] < entry["changed_s"] for bill in bills))
            deal.pending &= not self._over_credited(orders)
        self._time(deal, orders, writes, stated)
        deal.hit = deal.id in self.records.log.hits
        deal.touched = deal.hit or self._on_its_way(deal, orders)
        return deal

    def _time(self, deal: Deal, orders: list[Json], writes: list[Write], stated: bool) -> None:
        self.stated = stated_only(orders, writes)
        entry, due_s = deal.entry, deal.entry["changed_s"] + self.records.latency_s
        if deal.state == "ok":
            deal.ordered_s = deal.arrived_s = self._agreed_s(deal, orders, writes)
            if deal.ordered_s > due_s + self.records.margin_s:
                spans = right_spans(self._all(writes), self._right(deal, writes), entry["changed_s"])
                unshown_s = self._agreed_s(deal, orders, writes, but_opened=True)
                came_s = replaced(spans, (due_s, due_s + self.records.margin_s), deal.ordered_s, unshown_s)
                deal.ordered_s = deal.arrived_s = came_s
                if deal.ordered_s <= due_s + self.records.margin_s:
                    return
                deal.state, deal.affected_s = "late", due_s
                deal.affected_s = self._broke_s(deal, writes, due_s, deal.ordered_s) or due_s
                if deal.affected_s > due_s:
                    deal.arrived_s = self.first_right_s
            return
        deal.affected_s = due_s
        if deal.state == "duplicated":
            there = [max(o["time_s"], entry["changed_s"]) for o in deal.live if o["changed_s"] >= entry["changed_s"]]
            deal.arrived_s = min(there, default=None)
        if deal.credited:
            times = [w.time_s for w in writes if w.invoice in deal.credited and w.outcome != "fail"]
            deal.affected_s = max(times, default=due_s)
            self._broke_s(deal, writes, due_s, None)
            deal.arrived_s = self.first_right_s if deal.affected_s > due_s else None
            return
        if (broke_s := self._broke_s(deal, writes, due_s, None)) is not None:
            deal.affected_s = broke_s
            if deal.state != "duplicated":
                deal.arrived_s = self.first_right_s
        elif deal.state == "duplicated":
            twice = deal.live if len(deal.live) > 1 else deal.bills
            deal.affected_s = sorted(each["time_s"] for each in twice)[1]
        elif deal.state == "mismatched" and stated and deal.bills and not deal.bad[0]:
            since_s = self._bill_s(deal.bills[0], writes, entry["changed_s"])
            deal.affected_s = due_s if since_s < entry["changed_s"] else min(due_s, since_s)
        elif deal.bad[0] and stated and deal.live[0]["changed_s"] >= entry["changed_s"]:
            commits = _commits(writes, deal.live[0]["id"])
            since_s = _since(commits, lambda w: w.total != deal.amount, entry["changed_s"])
            deal.affected_s = min(due_s, deal.live[0]["changed_s"] if since_s is None else since_s)

    def _agreed_s(self, deal: Deal, orders: list[Json], writes: list[Write], *, but_opened: bool = False) -> float:
        changed_s = float(deal.entry["changed_s"])
        ends = closings(writes)
        for order in orders:
            if order["state"] == "open":
                ends.pop(("order", order["id"]), None)
            else:
                ends.setdefault(("order", order["id"]), order["changed_s"])
        for bill in deal.bills:
            ends.pop(("invoice", bill["id"]), None)
        opened = once_open(writes) if but_opened else ()
        changed_s = max([changed_s, *(end_s for name, end_s in ends.items() if name not in opened)])
        if deal.entry["state"] == "void":
            return changed_s
        changed_s, last_s = float(deal.entry["changed_s"]), changed_s
        order = deal.live[0]
        commits = _commits(writes, order["id"])
        agreed_s: float
        if commits:
            since_s = _since(commits, _like(commits, Decimal(order["total"])), changed_s)
            agreed_s = max(order["time_s"] if since_s is None else since_s, changed_s)
        else:
            agreed_s = order["time_s"] if changed_s <= order["time_s"] else max(order["changed_s"], changed_s)
        agreed_s = max(agreed_s, last_s)
        if not self.contract["invoiced"]:
            return agreed_s
        bill = deal.bills[0]
        return max(agreed_s, bill["time_s"], self._bill_s(bill, writes, changed_s))

    def _bill_s(self, bill: Json, writes: list[Write], changed_s: float) -> float:
        """Since when an invoice is as it is now."""
        mine = [w for w in writes if w.invoice == bill["id"] and w.outcome != "fail"]
        since_s = _since(mine, _like(mine, Decimal(bill["total"])), changed_s)
        return float(bill["time_s"] if since_s is None else since_s)

    def _broke_s(self, deal: Deal, writes: list[Write], due_s: float, repaired_s: float | None) -> float | None:
        """When it ceased to be right, if it was right when it was due."""
        due, right = (due_s, due_s + self.records.margin_s), self._right(deal, writes)
        broke_s, self.first_right_s = last_break(self._all(writes), right, deal.entry["changed_s"], due, repaired_s)
        return broke_s

    def _all(self, writes: list[Write]) -> list[Write]:
        """With what only the ledger states."""
        return sorted([*writes, *self.stated], key=lambda write: write.time_s)

    def _right(self, deal: Deal, writes: list[Write]) -> Callable[[list[Held], list[Held], bool], bool]:
        """Whether open orders and invoices are what the deal needs."""
        void, with_bill = deal.entry["state"] == "void", self.contract["invoiced"]
        order = left(self._all(writes), "order", deal.live[0]["id"]) if len(deal.live) == 1 else None
        bill = left(self._all(writes), "invoice", deal.bills[0]["id"]) if len(deal.bills) == 1 else None

        def good(held: Held, now: Held | None, *, bad: bool) -> bool:
            if now is None or bad:
                return rest(held) == deal.amount and held != now
            credited = " less " in held[1] or " less " in now[1]
            return held == now or (credited and rest(held) == deal.amount)

        def right(orders: list[Held], bills: list[Held], credited: bool) -> bool:
            if void:
                return not orders and not bills
            return (
                len(orders) == 1
                and (len(bills) == 1 if with_bill and (deal.amount or not credited) else len(bills) < 2)
                and good(orders[0], order, bad=deal.bad[0])
                and all(good(held, bill, bad=deal.bad[1]) for held in bills)
            )

        return right

    def _on_its_way(self, deal: Deal, orders: list[Json]) -> bool:
        entry = deal.entry
        until_s = deal.arrived_s if deal.state == "duplicated" else deal.ordered_s
        until_s = self.records.horizon_s if until_s is None else until_s
        ways = [(entry["time_s"], until_s)]
        if entry["changed_s"] > entry["time_s"]:
            first_s = min((order["time_s"] for order in orders), default=entry["changed_s"])
            ways = [(entry["time_s"], min(first_s, entry["changed_s"])), (entry["changed_s"], until_s)]
        return any(s <= until and e >= since for s, e in self.records.log.windows for since, until in ways)


def _days(a: str, b: str) -> float:
    try:
        return abs((datetime.date.fromisoformat(a) - datetime.date.fromisoformat(b)).days)
    except ValueError:
        return float("inf")


def _commits(writes: list[Write], order: str) -> list[Write]:
    return [w for w in writes if w.kind == "order_write" and w.outcome != "fail" and w.order == order]


def _like(writes: list[Write], total: Decimal) -> Callable[[Write], bool]:
    """Whether a write left the document as it is now."""
    content, state = (writes[-1].content, writes[-1].state) if writes else ("", "")
    return lambda write: write.total == total and (write.content, write.state) == (content, state)


def _since(writes: list[Write], holds: Callable[[Write], bool], not_before_s: float) -> float | None:
    """Since when something holds of a document without a break, by its writes; the first moment after the change."""
    run: list[float] = []
    for write in writes:
        run = [*run, write.time_s] if holds(write) else []
    after = [time_s for time_s in run if time_s >= not_before_s]
    return after[0] if after else run[-1] if run else None
