"""Compares the recomputed figures of a run with those that the harness wrote."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from recompute.figures import STATES, Figures, figures_of

#: Scores are rounded to a tenth, term by term; times to a thousandth, shares to a ten-thousandth.
TOLERANCE = {"detection": 0.11, "recovery": 0.11}
TIME = 0.002
#: How the report explains the factor of the detection score.
_WHY = r"([\d,]+) of ([\d,]+) affected deals? named; ([\d,]+) (?:alerts and tickets|alert or ticket) worth (\d+)%"
SHARE = 0.0002


def stated(folder: Path) -> Figures:
    """The figures in scorecard.json and results.json, under the names of the recomputed ones."""
    card = json.loads((folder / "scorecard.json").read_text(encoding="utf-8"))
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    found: Figures = {"deals": card["orders"], "orphans": card["orphans"], "exits": len(card["exits"])}
    found["strays"] = len(card["strays"])
    for name, part in [*((f"state {s}", card["states"][s]) for s in STATES), ("unreported", card["unreported"])]:
        found |= {name: part["orders"], f"{name} money": part["amount"], f"{name} share of money": part["money_share"]}
    times = results["times"]
    names = {
        "t0": "injected_s", "t1": "affected_s", "t2": "alerted_s", "t3": "acknowledged_s", "t4": "flowing_s",
        "t5": "reconciled_s", "to detect": "detect_s", "to acknowledge": "acknowledge_s",
        "to catch up": "catch_up_s", "to repair": "repair_s",
    }  # fmt: skip
    found |= {f"time {name}": times[field] for name, field in names.items()}
    revenue = card["revenue"]
    found |= {
        "not booked": revenue["not_booked"]["amount"],
        "booked late": revenue["booked_late"]["amount"],
        "booked late median": revenue["late_median_s"],
        "booked late longest": revenue["late_longest_s"],
        "over-invoiced": revenue["over_invoiced"]["amount"],
        "SLA breaches": revenue["sla_breaches"],
        "never booked": revenue["never_booked"],
        "order writes": results["requests"]["order_writes"],
        "invoice writes": results["requests"]["invoice_writes"],
        "refused writes": results["requests"]["refused"],
        "requests per order": results["requests"]["per_order"],
        "interventions per 1000": card["interventions_per_1000"],
        "false alarms": card["false_alarms"],
    }
    if outage := card["outage"]:
        found |= {"outage not booked": outage["not_booked"], "outage over-invoiced": outage["over_invoiced"]}
        found |= {"outage deals": outage["deals"]}
    if card["recovery"]["points"] is not None:
        found |= {"detection": card["detection"]["points"], "recovery": card["recovery"]["points"]}
        found |= {"grade": card["grade"]}
        if factor := card["detection"]["factor"]:
            found["f1"] = factor["value"]
            named, affected, alarms, precision = re.search(_WHY, factor["why"]).groups()  # type: ignore[union-attr]
            found |= {"recall": _number(named) / _number(affected), "alarms": _number(alarms)}
            found["precision"] = _number(precision) / 100
    if results["grade"] != card["grade"]:
        found["grade"] = f"{card['grade']} in scorecard.json, {results['grade']} in results.json"
    return found


def differences(folder: Path) -> list[str]:
    """Every figure in which both differ, in words; empty if they agree. A run without scores has none compared."""
    recomputed, known = figures_of(folder), stated(folder)
    return [
        f"{name}: {known[name]} in the report, {recomputed.get(name)} recomputed"
        for name in known
        if not _agree(name, known[name], recomputed.get(name))
    ]


def count(folder: Path) -> int:
    """How many figures are compared."""
    return len(stated(folder))


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def _agree(name: str, ours: Any, theirs: Any) -> bool:
    if ours is None or theirs is None:
        return ours is None and theirs is None
    if isinstance(theirs, Decimal):
        return Decimal(str(ours)) == theirs
    if isinstance(ours, str):
        return bool(ours == theirs)
    off = SHARE if "share" in name or name == "f1" else TIME
    # The report has it in whole per cents.
    off = 0.0051 if name == "precision" else off
    return bool(abs(float(ours) - float(theirs)) <= TOLERANCE.get(name, off))
