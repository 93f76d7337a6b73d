"""Results of other checks of a version, such as a canary or a reconciliation in an environment."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

import msgspec

from gameday.base.errors import GamedayError, unknown
from gameday.model.contract import Contract
from gameday.scoring.deployment import Cell, Decision, RunSummary
from gameday.scoring.new_folder import slug
from gameday.scoring.results.deployments import actor, environment_name, time_now
from gameday.scoring.results.sealed_folders import add_sealed, read_sealed, version_slug
from gameday.scoring.results.store import Store

CHECKS = "checks"
CheckKind = Literal["canary", "reconciliation"]
KINDS: tuple[str, ...] = get_args(CheckKind)
CheckResult = Literal["passed", "failed", "inconclusive"]
RESULTS: tuple[str, ...] = get_args(CheckResult)


class Check(msgspec.Struct, frozen=True):
    """The result of a check of a version in an environment, as the job says that made it.

    ``contracts`` are the digests by flow under which it was made; ``evidence`` the name of a file and its SHA-256.
    """

    kind: CheckKind
    environment: str
    stack: str
    version: str
    result: CheckResult
    contracts: dict[str, str]
    checked: str
    by: str
    evidence: tuple[str, str] = ("", "")


def record_check(
    store: Store,
    kind: CheckKind,
    environment: str,
    stack: str,
    version: str,
    result: CheckResult,
    contracts: Mapping[str, str],
    evidence: Path | None,
) -> str:
    """Seal and add a result, and return its path in the store. Raises GamedayError for evidence that is not there."""
    proof = ("", "")
    if evidence is not None:
        try:
            proof = (evidence.name, hashlib.sha256(evidence.read_bytes()).hexdigest())
        except OSError as problem:
            raise GamedayError(f"cannot read the evidence {evidence}: {problem.strerror}") from None
    check = Check(kind, environment, stack, version, result, dict(contracts), time_now(), actor(), proof)
    why = f"{kind} of {stack} {version} in {environment}: {result}"
    return add_sealed(store, _below(stack, version), kind, "check", check, why)


def required_checks(
    store: Store, required: Sequence[str], stack: str, version: str, contracts: Mapping[str, Contract]
) -> Iterator[Cell]:
    """A cell for each required check, ``canary`` or ``canary:staging``, by its newest result under today's contracts.

    Raises GamedayError for an unknown kind.
    """
    asked = [_asked(each) for each in required]
    found = list(read_sealed(store, _below(stack, version), "check", Check)) if asked else []
    today = {name: contract.digest for name, contract in contracts.items()}
    for kind, environment in asked:
        runs = []
        for folder, check, seal in found:
            if check is None or not seal.counts:
                # It may have been a newer result of this kind.
                runs.append(RunSummary(folder, "", "not judged", ignored=seal.sentence, seal=seal.word))
            elif (check.stack, check.version, check.kind) == (stack, version, kind) and environment in (
                "",
                check.environment,
            ):
                same = today.items() <= check.contracts.items()
                ignored = "" if same else "another state of the contract"
                runs.append(RunSummary(folder, check.checked, check.result, ignored=ignored))
        yield _cell(kind, environment, [*reversed(runs)], today)


def _cell(kind: str, environment: str, runs: Sequence[RunSummary], contracts: Mapping[str, str]) -> Cell:
    """The cell of a check; ``runs`` are its results, newest first."""
    where = f" in {environment}" if environment else ""
    newest = next((run for run in runs if not run.ignored or run.doubtful), None)
    decision: Decision = "inconclusive"
    why = f"no {kind}{where} is recorded: gameday record-result {kind}"
    if newest is not None:
        decision = "yes" if newest.result == "passed" else "no" if newest.result == "failed" else "inconclusive"
        why = newest.ignored or f"the {kind}{where} {newest.result}"
    return Cell(f"{kind}{where}", "", ", ".join(sorted(contracts)), "", decision, tuple(runs), why=why)


def _asked(text: str) -> tuple[str, str]:
    kind, colon, environment = text.partition(":")
    if kind not in KINDS:
        raise unknown("check", kind, KINDS)
    return kind, environment_name(environment) if colon else ""


def _below(stack: str, version: str) -> str:
    return f"{CHECKS}/{slug(stack)}/{version_slug(version)}"
