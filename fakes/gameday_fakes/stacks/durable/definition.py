"""Reads the sync definition, the flow's policy, from YAML. Durations are in scenario seconds."""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import yaml

DEFAULT = Path(__file__).with_name("sync.yaml")

Route = Literal["retry", "owner", "finance", "approval"]
_OWNER_OF_ROUTE = {"retry": "sync", "owner": "sync", "finance": "finance", "approval": "finance"}


class BadDefinition(ValueError):
    """The definition is wrong; the message is one line."""


@dataclass(frozen=True)
class Reason:
    """How one kind of trouble is handled."""

    code: str
    text: str
    route: Route
    alert_after_s: float
    scope: Literal["record", "system"] = "record"
    opens_after: int = 1
    ticket: bool = False

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
class FieldRule:
    """One field that the flow needs. ``path`` is its dotted path in the record."""

    name: str
    path: str
    required: bool
    type: str = "text"


@dataclass(frozen=True)
class Source:
    """What the flow reads from the CRM and writes back."""

    object: str
    lines: str
    fields: tuple[FieldRule, ...]
    line_fields: tuple[FieldRule, ...]
    write_back_field: str
    write_back_every_s: float
    batch: int
    linger_s: float


@dataclass(frozen=True)
class Sink:
    """How a deal becomes an order. ``copied``: by the order's field the deal's, for custom fields."""

    order: dict[str, str]
    copied: dict[str, str]
    price_level: str
    price_tolerance_percent: Decimal
    price_cache_s: float


@dataclass(frozen=True)
class Reconcile:
    """How the two ledgers are compared."""

    every_s: float
    overlap_s: float
    page: int
    repairs: int
    missed_alert_after_s: float


@dataclass(frozen=True)
class Alerts:
    """When alerts are sent. ``backlog_least_real_s`` is in real seconds, so that a busy machine raises no alert."""

    update_every_s: float
    tick_s: float
    backlog_after_s: float
    backlog_least_real_s: float
    payloads: int


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

    def owner_of(self, reason: Reason) -> str:
        """Who is alerted about a reason."""
        return self.owners[reason.owner_role]


def _fields(table: dict[str, dict[str, Any]]) -> tuple[FieldRule, ...]:
    return tuple(
        FieldRule(name, rule.get("path", name), bool(rule["required"]), rule.get("type", "text"))
        for name, rule in table.items()
    )


@functools.cache
def load(path: Path = DEFAULT) -> Definition:
    """Read a definition. Raises BadDefinition, which names the file and what is wrong."""
    try:
        raw = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
        source, sink = dict(raw["source"]), dict(raw["sink"])
        write_back = source["write_back"]
        return Definition(
            owners=raw["owners"],
            source=Source(
                object=source["object"],
                lines=source["lines"],
                fields=_fields(source["fields"]),
                line_fields=_fields(source["line_fields"]),
                write_back_field=write_back["field"],
                write_back_every_s=write_back["every_s"],
                batch=source["batch"],
                linger_s=source["linger_s"],
            ),
            sink=Sink(**{**sink, "price_tolerance_percent": Decimal(str(sink["price_tolerance_percent"]))}),
            concurrency=raw["concurrency"],
            timeout_s=raw["timeout_s"],
            retry=Backoff(**raw["retry"]),
            probe=Backoff(**raw["probe"]),
            redrive_every_s=raw["redrive_every_s"],
            reconcile=Reconcile(**raw["reconcile"]),
            alerts=Alerts(**raw["alerts"]),
            reasons={code: Reason(code=code, **table) for code, table in raw["reasons"].items()},
        )
    except KeyError as missing:
        raise BadDefinition(f"{path.name}: {missing.args[0]!r} is missing") from None
    except (OSError, yaml.YAMLError, TypeError, ValueError, AttributeError) as problem:
        raise BadDefinition(f"{path.name}: {str(problem).splitlines()[0]}") from None
