"""``gameday gate --changed``: the gate of every flow that a change touches, with one summary."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gameday.base.errors import EXIT_FAILED, EXIT_PASSED, GamedayError

if TYPE_CHECKING:
    from gameday.base.violation import Violation
    from gameday.config.gameday_toml import Config
    from gameday.gate.touched import Touched

#: A gate keeps so many processors busy: it replays through two stacks at a time.
PROCESSORS = 2
#: Stands for the flow's name in --records.
FLOW = "{flow}"


def records_of(given: Path, flow: str) -> Path:
    """The records of a flow: ``recordings/{flow}`` with its name."""
    return Path(str(given).replace(FLOW, flow))


def find_touched(asked: dict[str, Any], config: Config, runs_dir: Path) -> Touched:
    """The flows of your own contracts that the change since --base touches. Raises GamedayError."""
    from gameday.contracts.compatibility.git import changed_paths, repository_root
    from gameday.contracts.folders import own_contracts
    from gameday.gate.touched import touched_flows

    if asked["name"]:
        raise GamedayError("--changed finds the flows by itself", hint="leave --contract out")
    if not asked["base"] or Path(asked["base"]).is_dir():
        raise GamedayError("--changed needs a git revision to compare with", hint="such as --base origin/main")
    folders = own_contracts(config.contract_folders)
    if not folders:
        raise GamedayError("there are no contracts of your own", hint="see [contracts] in gameday.toml")
    if len(folders) > 1 and FLOW not in str(asked["records"]):
        raise GamedayError(f"--records is one recording for {len(folders)} flows", hint=f"such as recordings/{FLOW}")
    recordings = {name: records_of(asked["records"], name) for name in folders}
    root, runs = repository_root(), runs_dir.resolve()
    paths = [path for path in changed_paths(asked["base"]) if not (root / path).is_relative_to(runs)]
    return touched_flows(paths, folders, root, recordings)


def removed_findings(
    asked: dict[str, Any], config: Config, removed: tuple[str, ...], now: datetime.datetime
) -> dict[str, tuple[Violation, ...]]:
    """What is wrong with the removal of each contract that is gone."""
    from gameday.contracts.compatibility.approvals import read_approvers
    from gameday.contracts.compatibility.diff import review_removal

    found = {}
    for flow in removed:
        base = f"{asked['base']}:{flow}"
        approvers = read_approvers(config.flows_file, base, config.sign_off_proof)
        found[flow] = review_removal(base, now=now, sign_offs=asked["sign_offs"], approvers=approvers)
    return found


def worst(codes: list[int]) -> int:
    """The exit code of several gates: failed before inconclusive before passed."""
    return EXIT_FAILED if EXIT_FAILED in codes else max(codes, default=EXIT_PASSED)


def gates_at_a_time(asked: dict[str, Any], config: Config) -> int:
    """How many gates run at a time: as asked, else as many as the machine carries; one where they share anything."""
    from gameday.base.processors import processors
    from gameday.config.stack_address import one_at_a_time

    tables = [config.stack(asked[role]) for role in ("stack", "current") if asked[role]]
    if config.fakes_url or any(map(one_at_a_time, tables)):
        return 1
    return asked["parallel"] or max(1, int(processors() / PROCESSORS))
