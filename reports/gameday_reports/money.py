"""What a run did to the revenue, in lines and sentences: every page and every report has them from here."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from gameday.analysis.outage import Outage
from gameday.analysis.revenue import Revenue
from gameday.base.chance import effect_shown
from gameday.base.counts import plural
from gameday.model.rates import Amount
from gameday_reports.formats import count, reported, share, span, whole_monies

_HOURS = {8: "Eight hours"}


class MoneyLine(NamedTuple):
    """One figure: its ``name``, the ``text`` in the reporting currency, the ``originals`` beneath, and a ``note``.

    ``originals`` are the amounts by currency; empty where the text has them already. ``bad``: something was lost.
    """

    name: str
    text: str
    originals: str
    note: str
    bad: bool


def money_lines(revenue: Revenue) -> list[MoneyLine]:
    """Not booked, booked late, over-invoiced, and SLA breaches."""
    late = "later than the contract allows"
    if revenue.late_longest_s is not None:
        late = f"by {span(revenue.late_median_s)} in the median, at most {span(revenue.late_longest_s)}"
    breaches = MoneyLine("SLA breaches", plural(revenue.sla_breaches, "deal"), "", _delay(revenue), bad=False)
    return [
        _line("Not booked", revenue.not_booked, "of won deals, when the ledgers were read", bad=True),
        _line("Booked late", revenue.booked_late, late),
        _line("Over-invoiced", revenue.over_invoiced, "what open invoices exceed their deals by", bad=True),
        breaches,
    ]


def originals(amount: Amount) -> str:
    """The amounts by currency; empty where the reporting currency is the only one, or a rate is missing."""
    shown = amount.amount is None or set(amount.by_currency) <= {amount.currency}
    return "" if shown else whole_monies(amount.by_currency)


def money_sentence(revenue: Revenue) -> str:
    """The figures that are not 0 in one sentence; empty if all are."""
    late = f", by up to {span(revenue.late_longest_s)}" if revenue.late_longest_s is not None else ""
    not_booked, booked_late, over_invoiced, _ = money_lines(revenue)
    sums = ((not_booked, ""), (booked_late, late), (over_invoiced, ""))
    parts = [f"{line.name}: {line.text}{more}" for line, more in sums if line.text != "none"]
    return f"{'. '.join(parts)}." if parts else ""


def outage_sentence(outage: Outage | None) -> str:
    """What eight hours of the same would cost at the flow's own volume; empty where the run cannot say."""
    if outage is None:
        return ""
    hours = _HOURS.get(outage.hours, f"{outage.hours} hours")
    shown = "for as long as the run" if outage.active_s is None else f"for {span(outage.active_s)}"
    volume = f"at {whole_monies({outage.currency: outage.per_day})} of revenue a day"
    if not outage.not_booked_share and not outage.over_invoiced_share:
        ruled_out = f"a share above {share(effect_shown(outage.deals), 1)} can be ruled out (95% confidence)"
        return (
            f"{hours} of this would leave nothing unbooked and nothing over-invoiced, {volume}, if the sync did as it "
            f"did here {shown} with {plural(outage.deals, 'deal')}: {ruled_out}."
        )
    return (
        f"{hours} of this would leave {outage_amounts(outage)}, {volume}: the shares of the money "
        f"({share(outage.not_booked_share, 1)} and {share(outage.over_invoiced_share, 1)}) are those of "
        f"{plural(outage.deals, 'deal')} here, with the fault active {shown}."
    )


def outage_amounts(outage: Outage) -> str:
    """What an outage would leave: "about USD 750 unbooked and nothing over-invoiced"."""
    unbooked, over = _about(outage, outage.not_booked), _about(outage, outage.over_invoiced)
    return f"about {unbooked} unbooked and {over} over-invoiced"


def _about(outage: Outage, amount: Decimal) -> str:
    text = whole_monies({outage.currency: amount})
    return "nothing" if text == "none" else text


def _line(name: str, amount: Amount, note: str, *, bad: bool = False) -> MoneyLine:
    return MoneyLine(name, reported(amount), originals(amount), note, bad and bool(amount.by_currency))


def _delay(revenue: Revenue) -> str:
    """How long the longest breach took, and how many were not over."""
    longest = f"longest delay {span(revenue.late_longest_s)}" if revenue.late_longest_s is not None else ""
    never = f"{count(revenue.never_booked)} not right when the ledgers were read" if revenue.never_booked else ""
    return "; ".join(each for each in (longest, never) if each) or "every deal was right in time"
