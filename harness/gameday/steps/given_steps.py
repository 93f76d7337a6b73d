"""The sentences that begin with Given: the flow, its deals, the vendors' settings, and what aborts a run."""

from __future__ import annotations

from typing import Any

from pytest_bdd import given, parsers

from gameday.base.durations import PATTERN as D
from gameday.base.durations import parse_duration
from gameday.steps.draft import Draft
from gameday.steps.written import N, Table, number, table, whole


@given(parsers.re(r'deals flow from "(?P<crm>[^"]+)" to "(?P<erp>[^"]+)" under the contract "(?P<contract>[^"]+)"'))
def flow(draft: Draft, crm: str, erp: str, contract: str) -> None:
    """The CRM that deals come from, the ERP that orders go to, and their contract."""
    draft.flow(crm, erp, contract)


@given(parsers.re(r'deals flow from the CRM to the ERP under the contract "(?P<contract>[^"]+)"'))
def usual_flow(draft: Draft, contract: str) -> None:
    """The contract of the flow; its CRM and ERP are those that it names, or those of --crm and --erp."""
    draft.flow("", "", contract)


@given(parsers.re(rf"(?P<count>{N}) deals are closed won at (?P<rate>{N}) per minute"))
def closed_won(draft: Draft, count: str, rate: str) -> None:
    """How many deals, how fast."""
    draft.workload(count=whole(count), per_minute=float(rate))


@given(parsers.re(rf'(?P<count>{N}) deals of the file "(?P<file>[^"]+)" are closed won at (?P<rate>{N}) per minute'))
def closed_won_from_file(draft: Draft, count: str, file: str, rate: str) -> None:
    """Deals of a real order book: a file beside the feature, an absolute path, or a bundled sample."""
    draft.workload(name="deals file", count=whole(count), per_minute=float(rate), file=file)


@given(parsers.re(r'the workload "(?P<name>[^"]+)"'))
def workload(draft: Draft, name: str, datatable: Table | None = None) -> None:
    """Any registered workload; count, per minute and its parameters in a table."""
    params: dict[str, Any] = {key.replace(" ", "_"): value for key, value in table(datatable).items()}
    count, per_minute = params.pop("count", None), params.pop("per_minute", None)
    draft.workload(
        name=name,
        count=None if count is None else whole(count),
        per_minute=None if per_minute is None else number(per_minute, "per minute"),
        **params,
    )


@given(parsers.re(rf"(?P<percent>{N})% of them are (?P<operation>\w[\w -]*?) within (?P<time>-?{D})"))
def changed_later(draft: Draft, percent: str, operation: str, time: str) -> None:
    """Deals that change after they were won, by any registered operation."""
    draft.operation(float(percent), operation, parse_duration(time))


@given(parsers.re(r'they are in "(?P<currencies>[A-Z, ]+)"'))
def currencies(draft: Draft, currencies: str) -> None:
    """The currencies that deals are closed in."""
    draft.workload_params(currencies=[code.strip() for code in currencies.split(",")])


@given(parsers.re(r"the (?P<role>CRM|ERP) has the settings"))
def vendor_settings(draft: Draft, role: str, datatable: Table | None = None) -> None:
    """Settings of the CRM or the ERP that differ from the usual ones, in a table."""
    draft.vendor_settings(role.lower(), {key.replace(" ", "_"): value for key, value in table(datatable).items()})


@given(parsers.re(rf"the run is aborted at more than (?P<count>{N}) affected deals"))
def aborted_at_deals(draft: Draft, count: str) -> None:
    """The most deals that may be affected."""
    draft.abort("affected above", {"deals": whole(count)})


@given(parsers.re(r"the run is aborted at more than (?P<budget>\S+ [A-Za-z]+) not booked"))
def aborted_at_money(draft: Draft, budget: str) -> None:
    """The most money that may be missing in the ERP, in the reporting currency."""
    draft.abort("money above", {"budget": budget})


@given(parsers.re(rf"the run is aborted at a backlog older than (?P<age>-?{D})"))
def aborted_at_backlog(draft: Draft, age: str) -> None:
    """How long a deal may wait for its correct order."""
    draft.abort("backlog older than", {"age": age})


@given(parsers.re(rf"the run is aborted after (?P<duration>-?{D})"))
def aborted_after(draft: Draft, duration: str) -> None:
    """How long the run may last, in real time."""
    draft.abort("longest", {"duration": duration})


@given(parsers.re(r'the abort condition "(?P<name>[^"]+)"'))
def abort_condition(draft: Draft, name: str, datatable: Table | None = None) -> None:
    """Any registered abort condition, with its settings in a table."""
    draft.abort(name, {key.replace(" ", "_"): value for key, value in table(datatable).items()})
