"""What the dashboard knows of one run: the figures of a judged one, or why a run does not count."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from gameday.analysis.incident import Times
from gameday.analysis.outage import Outage
from gameday.analysis.revenue import Revenue
from gameday.model.contract import Sla


class Digests(msgspec.Struct, frozen=True):
    """The hashes of rubric, contract and scenario; scores are compared only if all three agree."""

    rubric: str
    contract: str
    scenario: str


class RunSummary(msgspec.Struct, frozen=True):
    """One judged run. ``link`` leads from the site to its postmortem; ``times`` are None if they cannot be read.

    ``word`` is the result (passed, failed or inconclusive), ``expected`` the result that the feature's tags announce
    for the stack; ``broke`` are the expectations with that result unless it is passed, ``modes`` the failure modes that
    the run exercises, if ``effective``: every fault shows that it took effect. ``controlled``: a fault-free control run
    was recorded. ``unreconciled`` are the deals on which the ledgers disagree, ``faults`` the injected ones with their
    targets, ``owners`` those of the flow by role. ``verdicts`` are the results by the verdict's name, the worst of
    several.
    """

    run: str
    link: str
    stack: str
    stack_version: str
    scenario: str
    seed: int
    pace: float
    started: datetime
    digests: Digests
    word: str
    expected: str
    broke: tuple[str, ...]
    detection: float | None
    recovery: float | None
    grade: str
    no_impact: bool
    orders: int
    affected: int
    unreported: int
    unreported_money: dict[str, Decimal]
    false_alarms: int
    interventions_per_1000: float | None
    times: Times | None
    sla: Sla
    schema_change: bool
    modes: tuple[int, ...]
    controlled: bool
    effective: bool = True
    flow: str = ""
    owners: dict[str, str] = {}
    faults: tuple[str, ...] = ()
    unreconciled: int = 0
    revenue: Revenue | None = None
    outage: Outage | None = None
    verdicts: dict[str, str] = {}

    @property
    def release(self) -> str:
        """The stack with its version, where one was recorded."""
        return f"{self.stack} {self.stack_version}".strip()

    @property
    def decided(self) -> bool:
        """Whether it passed or failed: an inconclusive run is no evidence of a loss, and rules none out."""
        return self.word in ("passed", "failed")

    @property
    def exercises(self) -> bool:
        """Whether the run shows what the stack does in its failure modes."""
        return self.effective and self.decided

    @property
    def order(self) -> tuple[datetime, str]:
        """The sort key: the start, then the name."""
        return self.started, self.run


class Unfinished(msgspec.Struct, frozen=True):
    """A run that does not count: it was interrupted, cannot be read, or is not as it was sealed; ``why`` says which."""

    run: str
    stack: str
    scenario: str
    why: str
