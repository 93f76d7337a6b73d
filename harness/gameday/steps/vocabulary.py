"""The whole vocabulary of the features.

Generic underneath: a new fault or expectation needs no new step, for both are named in quotes. The sentences
of their own below are the ones that a finance lead should read without a manual.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_bdd import given, parsers, then, when

from gameday.base.durations import PATTERN as D
from gameday.base.durations import parse_duration
from gameday.base.errors import GamedayError, unknown
from gameday.config.features import beside_feature
from gameday.records.deals_file import find_deals_file
from gameday.steps.draft import ROLES, Draft

Judge = Callable[..., None]
Table = list[list[str]]


def _table(rows: Table | None) -> dict[str, str]:
    """A table of one header row and one row of values, as parameters."""
    if not rows:
        return {}
    if len(rows) != 2:
        raise GamedayError(
            f"a table of parameters has a row of names and a row of values, not {len(rows)} rows",
            hint="write the step once more for another fault",
        )
    return dict(zip(rows[0], rows[1], strict=True))


# -- Given -------------------------------------------------------------------------------------------


@given(parsers.re(r'deals flow from "(?P<crm>[^"]+)" to "(?P<erp>[^"]+)" under the contract "(?P<contract>[^"]+)"'))
def flow(draft: Draft, crm: str, erp: str, contract: str) -> None:
    """From which CRM to which ERP, under which contract."""
    draft.flow(crm, erp, contract)


@given(parsers.re(r"(?P<count>\d+) deals are closed won at (?P<rate>\d+(?:\.\d+)?) per minute"))
def closed_won(draft: Draft, count: str, rate: str) -> None:
    """How many deals, how fast."""
    draft.workload(count=int(count), per_minute=float(rate))


@given(
    parsers.re(
        r'(?P<count>\d+) deals of the file "(?P<file>[^"]+)" are closed won at (?P<rate>\d+(?:\.\d+)?) per minute'
    )
)
def closed_won_from_file(draft: Draft, count: str, file: str, rate: str) -> None:
    """Deals of a real order book: a file beside the feature, an absolute path, or a bundled sample."""
    find_deals_file(beside_feature(draft.feature, file))
    draft.workload(name="deals file", count=int(count), per_minute=float(rate), file=file)


@given(parsers.re(rf"(?P<percent>\d+(?:\.\d+)?)% of them are (?P<what>amended|voided) within (?P<time>{D})"))
def changed_later(draft: Draft, percent: str, what: str, time: str) -> None:
    """Deals that change after they were won."""
    draft.workload_params(**{what: float(percent) / 100, f"{what}_after_s": parse_duration(time)})


@given(parsers.re(r'they are in "(?P<currencies>[A-Z, ]+)"'))
def currencies(draft: Draft, currencies: str) -> None:
    """The currencies that deals are closed in."""
    draft.workload_params(currencies=[code.strip() for code in currencies.split(",")])


# -- When --------------------------------------------------------------------------------------------


@when(parsers.re(rf'after (?P<at>{D}) the (?P<target>\w+) suffers "(?P<fault>[^"]+)"(?: for (?P<duration>{D}))?'))
def suffers(
    draft: Draft, at: str, target: str, fault: str, duration: str | None = None, datatable: Table | None = None
) -> None:
    """A fault strikes the CRM, the ERP, the stack, the pager or the tickets."""
    role = target.lower()
    if role not in ROLES:
        raise unknown("target", target, ROLES)
    draft.inject(parse_duration(at), fault, role, parse_duration(duration) if duration else None, _table(datatable))


# -- Then --------------------------------------------------------------------------------------------


@then(parsers.re(rf"every deal is in the ERP exactly once within (?P<time>{D}) of (?:the )?(?P<after>fix|closing)"))
def exactly_once(judge: Judge, time: str, after: str) -> None:
    """The main promise."""
    judge("exactly once", within_s=parse_duration(time), after=after)


@then("no lost or wrong deal goes unreported")
def nothing_unreported(judge: Judge) -> None:
    """No harm without a word."""
    judge("nothing unreported")


@then("the totals agree in every currency")
def conserved_totals(judge: Judge) -> None:
    """The books balance."""
    judge("conserved totals")


@then("every deal is invoiced exactly once")
def invoiced_once(judge: Judge) -> None:
    """No invoice missing, none twice."""
    judge("invoiced once")


@then(parsers.re(rf"the flow's owner is alerted within (?P<time>{D})"))
def owner_alerted(judge: Judge, time: str) -> None:
    """Somebody hears of it in time."""
    judge("owner alerted", within_s=parse_duration(time))


@then("the alert goes to its right owner")
def right_owner(judge: Judge) -> None:
    """The right somebody."""
    judge("right owner")


@then("the alert names the affected deals")
def alert_names_orders(judge: Judge) -> None:
    """Which deals to look after."""
    judge("alert names orders")


@then("the alert gives the reason")
def alert_gives_reason(judge: Judge) -> None:
    """And why."""
    judge("alert gives reason")


@then("the alert names the affected deals and the reason")
def alert_names_orders_and_reason(judge: Judge) -> None:
    """Both at once."""
    judge("alert names orders")
    judge("alert gives reason")


@then("nobody was alerted without cause")
def no_false_alarm(judge: Judge) -> None:
    """An alert that is often wrong is not read."""
    judge("no false alarm")


@then("every refused deal is parked with its payload and reason")
def parked_with_context(judge: Judge) -> None:
    """Nothing that was refused is forgotten."""
    judge("parked with context")


@then("the other deals kept flowing")
def kept_flowing(judge: Judge) -> None:
    """One bad record does not hold up the rest."""
    judge("kept flowing")


@then(parsers.re(r"the stack sent at most (?P<times>\d+) requests per deal"))
def bounded_requests(judge: Judge, times: str) -> None:
    """No retry storm."""
    judge("bounded requests", per_order=int(times))


@then("nobody had to step in")
def no_intervention(judge: Judge) -> None:
    """It healed by itself."""
    judge("no intervention")


@then(parsers.re(r'the expectation "(?P<name>[^"]+)" holds'))
def holds(judge: Judge, name: str, datatable: Table | None = None) -> None:
    """Any registered expectation, with its parameters in a table."""
    params: dict[str, Any] = {key.replace(" ", "_"): value for key, value in _table(datatable).items()}
    judge(name, **params)
