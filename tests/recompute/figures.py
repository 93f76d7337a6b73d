"""Every figure of a run, by name: counts, money, times, interventions, requests, both scores and the grade."""

from __future__ import annotations

import math
import re
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from recompute.deals import Deal, Reconciled, owed
from recompute.records import Raised, Records
from recompute.signals import FINANCE, ROLE_OF, SAID_OF, Signals, owners_of, reason_of, says
from recompute.strays import strays

STATES = ("ok", "late", "parked", "duplicated", "mismatched", "lost")
HARM = {"ok": 0.0, "late": 0.1, "parked": 0.3}
PLACES = {**dict.fromkeys(("JPY", "KRW", "CLP", "ISK", "VND"), 0), **dict.fromkeys(("KWD", "BHD", "TND", "JOD"), 3)}
Figures = dict[str, Any]


def figures_of(folder: Path) -> Figures:
    """All figures of one run folder."""
    return Recomputed(Records(folder)).figures()


def log_scale(value: float, target: float, limit: float) -> float:
    if value <= target:
        return 1.0
    return 0.0 if value >= limit or target <= 0 else 1 - math.log(value / target) / math.log(limit / target)


class Recomputed:
    """The figures of one run."""

    def __init__(self, records: Records) -> None:
        self.records, self.log = records, records.log
        self.reconciled = Reconciled(records)
        self.signals = Signals(self.reconciled)
        self.deals = self.reconciled.deals
        self.strays = strays(records)
        self.affected = [deal for deal in self.deals if deal.affected]
        currencies = {e["currency"] for ledger in (records.crm, records.erp) for e in ledger["entries"]}
        self.rates = records.rates or ({next(iter(currencies)): Decimal(1)} if len(currencies) == 1 else {})
        self.reporting = next((code for code, rate in self.rates.items() if code and rate == 1), "")
        self.sla = {name: float(value) for name, value in records.contract["sla"].items()}

    def figures(self) -> Figures:
        found: Figures = {"deals": len(self.deals), "orphans": len(self.reconciled.orphans)}
        found["strays"] = len(self.strays)
        for state in STATES:
            found |= self._sum(f"state {state}", [d for d in self.deals if d.state == state])
        found |= self._sum("unreported", [d for d in self.deals if d.unreported])
        times = self.times()
        found |= {f"time {name}": value for name, value in times.items()}
        revenue = self.revenue()
        found |= revenue | self.outage(revenue) | self.requests() | self.interventions()
        found["exits"] = len(self.log.exits)
        found["false alarms"] = sum(not worth and false for worth, false in self._alarms())
        return found | self.scores(times, found["interventions per 1000"])

    # -- money ---------------------------------------------------------------------------------------

    def _amount(self, money: dict[str, Decimal]) -> Decimal | None:
        money = {code: amount for code, amount in money.items() if amount}
        if any(code not in self.rates for code in money):
            return None
        total = sum((amount * self.rates[code] for code, amount in money.items()), Decimal(0))
        return total.quantize(Decimal(1).scaleb(-PLACES.get(self.reporting, 2)), ROUND_HALF_UP)

    def _sum(self, name: str, deals: list[Deal]) -> Figures:
        part, whole = self._amount(_sizes(deals)), self._amount(_sizes(self.deals))
        share = None if part is None or whole is None else float(part / whole) if whole else 0.0
        return {name: len(deals), f"{name} money": self._amount(_money(deals)), f"{name} share of money": share}

    def revenue(self) -> Figures:
        missing: dict[str, Decimal] = defaultdict(Decimal)
        excess: dict[str, Decimal] = defaultdict(Decimal)
        tolerance = Decimal(self.records.contract["tolerance"])
        for deal in self.deals:
            if not deal.wrong:
                continue
            currency, void = deal.entry["currency"], deal.entry["state"] == "void"
            booked = sum((Decimal(o["total"]) for o in deal.live if o["currency"] == currency), Decimal(0))
            invoiced: dict[str, Decimal] = defaultdict(Decimal)
            for bill in deal.bills:
                invoiced[bill["currency"]] += owed(bill)
            if self.records.contract["invoiced"]:
                booked = min(booked, invoiced.get(currency, Decimal(0)))
            if not void and deal.amount - booked > tolerance:
                missing[currency] += deal.amount - booked
            for code, amount in invoiced.items():
                over = amount - (deal.amount if code == currency and not void else 0)
                excess[code] += over if over > tolerance else 0
        for order in self.reconciled.orphans:
            for bill in order.get("invoices", ()):
                excess[bill["currency"]] += max(Decimal(0), owed(bill))
        late = [deal for deal in self.deals if deal.state == "late"]
        lateness = [deal.late_s(self.records.horizon_s) for deal in late]
        limit_s = self.records.latency_s + self.records.margin_s
        in_time = [d for d in self.deals if d.arrived_s is not None and d.arrived_s <= d.entry["changed_s"] + limit_s]
        breaches = [d for d in self.affected if d not in in_time]
        return {
            "SLA breaches": len(breaches),
            "never booked": sum(d.arrived_s is None for d in breaches),
            "not booked": self._amount(missing),
            "booked late": self._amount(_money(late)),
            "booked late median": statistics.median(lateness) if late else None,
            "booked late longest": max(lateness, default=None),
            "over-invoiced": self._amount(excess),
        }

    def outage(self, revenue: Figures) -> Figures:
        """Eight hours of the revenue a day that the contract's registry has, at the shares of this run."""
        contract, windows = self.records.contract, [(a, b) for a, b in self.log.windows if b > a]
        code = contract.get("revenue_currency", "")
        concerned = [
            deal
            for deal in self.deals
            if deal.entry["state"] != "void"
            and (deal.affected or any(a <= deal.entry[at] <= b for a, b in windows for at in ("time_s", "changed_s")))
        ]
        whole = self._amount(_sizes(concerned))
        parts = (revenue["not booked"], revenue["over-invoiced"])
        if (
            not windows
            or contract.get("revenue_per_day") is None
            or code not in self.rates
            or not whole
            or None in parts
        ):
            return {}
        hours = Decimal(contract["revenue_per_day"]) * self.rates[code] / 3
        places = Decimal(1).scaleb(-PLACES.get(self.reporting, 2))
        not_booked, over = ((hours * part / whole).quantize(places, ROUND_HALF_UP) for part in parts)
        return {"outage not booked": not_booked, "outage over-invoiced": over, "outage deals": len(concerned)}

    def _average(self, weigh: Callable[[Deal], float]) -> float:
        """The larger average of a weight over deals and over money."""
        groups: dict[str, list[Deal]] = defaultdict(list)
        for deal in self.deals:
            code = deal.entry["currency"]
            groups["" if code in self.rates else code].append(deal)
        money = 0.0
        for those in groups.values():
            worth = [abs(d.amount) * self.rates.get(d.entry["currency"], Decimal(1)) for d in those]
            if whole := sum(worth):
                part = sum(float(w) * weigh(d) for w, d in zip(worth, those, strict=True))
                money += part / float(whole) * len(those) / len(self.deals)
        return max(sum(map(weigh, self.deals)) / len(self.deals), money)

    # -- times, requests, interventions --------------------------------------------------------------

    def times(self) -> dict[str, float | None]:
        injected_s = self.log.injected_s
        affected_s = min((d.affected_s for d in self.affected if d.affected_s is not None), default=None)
        alerts = [raised for raised in self.signals.alerts() if self._notices(raised, affected_s)]
        alerted_s = min((raised.time_s for raised in alerts), default=None)
        first: dict[tuple[str, str], int] = {}
        for raised in alerts:
            first.setdefault(raised.name, raised.index)
        answers = [r for r in self.log.raised if r.signal["action"] == "acknowledge"]
        acknowledged_s = min((r.time_s for r in answers if first.get(r.name, r.index) < r.index), default=None)
        reconciled_s = None
        if self.affected and all(d.ordered_s is not None for d in self.affected):
            reconciled_s = max(d.ordered_s or 0.0 for d in self.affected)
        healed_s = self.records.healed_s if self.log.windows else affected_s
        catch_up_s, between_s = _span(healed_s, reconciled_s), self._between_s()
        acted = any(reconciled_s is not None and time_s <= reconciled_s for time_s, _ in self.log.acts)
        repaired = acted or not self.log.windows or ((catch_up_s or 0.0) < 0 and not between_s)
        return {
            "t0": injected_s,
            "t1": affected_s,
            "t2": alerted_s,
            "t3": acknowledged_s,
            "t4": self._flowing_s(affected_s),
            "t5": reconciled_s,
            "to detect": _span(affected_s, alerted_s),
            "to acknowledge": _span(alerted_s, acknowledged_s),
            "to catch up": None if catch_up_s is None else max(0.0, catch_up_s) + between_s,
            "to repair": _span(affected_s, reconciled_s) if repaired else None,
        }

    def _between_s(self) -> float:
        """How long deals were not right yet between two faults, while none was active."""
        total_s = 0.0
        starts = sorted(start for start, _ in self.log.windows)
        for start_s in starts[1:]:
            healed_s = max(end for start, end in self.log.windows if start < start_s)
            late = [d.ordered_s or math.inf for d in self.affected if (d.affected_s or 0.0) < start_s]
            total_s += max(0.0, min([start_s, max(late, default=0.0)]) - healed_s)
        return total_s

    def _notices(self, raised: Raised, affected_s: float | None) -> bool:
        """Whether people learn of the incident by an alert."""
        named = set(raised.deals)
        about = not self.affected or not named or any(deal.id in named for deal in self.affected)
        in_time = affected_s is None or raised.time_s >= affected_s or raised.until_s > affected_s
        return about and in_time and self.signals.precise(raised)

    def _flowing_s(self, affected_s: float | None) -> float | None:
        if affected_s is None:
            return None
        last_s = max(deal.entry["changed_s"] for deal in self.affected)
        newer = [d for d in self.deals if d.entry["changed_s"] > last_s]
        newer = newer or [d for d in self.affected if d.entry["changed_s"] == last_s]
        arrived_s = min((d.ordered_s for d in newer if d.ordered_s is not None), default=None)
        return None if arrived_s is None else max(arrived_s, affected_s)

    def requests(self) -> Figures:
        total = sum(self.log.requests.values())
        writes = [write for deal in self.log.writes.values() for write in deal]
        return {
            "order writes": sum(write.kind == "order_write" for write in writes),
            "invoice writes": sum(write.kind == "invoice_write" for write in writes),
            "refused writes": sum(write.outcome == "fail" for write in writes),
            "requests per order": total / len(self.deals) if self.deals and self.log.requests else None,
        }

    def interventions(self) -> Figures:
        waiting = {letter["order"] for letter in self.records.letters}
        waiting |= {deal.id for deal in self.deals if deal.wrong} | {order["id"] for order in self.reconciled.orphans}
        waiting |= set(self.strays)
        acted = {deal for _, deal in self.log.acts if deal}
        letters = max(self.log.letters_open, len(self.records.letters))
        count = len(acted | waiting) + sum(not deal for _, deal in self.log.acts) + max(0, letters - len(waiting))
        return {"interventions per 1000": count * 1000 / len(self.deals) if self.deals else None}

    # -- scores --------------------------------------------------------------------------------------

    def scores(self, times: dict[str, float | None], per_1000: float | None) -> Figures:
        if not self.deals:
            return {"detection": None, "recovery": None, "grade": None}
        detection, parts = self._detection(times)
        recovery = self._recovery(times, per_1000 or 0.0)
        orphans = self._unreported_orphans()
        share = min(1.0, self._average(lambda d: float(d.unreported)) + orphans / len(self.deals))
        if share and not self.log.lacks_alerts:
            detection = None if detection is None else min(detection, 50.0)
            recovery = min(recovery, 40 * (1 - share))
        if any(d.state == "duplicated" and d.reported for d in self.deals):
            recovery = min(recovery, 70.0)
        lower = min(recovery, detection) if detection is not None else recovery
        grade: str | None = next(
            g for g, least in zip("ABCDF", (90, 80, 70, 60, 0), strict=True) if round(lower, 1) >= least
        )
        if any(d.state == "lost" and d.unreported for d in self.deals):
            grade = max(grade or "", "C")
        if self.log.lacks_alerts and self.affected:
            grade = None
        return {"detection": detection, "recovery": recovery, "grade": grade, **parts}

    def _detection(self, times: dict[str, float | None]) -> tuple[float | None, Figures]:
        if not self.affected or self.log.lacks_alerts:
            return None, {}
        detect_s = times["to detect"]
        if detect_s is None:
            return 0.0, {}
        named = [d for d in self.affected if d.reported and d.reported != "dead letter"]
        worths = [worth for worth, _ in self._alarms()]
        recall = len(named) / len(self.affected)
        precision = sum(worths) / len(worths) if worths else 0.0
        f1 = 2 * recall * precision / (recall + precision) if recall + precision else 0.0
        time = log_scale(detect_s, self.sla["detect_target_s"], self.sla["detect_limit_s"])
        about = self.signals.of_flow()
        owner = sum(self._right_owner(raised) for raised in about) / len(about) if about else 0.0
        total = f1 * self._end() * (50 * time + 20 * owner + 30 * self._context(named))
        return total, {"f1": f1, "recall": recall, "precision": precision, "alarms": len(worths)}

    def _recovery(self, times: dict[str, float | None], per_1000: float) -> float:
        harm = self._average(lambda d: HARM.get(d.state, 1.0 if d.unreported else 0.4))
        catch_up_s = times["to catch up"]
        time = 1.0 if not self.affected else 0.0
        if self.affected and catch_up_s is not None:
            time = log_scale(catch_up_s, self.sla["repair_target_s"], self.sla["repair_limit_s"])
        collateral = sum(not d.touched for d in self.affected) / len(self.deals)
        shown = sum(self.signals.recorded(d) for d in self.affected)
        evidence = shown / len(self.affected) if self.affected else 1.0
        by_hand = log_scale(per_1000, 1.0, 100.0)
        return 50 * (1 - harm) + 20 * time + 15 * by_hand + 10 * (1 - collateral) + 5 * evidence

    def _alarms(self) -> list[tuple[float, bool]]:
        """The worth of every alert and ticket, one for each key, and whether it is a false alarm."""
        caused = {d.id for d in self.deals if d.affected or d.touched}
        in_hand: list[tuple[str, float, float]] = []
        margin_s = self.records.margin_s
        waits_until = {d.id: math.inf if d.ordered_s is None else d.ordered_s for d in self.deals}
        for start, end in self.log.windows:
            sent = [(deal, at) for at, deal in self.log.messages if start - margin_s <= at <= end]
            sent += [(deal, start) for deal, right_s in waits_until.items() if start - margin_s <= right_s <= start]
            in_hand += [(deal, since, end + margin_s) for deal, since in sent]
        injected_s = self.log.injected_s
        found: list[tuple[float, bool]] = []
        triggers = self.log.triggers
        if injected_s is not None:
            over = [each for each in triggers if each.until_s < injected_s]
            found += [(0.0, True) for _ in _by_key(over)]
            triggers = [each for each in triggers if each.until_s >= injected_s]
        for raised in _by_key(triggers):
            orders = {deal for each in raised for deal in each.signal.get("orders", ())}
            early = injected_s is not None and raised[-1].time_s < injected_s
            first_s, right = raised[0].time_s, orders & caused
            for deal, since, until in in_hand if orders - right else ():
                if any(deal in e.signal.get("orders", ()) and since <= e.time_s <= until for e in raised):
                    right |= {deal}
            # What was read in a fault may be said a moment later, of a deal that is not there yet.
            late_word = any(end <= first_s <= end + margin_s for _, end in self.log.windows) and any(
                first_s < waits_until.get(deal, 0.0) for deal in orders
            )
            if not early and orders and not right and late_word:
                found.append((0.0, False))
            elif early or (orders and not right) or (not orders and not caused):
                found.append((0.0, True))
            elif raised[0].signal.get("flow", "") not in ("", self.records.contract["name"]):
                found.append((0.0, False))
            else:
                found.append((len(right) / len(orders) if orders else 1.0, False))
        if self.records.control is not None:
            found += [(0.0, True) for _ in _by_key(self.records.control.triggers)]
        return found

    def _right_owner(self, raised: Raised) -> bool:
        contract, reason = self.records.contract, self._reason(raised)
        roles = owners_of(reason) | ({"finance"} if FINANCE.search(reason) else set())
        if "system" in roles:
            targets = [injection["target"] for injection in self.records.scenario["injections"]]
            roles |= {ROLE_OF.get(target, "") for target in targets} or {"source", "sink"}
        fitting = {contract["owner"] if role == "sync" else contract["owners"].get(role, "") for role in roles} - {""}
        return raised.signal.get("owner", "").strip() in (fitting or {contract["owner"]} - {""})

    def _context(self, named: list[Deal]) -> float:
        if not named:
            return 0.0
        right = {saying for i in self.records.scenario["injections"] for saying in SAID_OF.get(i["fault"], ())}
        total = 0
        for deal in named:
            signals = self.signals.named[deal.id]
            total += 1 + any(self.signals.payload(raised, deal.id) for raised in signals)
            total += any(right & says(self._reason(raised)).keys() for raised in signals)
            total += any(_is_time(raised.signal.get("first_seen", "")) for raised in signals)
        return total / (4 * len(named))

    def _reason(self, raised: Raised) -> str:
        whole_name = rf"(?<![\w-]){re.escape(self.records.contract['name'])}(?![\w-])"
        return re.sub(whole_name, " ", reason_of(raised.signal))

    def _end(self) -> float:
        horizon_s, margin_s = self.records.horizon_s, self.records.margin_s
        about = [raised for raised in self.signals.of_flow() if raised.time_s <= horizon_s]
        alerts = [raised for raised in about if raised.signal["kind"] == "alert"]
        factor = 1.0
        if any(self._closed_early(deal, alerts, horizon_s, margin_s) for deal in self.affected):
            factor *= 0.6
        elif all(deal.ordered_s is not None for deal in self.affected):
            ended_s = max(self.records.healed_s, *(deal.ordered_s or 0.0 for deal in self.affected))
            still = [r for r in alerts if r.time_s <= horizon_s - 300 and r.until_s > horizon_s]
            if horizon_s >= ended_s + 300 and still:
                factor *= 0.8
        flow, since_s = self.records.contract["name"], self.log.injected_s or 0.0
        sent = [r for r in self.log.triggers if since_s <= r.time_s <= horizon_s]
        sent = [r for r in sent if r.signal.get("flow", "") in ("", flow) or r.deals]
        pages = len({(raised.name, raised.until_s) for raised in sent if raised.signal["kind"] == "alert"})
        bound = 5 + 3 * len(self.affected)
        tickets = len({raised.name for raised in sent if raised.signal["kind"] == "ticket"})
        parked = sum(deal in self.affected or deal.hit for deal in self.deals)
        stormed = pages > (self.records.contract.get("page_limit") or bound) or tickets > 5 + 3 * parked
        return factor * (0.6 if stormed else 1.0)

    def _closed_early(self, deal: Deal, alerts: list[Raised], horizon_s: float, margin_s: float) -> bool:
        if deal.state == "parked":
            return False
        repaired_s = horizon_s if deal.ordered_s is None else deal.ordered_s
        named = self.signals.named[deal.id]
        named = [r for r in named if self.signals.precise(r)] or named
        before = [r for r in named if deal.entry["time_s"] <= r.time_s <= repaired_s]
        if not named:
            before = [r for r in alerts if not r.deals and r.time_s <= repaired_s]
        alerted = any(raised.signal["kind"] == "alert" for raised in before)
        return alerted and all(raised.until_s < repaired_s - margin_s for raised in before)

    def _unreported_orphans(self) -> int:
        horizon_s = self.records.horizon_s
        still = [r for r in self.log.triggers if r.time_s <= horizon_s < r.until_s and self.signals.precise(r)]
        text = "\n".join(raised.signal.get("text", "") for raised in still)

        def named(name: str) -> bool:
            return bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None

        deals = {deal["id"] for deal in self.records.crm["entries"]}
        return sum(not named(stray) for stray in self.strays) + sum(
            not any(named(name) for name in (*order["keys"].values(), order["id"]) if name not in deals)
            for order in self.reconciled.orphans
        )


def _money(deals: Iterable[Deal]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for deal in deals:
        sums[deal.entry["currency"]] += deal.amount
    return sums


def _sizes(deals: Iterable[Deal]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for deal in deals:
        sums[deal.entry["currency"]] += abs(deal.amount)
    return sums


def _is_time(text: str) -> bool:
    return bool(re.search(r"\d{4}-\d\d-\d\d|\b\d{1,2}:\d\d|^\d{10}", text))


def _by_key(triggers: list[Raised]) -> list[list[Raised]]:
    grouped: dict[tuple[str, str], list[Raised]] = defaultdict(list)
    for raised in triggers:
        grouped[raised.name].append(raised)
    return list(grouped.values())


def _span(start_s: float | None, end_s: float | None) -> float | None:
    return None if start_s is None or end_s is None else end_s - start_s
