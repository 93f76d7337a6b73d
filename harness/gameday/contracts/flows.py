"""The registry of flows: what each is worth, how often it runs, and who owns which part of it.

One YAML or CSV file with the same columns; a row is a flow. A problem in a row is a violation with its line, so
that one bad number does not hide another; a file that cannot be read at all is an error.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import shown
from gameday.base.violation import Violation
from gameday.contracts.exceptions import KEYS as EXCEPTION_KEYS
from gameday.contracts.exceptions import read_exceptions
from gameday.contracts.flows_file import Row, read_rows
from gameday.contracts.pair import stands_for
from gameday.contracts.people import KEY, People, read_people
from gameday.contracts.rates import KEYS, read_rates
from gameday.contracts.values import read_number
from gameday.model.contract import Contract
from gameday.model.handling import ExceptionPath, Rung
from gameday.model.rates import Rates

OWNER_COLUMNS = {"owner_sync": "sync", "owner_source": "source", "owner_sink": "sink", "owner_platform": "platform"}
#: Who stands in for each owner, and how trouble with the flow is handled: the rest of the ownership matrix.
FALLBACK_COLUMNS = {f"fallback_{role}": role for role in OWNER_COLUMNS.values()}
DUTY_COLUMNS = {
    "on_call": "on call",
    "trigger": "trigger",
    "exception_route": "exception route",
    "qa_checkpoint": "QA checkpoint",
}
#: What is prepared for a bad day: a runbook and a template for postmortems, which are files or addresses, and how a
#: change is first tried with a share of the deals.
FILE_COLUMNS = {"runbook": "runbook", "postmortem_template": "postmortem template"}
PREPARED_COLUMNS = {**FILE_COLUMNS, "canary": "canary"}
COLUMNS = (
    *("flow", "source", "sink", *OWNER_COLUMNS, "revenue_exposure_per_day", "currency", "frequency"),
    *("impact_class", "contract", "contract_version", "last_game_day", "detection", "recovery"),
    *(*FALLBACK_COLUMNS, *DUTY_COLUMNS, *PREPARED_COLUMNS),
)
#: Columns that may be empty: the runs folder supplies them, or there was no game day yet.
OPTIONAL = frozenset({"last_game_day", "detection", "recovery", *FALLBACK_COLUMNS, *DUTY_COLUMNS, *PREPARED_COLUMNS})
IMPACT_CLASSES = ("critical", "high", "medium", "low")
FREQUENCIES = ("event", "minutes", "hourly", "daily", "weekly", "monthly")
#: The placeholder that a draft writes for an owner.
NOBODY = "nobody-yet"

#: The role responsible for a role, a kind of action, a side of the contract, or the target of a fault.
_ROLES = {
    **{role: role for role in ("sync", "source", "sink", "platform", "finance")},
    **{"prevent": "sync", "mitigate": "sync", "detect": "platform"},
    **{"crm": "source", "erp": "sink", "stack": "sync", "pager": "platform", "tickets": "platform"},
}
#: The role to ask where one has no owner; after that, the owner of the sync.
_NEXT = {"finance": "sink"}


class RegisteredFlow(msgspec.Struct, frozen=True):
    """One flow. ``owners`` are by role; the exposure is money a day in ``currency``, the scores are of 0 to 100.

    ``source`` and ``sink`` are systems, such as the names of vendors. ``line`` is its line in the file. ``fallbacks``
    stand in for the owners, by role; ``duties`` are by column (``DUTY_COLUMNS``): who is on call, what calls them,
    where exceptions go, and who checks. ``exceptions`` say what becomes of each kind of error, ``ladder`` who is called
    next. ``prepared`` is by column (``PREPARED_COLUMNS``): its runbook, the template of its postmortems, its canary.
    """

    flow: str
    source: str = ""
    sink: str = ""
    owners: dict[str, str] = {}
    revenue_exposure_per_day: Decimal | None = None
    currency: str = ""
    frequency: str = ""
    impact_class: str = ""
    contract: str = ""
    contract_version: str = ""
    last_game_day: datetime.date | None = None
    detection: float | None = None
    recovery: float | None = None
    line: int = 0
    fallbacks: dict[str, str] = {}
    duties: dict[str, str] = {}
    exceptions: tuple[ExceptionPath, ...] = ()
    ladder: tuple[Rung, ...] = ()
    prepared: dict[str, str] = {}

    @property
    def undefined(self) -> list[str]:
        """What the ownership matrix lacks, in words: "fallback of the sync"."""
        roles = [f"fallback of the {role}" for role in OWNER_COLUMNS.values() if role not in self.fallbacks]
        return [*roles, *(words for column, words in DUTY_COLUMNS.items() if column not in self.duties)]


class FlowRegistry(msgspec.Struct, frozen=True):
    """All flows of one file, what is wrong with its rows, the exchange rates, and who the owners are."""

    path: str
    flows: tuple[RegisteredFlow, ...]
    violations: tuple[Violation, ...]
    rates: Rates = Rates()
    people: People = {}


def owner_of(owners: Mapping[str, str], what: str) -> str:
    """The owner responsible for ``what``, among the ``owners`` of a flow or a contract.

    ``what`` is a role (``sync``, ``source``, ``sink``, ``platform``, ``finance``), a kind of action (``prevent``,
    ``detect``, ``mitigate``), a side of the contract (``crm``, ``erp``) or the target of a fault. Empty if not
    even the sync has an owner. Raises GamedayError for any other value.

    >>> owner_of({"sync": "revenue-operations", "sink": "erp-platform"}, "finance")
    'erp-platform'
    """
    if what not in _ROLES:
        raise unknown("owner's role or kind of action", what, _ROLES)
    role = _ROLES[what]
    asked = (role, _NEXT.get(role, ""), "sync")
    return next((owners[each] for each in asked if owners.get(each)), "")


def bundled_flows() -> Path:
    """The registry that comes with the library."""
    return Path(str(resources.files("gameday_scenarios"))) / "flows.yaml"


def as_registered(contract: Contract, flows: Iterable[RegisteredFlow]) -> Contract:
    """The contract with what only the registry has: the revenue a day, and owners such as the platform's.

    The contract's own owners take precedence. Of a contract of another pair that no flow names, it is the flow of the
    contract in whose place it stands: the same people answer for it. Of several flows under one contract, nothing says
    which one is meant: then there is no revenue a day, and nothing of errors.
    """
    by_contract: dict[str, list[RegisteredFlow]] = {}
    for flow in flows:
        by_contract.setdefault(flow.contract, []).append(flow)
    own = by_contract.get(contract.name) or by_contract.get(stands_for(contract), [])
    registered = {role: who for flow in own for role, who in flow.owners.items()}
    of_one = {}
    if len(own) == 1:
        of_one = {
            "revenue_per_day": own[0].revenue_exposure_per_day,
            "revenue_currency": own[0].currency,
            "exceptions": own[0].exceptions,
            "ladder": own[0].ladder,
        }
    return msgspec.structs.replace(contract, owners={**registered, **contract.owners}, **of_one)


def read_flows(path: Path) -> FlowRegistry:
    """Read a registry. Raises GamedayError if it is not one, for an unknown column, or for a rate that is none."""
    violations: list[Violation] = []
    flows = []
    seen: dict[str, int] = {}
    for row in read_rows(path, COLUMNS, (*KEYS, KEY, *EXCEPTION_KEYS)):
        flow = _flow(row, str(path), violations)
        if flow.flow and flow.flow in seen:
            message = f"flow {flow.flow!r} is already defined on line {seen[flow.flow]}"
            violations.append(violation("duplicate", message, str(path), flow.line))
        elif flow.flow:
            seen[flow.flow] = flow.line
            flows.append(flow)
    handled = read_exceptions(path, seen)
    violations += [violation(each.rule, each.message, str(path), each.line) for each in handled.problems]
    flows = [
        msgspec.structs.replace(
            flow, exceptions=handled.paths.get(flow.flow, ()), ladder=handled.ladders.get(flow.flow, ())
        )
        for flow in flows
    ]
    people = {} if path.suffix == ".csv" else read_people(path.read_bytes(), where=str(path))
    return FlowRegistry(str(path), tuple(flows), tuple(violations), read_rates(path), people)


def violation(rule: str, message: str, path: str, line: int, **more: Any) -> Violation:
    """A problem in a row of the registry."""
    return Violation(f"inventory.{rule}", more.pop("level", "error"), message, path, line, **more)


def _flow(row: Row, path: str, violations: list[Violation]) -> RegisteredFlow:
    def wrong(rule: str, column: str, message: str) -> None:
        violations.append(violation(rule, f"{column}: {message}", path, row.lines.get(column, row.line)))

    for column in COLUMNS:
        value = row.values.get(column, "")
        if column in OWNER_COLUMNS:
            if not value or value == NOBODY:
                wrong("owner-missing", column, "it has no owner")
        elif not value and column not in OPTIONAL:
            wrong("value-missing", column, "empty")
    read: dict[str, Any] = {}
    for column, reader in _READERS.items():
        text = row.values.get(column, "")
        try:
            read[column] = reader(text) if text else None
        except GamedayError as problem:
            wrong(_RULES.get(column, "bad-number"), column, str(problem))
    owners = {role: row.values[column] for column, role in OWNER_COLUMNS.items() if row.values.get(column)}
    plain = ("flow", "source", "sink", "contract", "contract_version")
    texts: dict[str, Any] = {column: row.values.get(column, "") for column in plain}
    known = {column: value for column, value in read.items() if value is not None}
    fallbacks = {role: row.values[column] for column, role in FALLBACK_COLUMNS.items() if row.values.get(column)}
    return RegisteredFlow(
        **texts,
        **known,
        owners={role: who for role, who in owners.items() if who != NOBODY},
        line=row.line,
        fallbacks={role: who for role, who in fallbacks.items() if who != NOBODY},
        duties={column: row.values[column] for column in DUTY_COLUMNS if row.values.get(column)},
        prepared={column: row.values[column] for column in PREPARED_COLUMNS if row.values.get(column)},
    )


def _money(text: str) -> Decimal:
    return read_number(text, "revenue exposure")


def _score(text: str) -> float:
    points = read_number(text, "score")
    if points > 100:
        raise GamedayError(f"{shown(text)} is more than 100")
    return float(points)


def _date(text: str) -> datetime.date:
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        raise GamedayError(f"{shown(text)} is not a date", hint="write YYYY-MM-DD") from None
    return day


@functools.cache
def _currencies() -> frozenset[str]:
    from faker.providers.currency import Provider

    return frozenset(code for code, _ in Provider.currencies)


def _currency(text: str) -> str:
    if text not in _currencies():
        raise GamedayError(f"{shown(text)} is not a currency", hint="an ISO 4217 code, such as EUR")
    return text


def _one_of(what: str, known: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise unknown(what, text, known)
        return text

    return read


_READERS: dict[str, Callable[[str], Any]] = {
    "revenue_exposure_per_day": _money,
    "currency": _currency,
    "frequency": _one_of("frequency", FREQUENCIES),
    "impact_class": _one_of("impact class", IMPACT_CLASSES),
    "last_game_day": _date,
    "detection": _score,
    "recovery": _score,
}
_RULES = {
    "currency": "bad-currency",
    "frequency": "unknown-value",
    "impact_class": "unknown-value",
    "last_game_day": "bad-date",
}
