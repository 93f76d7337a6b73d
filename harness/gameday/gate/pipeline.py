"""The gate: its stages one after the other, until one fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from gameday.base.errors import EXIT_INCONCLUSIVE, GamedayError
from gameday.contracts.compatibility.approvals import read_approvers
from gameday.contracts.compatibility.diff import FlowReview, compare_all
from gameday.gate.contracts import SchemaChange, schema_changes
from gameday.gate.features import CarryOut, run_features
from gameday.gate.ledger_stage import compare_ledgers
from gameday.gate.migration import Migration
from gameday.gate.records import Sampled, check_sample
from gameday.gate.replay_stage import Replays, make_deals, run_replays
from gameday.gate.request import Request
from gameday.gate.smoke_stage import smoke_deal
from gameday.model.gate_verdict import STAGES, Stage, state_of
from gameday.records.record import Progress

OnStage = Callable[[Stage], None]


class Gate:
    """Carries out one request. Later stages use what earlier ones have found."""

    def __init__(
        self, request: Request, progress: Progress | None = None, *, elsewhere: CarryOut | None = None
    ) -> None:
        """``progress`` is called with how much of the file of records has been read, each time that it is read.

        ``elsewhere`` carries out the scenarios of the game day.
        """
        self._request = request
        self._elsewhere = elsewhere
        self._progress = progress
        self._changes: tuple[SchemaChange, ...] = ()
        self._sampled: Sampled | None = None
        self._replays: Replays | None = None
        #: Which records were read, for the verdict's list of inputs.
        self.records: dict[str, Any] = {}

    def run(self, on_stage: OnStage = lambda _: None) -> Iterator[Stage]:
        """Every stage, in order; after one that stops the gate, the others as not run.

        Raises GamedayError for a mistake in the request; a stage that cannot be judged is inconclusive.
        """
        stages: tuple[Callable[[], Stage], ...] = (
            self._diff,
            self._check_records,
            self._replay,
            self._compare,
            self._smoke,
            self._game_day,
        )
        stopped = ""
        for name, check in zip(STAGES, stages, strict=True):
            stage = self._carry_out(name, check) if not stopped else Stage(name, "not run", f"stopped at {stopped}")
            if stage.stops:
                stopped = name
            on_stage(stage)
            yield stage

    def _carry_out(self, name: str, check: Callable[[], Stage]) -> Stage:
        began_s = time.monotonic()
        try:
            stage = check()
        except GamedayError as problem:
            if problem.exit_code != EXIT_INCONCLUSIVE:
                raise
            stage = Stage(name, "inconclusive", str(problem))
        return msgspec.structs.replace(stage, took_s=round(time.monotonic() - began_s, 2))

    def _diff(self) -> Stage:
        request = self._request
        if request.base is None and request.base_name:
            summary = f"the contract {request.name!r} is new: {request.base_name} does not exist"
            found = self._review().violations if request.deployed else ()
            return Stage("contract diff", state_of(found), summary, found, figures={"new": True})
        if request.base is None:
            return Stage(
                "contract diff", "skipped", "there is no base to compare the contract with; name one with --base"
            )
        contract = self._review()
        compared = contract.comparison
        uncertain = Migration(request.base, request.candidate_contract).uncertain
        self._changes = schema_changes(compared, uncertain)
        return Stage(
            "contract diff",
            state_of(contract.violations),
            _summary(contract),
            contract.violations,
            {"changes": len(compared.changes), "required": compared.required_step, "digest": compared.digest},
        )

    def _review(self) -> FlowReview:
        """The contract beside its base and the versions that are still deployed."""
        request = self._request
        [review] = compare_all(
            request.base_name,
            request.name,
            now=request.now,
            folders=request.config.contract_folders,
            sign_offs=request.sign_offs,
            approvers=read_approvers(request.config.flows_file, request.base_name, request.config.sign_off_proof),
            deployed=request.deployed,
        )
        return review

    def _check_records(self) -> Stage:
        stage, self._sampled = check_sample(self._request, self._progress)
        self.records = {"name": self._request.records.name, **self._sampled.account}
        return stage

    def _replay(self) -> Stage:
        assert self._sampled is not None  # noqa: S101 - the stage before has set it, or stopped
        deals = make_deals(self._request, self._sampled.records, self._sampled.moved)
        stage, self._replays = run_replays(self._request, deals, self._changes)
        return stage

    def _compare(self) -> Stage:
        assert self._replays is not None  # noqa: S101
        return compare_ledgers(self._request, self._replays, self._changes)

    def _smoke(self) -> Stage:
        return smoke_deal(self._request, self._changes)

    def _game_day(self) -> Stage:
        return run_features(self._request, self._changes, elsewhere=self._elsewhere)


def _summary(contract: FlowReview) -> str:
    compared = contract.comparison
    count = len(compared.changes)
    if not count:
        return "the contract has not changed"
    errors = sum(1 for violation in contract.violations if violation.level == "error")
    demanded = f"{f'{count:,} changes demand' if count > 1 else '1 change demands'} a {compared.required_step} step"
    return f"{demanded}, {compared.declared_step} is declared" + (f"; {errors:,} stop the deploy" if errors else "")
