"""The whole vocabulary of the features.

Those of Given are in ``given_steps``. A new fault, expectation, workload or operation needs no new step: generic steps
take each by its name. The other sentences are those that a finance lead should understand without a manual.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_bdd import parsers, then, when

from gameday.base.durations import PATTERN as D
from gameday.base.durations import parse_duration
from gameday.base.errors import GamedayError
from gameday.steps.draft import Draft
from gameday.steps.given_steps import *  # noqa: F403 - pytest-bdd finds steps by their place
from gameday.steps.written import N, Table, limit_s, number, table, whole

Judge = Callable[..., None]


# -- When --------------------------------------------------------------------------------------------


@when(parsers.re(rf'after (?P<at>-?{D}) the (?P<target>\w+) suffers "(?P<fault>[^"]+)"(?: for (?P<duration>-?{D}))?'))
def suffers(
    draft: Draft, at: str, target: str, fault: str, duration: str | None = None, datatable: Table | None = None
) -> None:
    """A fault is injected into the CRM, the ERP, the stack, the pager or the tickets."""
    draft.inject(parse_duration(at), fault, target, parse_duration(duration) if duration else None, table(datatable))


@when(
    parsers.re(
        rf'after (?P<at>-?{D}) the (?P<target>\w+) suffers "(?P<fault>[^"]+)"'
        rf" every (?P<period>-?{D}) for (?P<duration>-?{D}), (?P<times>-?\d+) times"
    )
)
def suffers_again_and_again(
    draft: Draft,
    at: str,
    target: str,
    fault: str,
    period: str,
    duration: str,
    times: str,
    datatable: Table | None = None,
) -> None:
    """A fault that comes and goes: it begins every so often, and lasts so long each time."""
    draft.flap(
        parse_duration(at),
        fault,
        target,
        parse_duration(duration),
        table(datatable),
        period_s=parse_duration(period),
        times=whole(times, "times"),
    )


@when(parsers.re(rf'after (?P<at>-?{D}) people in the (?P<target>\w+) carry out "(?P<operation>[^"]+)"'))
def people(draft: Draft, at: str, target: str, operation: str, datatable: Table | None = None) -> None:
    """What people do in a system: by an operation that its fake has, to a deal by its number."""
    draft.by_people(parse_duration(at), operation, target, table(datatable))


# -- Then --------------------------------------------------------------------------------------------


@then(parsers.re(rf"every deal is in the ERP exactly once within (?P<time>-?{D}) of (?:the )?(?P<after>fix|closing)"))
def exactly_once(judge: Judge, time: str, after: str) -> None:
    """The main promise."""
    judge("exactly once", within_s=limit_s(time), after=after)


@then("no lost or wrong deal goes unreported")
def nothing_unreported(judge: Judge) -> None:
    """An open alert or ticket names every deal that is lost or wrong."""
    judge("nothing unreported")


@then("the totals agree in every currency")
def conserved_totals(judge: Judge) -> None:
    """Both ledgers add up to the same amounts."""
    judge("conserved totals")


@then("every deal is invoiced exactly once")
def invoiced_once(judge: Judge) -> None:
    """No invoice missing, none twice."""
    judge("invoiced once")


@then("every order and invoice can be traced to its deal")
def lineage(judge: Judge) -> None:
    """Both have one correlation id, which no other deal has, in the field that the contract names."""
    judge("lineage")


@then(parsers.re(r'every order and invoice can be traced to its deal by "(?P<field>[^"]+)"'))
def lineage_by(judge: Judge, field: str) -> None:
    """Both have one correlation id, which no other deal has."""
    judge("lineage", field=field)


@then(parsers.re(rf"the flow's owner is alerted within (?P<time>-?{D})"))
def owner_alerted(judge: Judge, time: str) -> None:
    """The owner gets an alert in time."""
    judge("owner alerted", within_s=limit_s(time))


@then("the alert goes to its right owner")
def right_owner(judge: Judge) -> None:
    """No other team gets it."""
    judge("right owner")


@then("the alert names the affected deals")
def alert_names_orders(judge: Judge) -> None:
    """The alert lists the deals to look at."""
    judge("alert names orders")


@then("the alert gives the reason")
def alert_gives_reason(judge: Judge) -> None:
    """The alert says what is wrong."""
    judge("alert gives reason")


@then("the alert names the affected deals and the reason")
def alert_names_orders_and_reason(judge: Judge) -> None:
    """The alert lists the deals and says what is wrong."""
    judge("alert names orders")
    judge("alert gives reason")


@then("nobody was alerted without cause")
def no_false_alarm(judge: Judge) -> None:
    """No alert was raised when nothing was wrong."""
    judge("no false alarm")


@then("the incident is closed after the repair")
def incident_closed(judge: Judge) -> None:
    """Alerts are resolved once the deals are repaired, and not before."""
    judge("incident closed")


@then(parsers.re(rf"the incident is acknowledged within (?P<time>-?{D})"))
def incident_acknowledged(judge: Judge, time: str) -> None:
    """Somebody takes it on in time."""
    judge("incident acknowledged", within_s=limit_s(time))


@then("an incident that nobody acknowledges is escalated")
def escalated(judge: Judge) -> None:
    """Whoever is next on the ladder is called in time."""
    judge("escalated")


@then("the incident stays closed")
def incident_stays_closed(judge: Judge) -> None:
    """No alert is opened again for the same trouble."""
    judge("incident stays closed")


@then("the pages stay within their bound")
def bounded_pages(judge: Judge) -> None:
    """No storm of alerts."""
    judge("bounded pages")


@then("every refused deal is parked with its payload and reason")
def parked_with_context(judge: Judge) -> None:
    """A refused deal can be replayed later."""
    judge("parked with context")


@then("every refused deal takes its exception path")
def exception_paths(judge: Judge, datatable: Table | None = None) -> None:
    """Retried, escalated or held until approved, as the registry of flows says."""
    judge("exception paths", **{key.replace(" ", "_"): value for key, value in table(datatable).items()})


@then("the other deals kept flowing")
def kept_flowing(judge: Judge) -> None:
    """One failing order does not block the others."""
    judge("kept flowing")


@then(parsers.re(rf"the backlog is drained within (?P<time>-?{D}) of the fix"))
def backlog_drained(judge: Judge, time: str) -> None:
    """What piled up meanwhile is worked off soon."""
    judge("backlog drained", within_s=limit_s(time))


@then(parsers.re(rf"the largest (?P<percent>{N})% of the backlog arrive first"))
def largest_first(judge: Judge, percent: str) -> None:
    """Under a backlog, most of the money does not wait."""
    share = number(percent, "percent")
    if not 0 < share < 100:
        raise GamedayError(f"the largest {percent}% is not possible", hint="it must be between 0% and 100%")
    judge("largest first", percent=share)


@then(
    parsers.re(
        rf"a rollout harms at most (?P<percent>{N})% of the deals and stops within (?P<time>-?{D}) of the first harm"
    )
)
def canary(judge: Judge, percent: str, time: str) -> None:
    """A bad version of the sync reaches few deals, and no new ones once it shows."""
    share = number(percent, "percent")
    if not 0 < share < 100:
        raise GamedayError(f"a rollout to {percent}% of the deals is no canary", hint="it must be between 0% and 100%")
    judge("canary", percent=share, within_s=limit_s(time))


@then(parsers.re(r"the stack sent at most (?P<times>-?\d+) requests per deal"))
def bounded_requests(judge: Judge, times: str) -> None:
    """No retry storm."""
    most = whole(times, "requests per deal")
    if most < 1:
        raise GamedayError(f"{times} requests per deal is not possible", hint="it must be greater than 0")
    judge("bounded requests", per_order=most)


@then("nobody had to step in")
def no_intervention(judge: Judge) -> None:
    """The sync recovered without manual intervention."""
    judge("no intervention")


@then(parsers.re(r'the expectation "(?P<name>[^"]+)" holds'))
def holds(judge: Judge, name: str, datatable: Table | None = None) -> None:
    """Any registered expectation, with its parameters in a table."""
    params: dict[str, Any] = {key.replace(" ", "_"): value for key, value in table(datatable).items()}
    judge(name, **params)
