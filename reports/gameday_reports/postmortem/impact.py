"""What became of the deals and their money, by end state and currency, and how much of it was unreported."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from gameday.analysis.alerts import unreported_orphans, unreported_strays
from gameday.analysis.findings import listed
from gameday.analysis.reconcile import END_STATES
from gameday.model.rates import Rates
from gameday_reports.formats import reported
from gameday_reports.money import money_lines, originals, outage_sentence
from gameday_reports.recorded import RecordedRun

MEANINGS = {
    "ok": "exactly one correct order, on time",
    "late": "exactly one correct order, later than the contract allows",
    "parked": "no correct order, but kept with payload and reason where people look",
    "duplicated": "more than one order or invoice",
    "mismatched": "an order that differs from the deal",
    "lost": "nothing in the ERP",
}


def impact(run: RecordedRun) -> dict[str, Any]:
    """A row for each end state, including empty ones, and the sums; shares of money are in the reporting currency."""
    card = run.scorecard
    currencies = sorted({currency for tally in card.states.values() for currency in tally.money})
    money = {currency: _sum(t.money.get(currency) for t in card.states.values()) for currency in currencies}
    rows = [
        {
            "state": state,
            "meaning": MEANINGS[state],
            "deals": card.states[state].orders,
            "money": {currency: card.states[state].money.get(currency, Decimal(0)) for currency in currencies},
            "money_share": card.states[state].money_share,
        }
        for state in END_STATES
    ]
    return {
        "currencies": currencies,
        "rows": rows,
        "deals": card.orders,
        "money": money,
        "bars": _bars(rows, card.orders, money),
        "affected": len(run.affected),
        "revenue": money_lines(card.revenue),
        "outage": outage_sentence(card.outage),
        "rates": _rates(card.rates),
        "bound": card.bound,
        "not_compared": [{"field": each.words, "reason": each.reason} for each in card.not_compared],
    }


def _rates(rates: Rates) -> dict[str, Any]:
    """The reporting currency and, in words, each rate with its date."""
    words = [f"{rate.currency} {rate.rate:f} as of {rate.as_of}" for rate in rates.rates]
    return {"reporting": rates.reporting, "words": words}


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


def _bars(rows: list[dict[str, Any]], deals: int, money: dict[str, Decimal]) -> list[dict[str, Any]]:
    """A bar for the deals and one for each currency, each divided by end state."""
    bars = [_bar("Deals", {row["state"]: Decimal(row["deals"]) for row in rows}, Decimal(deals))]
    bars += [
        _bar(currency, {row["state"]: abs(row["money"][currency]) for row in rows}, abs(whole))
        for currency, whole in money.items()
    ]
    return [bar for bar in bars if bar["parts"]]


def _bar(label: str, amounts: dict[str, Decimal], whole: Decimal) -> dict[str, Any]:
    parts, start = [], 0.0
    for state, amount in amounts.items():
        if whole and amount:
            width = float(amount / whole * 100)
            parts.append({"state": state, "start": round(start, 3), "width": round(width, 3), "share": round(width, 1)})
            start += width
    return {"label": label, "parts": parts}


def unreported(run: RecordedRun) -> dict[str, Any]:
    """The unreported deals, the orphan orders in the ERP, and the strays."""
    card = run.scorecard
    outcomes = [outcome for outcome in run.affected if outcome.unreported]
    return {
        "deals": card.unreported.orders,
        "worth": reported(card.rates.amount(card.unreported.money)),
        "originals": originals(card.rates.amount(card.unreported.money)),
        "money_share": card.unreported.money_share,
        "states": {state: n for state in END_STATES if (n := sum(o.state == state for o in outcomes))},
        "reported": card.reported.orders,
        "reported_money": card.reported.money,
        "orphans": card.orphans,
        "unreported_orphans": len(unreported_orphans(run.case)),
        "strays": listed([stray.words for stray in card.strays]),
        "unreported_strays": len(unreported_strays(run.case)),
    }


def totals(run: RecordedRun) -> list[dict[str, Any]]:
    """What both systems hold in each currency."""
    return [
        {"currency": t.currency, "crm": t.crm, "erp": t.erp, "difference": t.difference}
        for t in run.reconciliation.totals
    ]
