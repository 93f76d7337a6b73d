"""Reads the sync definition from YAML: the flow's policy, and how the records of its two vendors look.

Durations are in scenario seconds.
"""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import yaml

from gameday_fakes.stacks.durable.vendors import definition_of

DEFAULT = Path(__file__).with_name("sync.yaml")

Route = Literal["retry", "owner", "finance", "approval"]
_OWNER_OF_ROUTE = {"retry": "sync", "owner": "sync", "finance": "finance", "approval": "finance"}


class BadDefinition(ValueError):
    """The definition is wrong; the message is one line."""


@dataclass(frozen=True)
class Reason:
    """How one kind of trouble is handled.

    For ``patience_s`` after the first trouble since a deal's order was written nobody is alerted of it: the ERP takes
    that long.
    """

    code: str
    text: str
    route: Route
    alert_after_s: float
    scope: Literal["record", "system"] = "record"
    opens_after: int = 1
    ticket: bool = False
    patience_s: float = 0.0

    @property
    def owner_role(self) -> str:
        """The role whose owner is alerted."""
        return _OWNER_OF_ROUTE[self.route]

    @property
    def parks(self) -> bool:
        """Whether the record is parked at once instead of being retried."""
        return self.route != "retry"


@dataclass(frozen=True)
class Backoff:
    """Bounded exponential backoff with jitter (a share of the delay, plus or minus). ``attempts`` 0: no limit."""

    first_s: float
    factor: float
    longest_s: float
    jitter: float
    attempts: int = 0

    def delay_s(self, attempt: int, draw: random.Random) -> float:
        """The delay after the ``attempt``-th failure (from 1)."""
        # The exponent is bounded too: probes may go on for days.
        delay_s = min(self.first_s * self.factor ** min(attempt - 1, 60), self.longest_s)
        return delay_s * (1 + self.jitter * (2 * draw.random() - 1))


@dataclass(frozen=True)
class Step:
    """Who is alerted too, by role, if nobody has acknowledged an incident for ``after_s`` seconds."""

    after_s: float
    to: str


@dataclass(frozen=True)
class FieldRule:
    """One field that the flow needs: the flow's ``name`` of it, and its dotted ``path`` in the CRM's record."""

    name: str
    path: str
    required: bool
    type: str = "text"


def value_at(record: Any, path: str) -> Any:
    """The value at a dotted path. Raises KeyError if the path does not exist."""
    for name in path.split("."):
        if not isinstance(record, dict):
            raise KeyError(path)
        record = record[name]
    return record


@dataclass(frozen=True)
class Source:
    """What the flow reads from the CRM and writes back. ``object`` and ``lines`` are the CRM's names.

    ``tier`` is the customers' field that says how much one matters; empty where there is none.
    """

    object: str
    lines: str
    fields: tuple[FieldRule, ...]
    line_fields: tuple[FieldRule, ...]
    write_back_field: str
    write_back_every_s: float
    batch: int
    linger_s: float
    tier: str = ""

    def deal_of(self, record: dict[str, Any]) -> dict[str, Any]:
        """A deal of the CRM by the flow's names; what the record does not have is not there."""
        return _renamed(record, self.fields)

    def line_of(self, record: dict[str, Any]) -> dict[str, Any]:
        """A line of the CRM by the flow's names, in the same way."""
        return _renamed(record, self.line_fields)

    def path(self, name: str) -> str:
        """The CRM's name of a deal's field."""
        return next(rule.path for rule in self.fields if rule.name == name)


def _renamed(record: dict[str, Any], rules: tuple[FieldRule, ...]) -> dict[str, Any]:
    found = {}
    for rule in rules:
        try:
            value = value_at(record, rule.path)
        except KeyError:
            continue
        # Some CRMs have every value as text.
        is_flag = rule.type == "boolean" and isinstance(value, str)
        found[rule.name] = value.lower() == "true" if is_flag else value
    return found


@dataclass(frozen=True)
class Listen:
    """How the sync hears of changes that the ERP notifies: how often it looks at its subscription, and renews it."""

    check_every_s: float
    renew_every_s: float


@dataclass(frozen=True)
class Sink:
    """How a deal becomes an order. ``order``, ``copied``: by the order's field the deal's, the latter custom fields.

    ``price_level`` is only for an ERP that has price levels, ``list_currency`` for one that shows prices in one
    currency, ``untaxed`` for one that taxes a line by its item unless the line has a code. ``order_type``,
    ``conditions`` (the condition types of price, discount and rest) and ``billing_block`` are for one whose orders have
    types, are priced by conditions, and are billed by the ERP itself. ``listen`` is for one that notifies changes.
    """

    order: dict[str, str]
    price_tolerance_percent: Decimal
    price_cache_s: float
    copied: dict[str, str] = field(default_factory=dict)
    price_level: str = ""
    list_currency: str = ""
    untaxed: str = ""
    order_type: str = ""
    conditions: dict[str, str] = field(default_factory=dict)
    billing_block: str = ""
    listen: Listen | None = None


@dataclass(frozen=True)
class Reconcile:
    """How the two ledgers are compared.

    A deal with a write that the ERP did not answer in time is compared for ``in_doubt_s``.
    """

    every_s: float
    overlap_s: float
    page: int
    repairs: int
    missed_alert_after_s: float
    in_doubt_s: float = 3600.0


@dataclass(frozen=True)
class Alerts:
    """When alerts are sent. ``backlog_least_real_s`` is in real seconds, so that a busy machine raises no alert."""

    update_every_s: float
    tick_s: float
    backlog_after_s: float
    backlog_least_real_s: float
    payloads: int


@dataclass(frozen=True)
class Workers:
    """Where the state is kept, and how the processes share the work where that is PostgreSQL.

    ``database`` is ``postgresql://...``, or ``file:PATH`` with that in the file; empty: SQLite, in one process.
    A worker that shows no sign of life for ``lease_s`` (at least ``lease_least_real_s`` real seconds) loses its deals
    to the others. ``jobs`` is how many deals a worker has in hand, ``least`` and ``most`` how many workers one stack
    starts by itself, one more for every ``deals_per_worker`` that wait.
    """

    database: str = ""
    lease_s: float = 120.0
    lease_least_real_s: float = 3.0
    jobs: int = 24
    least: int = 1
    most: int = 4
    deals_per_worker: int = 100


@dataclass(frozen=True)
class Definition:
    """The whole policy of the flow."""

    owners: dict[str, str]
    source: Source
    sink: Sink
    concurrency: int
    timeout_s: float
    retry: Backoff
    probe: Backoff
    redrive_every_s: float
    reconcile: Reconcile
    alerts: Alerts
    reasons: dict[str, Reason] = field(repr=False)
    escalation: tuple[Step, ...] = ()
    urgent_from: dict[str, Decimal] = field(default_factory=dict)
    workers: Workers = Workers()

    def owner_of(self, reason: Reason) -> str:
        """Who is alerted about a reason."""
        return self.owners[reason.owner_role]


def _fields(table: dict[str, dict[str, Any]]) -> tuple[FieldRule, ...]:
    return tuple(
        FieldRule(name, rule["path"], bool(rule.get("required")), rule.get("type", "text"))
        for name, rule in table.items()
    )


@functools.cache
def load(crm: str, erp: str, path: Path = DEFAULT) -> Definition:
    """Read the definition for a pair of vendors. Raises BadDefinition, which names the file and what is wrong."""
    crm_path, erp_path = definition_of("crm", crm), definition_of("erp", erp)
    try:
        raw, crm_raw, erp_raw = _read(path), _read(crm_path), _read(erp_path)
        return Definition(
            owners=raw["owners"],
            source=Source(
                object=crm_raw["object"],
                lines=crm_raw["lines"],
                fields=_fields(crm_raw["fields"]),
                line_fields=_fields(crm_raw["line_fields"]),
                write_back_field=crm_raw["write_back"],
                tier=crm_raw.get("tier", ""),
                **raw["source"],
            ),
            sink=Sink(
                price_tolerance_percent=Decimal(str(raw["sink"]["price_tolerance_percent"])),
                price_cache_s=raw["sink"]["price_cache_s"],
                **{**erp_raw, "listen": Listen(**erp_raw["listen"]) if "listen" in erp_raw else None},
            ),
            concurrency=raw["concurrency"],
            escalation=tuple(Step(**step) for step in raw.get("escalation", ())),
            urgent_from={code: Decimal(str(amount)) for code, amount in raw.get("urgent_from", {}).items()},
            timeout_s=raw["timeout_s"],
            retry=Backoff(**raw["retry"]),
            probe=Backoff(**raw["probe"]),
            redrive_every_s=raw["redrive_every_s"],
            reconcile=Reconcile(**raw["reconcile"]),
            alerts=Alerts(**raw["alerts"]),
            workers=Workers(**raw.get("workers", {})),
            reasons={code: Reason(code=code, **table) for code, table in raw["reasons"].items()},
        )
    except KeyError as missing:
        raise BadDefinition(f"{_names(path, crm_path, erp_path)}: {missing.args[0]!r} is missing") from None
    except (OSError, yaml.YAMLError, TypeError, ValueError, AttributeError) as problem:
        raise BadDefinition(f"{_names(path, crm_path, erp_path)}: {str(problem).splitlines()[0]}") from None


def _read(path: Path) -> Any:
    return yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


def _names(*paths: Path) -> str:
    return ", ".join(path.name for path in paths)
