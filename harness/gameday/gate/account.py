"""The records of a gate: its folder, its inputs, and the verdict on its stages."""

from __future__ import annotations

import datetime
import hashlib
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from gameday import __version__
from gameday.base import json_text
from gameday.base.violation import LEVELS, Violation
from gameday.config.features import portable
from gameday.config.gameday_toml import StackTable
from gameday.gate.contracts import LocatedContract
from gameday.gate.request import Request
from gameday.model.gate_verdict import GateVerdict, Inputs, Stage, result_of
from gameday.scoring.deployment import GATE_FILE, GATES
from gameday.scoring.new_folder import new_folder, slug
from gameday.scoring.seal import verify


def gate_folder(runs_dir: Path, flow: str, seed: int, now: datetime.datetime) -> Path:
    """A new folder ``gates/<time>-<flow>-<seed>`` among the runs, readable by its owner only. Raises GamedayError."""
    return new_folder(runs_dir / GATES, f"{now:%Y%m%dT%H%M%SZ}-{slug(flow)}-{seed}")


def inputs_of(request: Request, records: dict[str, Any], features: dict[str, str]) -> Inputs:
    """The gate's inputs, by hash."""
    contracts = {"candidate": request.candidate_contract, "base": request.base}
    stacks = {"candidate": request.candidate, "current": request.current}
    return Inputs(
        flow=request.name,
        seed=request.seed,
        sample=request.sample,
        today=request.today.isoformat(),
        contracts={role: _contract(contract) for role, contract in contracts.items() if contract is not None},
        records=records,
        stacks={role: _stack(table) for role, table in stacks.items() if table is not None},
        ignore=request.ignore.digest,
        features=features,
    )


def _contract(located: LocatedContract) -> dict[str, str]:
    return {"version": located.contract.version, "digest": located.contract.digest}


def _stack(table: StackTable) -> dict[str, str]:
    """A stack by name, version and a hash of its table, without the values of its environment: they may be secrets."""
    public = msgspec.structs.replace(table, directory="", env=dict.fromkeys(sorted(table.env), ""))
    digest = hashlib.sha256(msgspec.json.encode(public, order="deterministic")).hexdigest()[:16]
    return {"name": table.name, "version": table.version, "digest": digest}


def verdict_of(
    inputs: Inputs,
    stages: Sequence[Stage],
    *,
    started: datetime.datetime,
    replay: str,
    network: str,
    tried: tuple[str, ...],
    took_s: float,
) -> GateVerdict:
    """The verdict on the stages, with what is needed to repeat the gate."""
    return GateVerdict(
        inputs=inputs,
        result=result_of(stages),
        stages=tuple(stages),
        started=started.isoformat(timespec="seconds"),
        replay=replay,
        network=network,
        tried=tried,
        versions={"gameday": __version__, "python": platform.python_version()},
        took_s=round(took_s, 2),
    )


def last_verdict(runs_dir: Path, flow: str, stack: str, before: Path) -> GateVerdict | None:
    """The verdict of the newest earlier gate of a flow and a stack, if its seal says that it is as it was written."""
    earlier = [
        folder / GATE_FILE
        for folder in (runs_dir / GATES).glob(f"*-{slug(flow)}-*")
        if folder.name < before.name and verify(folder, kinds=["gate"]).counts
    ]
    return _newest(earlier, flow, stack)


def verdict_of_job(folder: Path, flow: str, stack: str) -> GateVerdict | None:
    """The newest verdict of a flow and a stack among the files of earlier jobs, without a seal: it decides nothing."""
    return _newest([*folder.rglob("*.json")], flow, stack)


def _newest(files: Sequence[Path], flow: str, stack: str) -> GateVerdict | None:
    verdicts = []
    for path in files:
        try:
            verdict = json_text.decode(path.read_bytes(), GateVerdict)
        except (OSError, json_text.Unreadable):
            continue
        if verdict.inputs.flow == flow and verdict.inputs.stacks.get("candidate", {}).get("name") == stack:
            verdicts.append(verdict)
    return max(verdicts, key=lambda verdict: verdict.started, default=None)


def portable_stage(stage: Stage) -> Stage:
    """The stage, its violations the most serious first, and their paths relative to the repository."""
    ranked = sorted(stage.violations, key=lambda violation: LEVELS.index(violation.level))
    return msgspec.structs.replace(stage, violations=tuple(map(_relative, ranked)))


def _relative(violation: Violation) -> Violation:
    if not violation.path or ":" in violation.path:
        return violation
    return msgspec.structs.replace(violation, path=portable(Path(violation.path).absolute()))
