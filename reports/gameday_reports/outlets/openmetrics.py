"""The figures of a run for Prometheus, as its node exporter collects them from a text file.

Source: "OpenMetrics 1.0", Text format; Prometheus, node_exporter, Textfile Collector, which takes no time stamps. All
are gauges, which the older text format of Prometheus knows too. What a run does not know has no sample.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from gameday.model.checker import Result
from gameday.model.rates import Amount
from gameday_reports.outlet import Outlet, outlets
from gameday_reports.payload import plain
from gameday_reports.recorded import RecordedRun

Value = int | float | Decimal | None


class Gauge(NamedTuple):
    """A family: its name without the prefix, what it is, and its values with the labels that only they have."""

    name: str
    help: str
    values: list[tuple[Mapping[str, str], Value]]


def exposition(run: RecordedRun) -> str:
    """The text, to be written where the collector looks, with a name that ends with ``.prom``."""
    own = {"scenario": run.scenario.name, "stack": run.info.stack, "seed": str(run.info.seed)}
    lines = []
    for gauge in gauges(run):
        known = [(labels, value) for labels, value in gauge.values if value is not None]
        if known:
            lines += [f"# TYPE gameday_{gauge.name} gauge", f"# HELP gameday_{gauge.name} {gauge.help}"]
        for labels, value in known:
            pairs = ",".join(f'{name}="{escaped(plain(run, text))}"' for name, text in {**own, **labels}.items())
            number = f"{value:f}" if isinstance(value, Decimal) else repr(value)
            lines.append(f"gameday_{gauge.name}{{{pairs}}} {number}")
    return "\n".join([*lines, "# EOF"]) + "\n"


def escaped(text: str) -> str:
    r"""The value of a label.

    >>> print(escaped('a"b\\c'))
    a\"b\\c
    """
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def gauges(run: RecordedRun) -> Iterator[Gauge]:
    """The families. An inconclusive run has only its result: its figures show no loss and rule none out."""
    info, result = run.info, run.result
    about = {"stack_version": info.stack_version, "contract": run.contract.name, "started": info.started}
    words = [each.word for each in (Result.PASSED, Result.FAILED, Result.INCONCLUSIVE)]
    results: list[tuple[Mapping[str, str], Value]] = [({"result": word}, int(word == result.word)) for word in words]
    yield Gauge("run_about", "What was run, and when; always 1.", [(about, 1)])
    yield Gauge("run_result", "1 for the result of the run, else 0.", results)
    if result is not Result.INCONCLUSIVE:
        yield from _of_deals(run)
        yield from _of_money(run)
        yield from _of_times(run)


def _of_deals(run: RecordedRun) -> Iterator[Gauge]:
    card = run.scorecard
    states = [({"state": state}, found.orders) for state, found in card.states.items()]
    yield Gauge("deals", "Deals by end state.", [*states])
    yield Gauge("deals_unreported", "Wrong deals that no alert or ticket names.", [({}, card.unreported.orders)])
    yield Gauge("orphan_orders", "Orders without a deal.", [({}, card.orphans)])
    yield Gauge("sla_breaches", "Deals later than the contract allows.", [({}, card.revenue.sla_breaches)])
    yield Gauge("false_alarms", "Alerts without a cause.", [({}, card.false_alarms)])
    acts = card.interventions_per_1000
    yield Gauge("interventions_per_1000_deals", "Manual interventions per 1,000 deals.", [({}, acts)])
    points = [({"score": "detection"}, card.detection.points), ({"score": "recovery"}, card.recovery.points)]
    yield Gauge("score_points", "Scores from 0 to 100.", [*points])


def _of_money(run: RecordedRun) -> Iterator[Gauge]:
    found = run.scorecard.revenue
    yield _money("not_booked", "Revenue of won deals that is not in the ERP", found.not_booked)
    yield _money("booked_late", "Revenue that was booked late", found.booked_late)
    yield _money("over_invoiced", "What open invoices exceed their deals by", found.over_invoiced)


def _money(name: str, what: str, amount: Amount) -> Gauge:
    """Without a rate there is no sum: one that leaves a currency out would be wrong."""
    return Gauge(name, f"{what}, in the reporting currency.", [({"currency": amount.currency}, amount.amount)])


def _of_times(run: RecordedRun) -> Iterator[Gauge]:
    times = run.incident.times
    for name, what, seconds in (
        ("detect", "From the first affected deal to the first alert", times.detect_s),
        ("repair", "From the first affected deal until the ledgers agreed, where the sync repaired it", times.repair_s),
        ("catch_up", "From the healing of the last fault until the ledgers agreed", times.catch_up_s),
    ):
        yield Gauge(f"time_to_{name}_seconds", f"{what}, in scenario seconds.", [({}, seconds)])


openmetrics = outlets.register("openmetrics")(Outlet(exposition))
