"""What the stacks of others should come to (``<stack>/expected.toml``), and what a run of one came to.

``PYTHONPATH=tests python -m stacks.expected node_red [feature]`` runs the scenarios of a stack and lists what differs.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from support.commands import ANEW, gameday

FOLDER = Path(__file__).parent
STACKS = ("node_red", "jsforce", "python_batch")
#: The states that a deal should not end in, as a scorecard counts them.
STATES = ("late", "parked", "duplicated", "mismatched", "lost")


class Expected(NamedTuple):
    """One scenario: its result, the expectations that fail, and the least and the most deals in each state.

    ``revised`` says what was expected before the first run, and why that was wrong. ``quick`` scenarios run in CI.
    ``feature`` is one of the library, or in the stack's own folder; ``pace`` 0 is that of the stack's configuration.
    """

    feature: str
    result: str
    reason: str
    failed: tuple[str, ...] = ()
    states: Mapping[str, tuple[int, int]] = MappingProxyType({})
    quick: bool = False
    pace: float = 0
    revised: str = ""


def read(stack: str) -> list[Expected]:
    """What a stack should come to, in the order of the file."""
    tables = tomllib.loads((FOLDER / stack / "expected.toml").read_text())["scenario"]
    return [
        Expected(
            **{
                **table,
                "failed": tuple(table.get("failed", ())),
                "states": {state: (least, most) for state, (least, most) in table.get("states", {}).items()},
            }
        )
        for table in tables
    ]


def run(stack: str, expected: Expected, runs: Path) -> Path | str:
    """Run one scenario into an empty folder: the run's own, or what was printed where there is none."""
    command = ["run", expected.feature, "--stack", stack, "-j", "1", "--runs", str(runs)]
    options = ["--pace", f"{expected.pace:g}"] if expected.pace else []
    config = FOLDER / stack / "gameday.toml"
    # A feature in a stack's own folder is below the tests' conftest, which pytest loads.
    path = os.pathsep.join(filter(None, (str(FOLDER.parent), os.environ.get("PYTHONPATH"))))
    command += ["--config", str(config), *options]
    done = gameday(*command, cwd=FOLDER / stack, env=os.environ | {"PYTHONPATH": path}, program=ANEW)
    # The last one, where the machine was too busy and the scenario was run again.
    folders = sorted(runs.glob("*/verdicts.json"), key=lambda file: file.stat().st_mtime)
    return folders[-1].parent if folders else done.stdout + done.stderr


def differences(expected: Expected, outcome: Path | str) -> Iterator[str]:
    """What came out otherwise, one line each."""
    if isinstance(outcome, str):
        if expected.result != "not applicable" or "not applicable" not in outcome:
            yield f"expected {expected.result}, and there was no run: {outcome[-2000:]}"
        return
    found = json.loads((outcome / "verdicts.json").read_text())
    if found["result"] != expected.result:
        unproven = [v for v in found["verdicts"] if v["result"] == "inconclusive"]
        reasons = "".join(f"; {v['name']}: {v['summary']}" for v in unproven)
        yield f"{found['result']}, expected {expected.result}{reasons}"
    failed = {verdict["name"]: verdict["summary"] for verdict in found["verdicts"] if verdict["result"] == "failed"}
    for name in failed.keys() - set(expected.failed):
        yield f"failed unexpectedly: {name}: {failed[name]}"
    for verdict in found["verdicts"]:
        if verdict["name"] in expected.failed and verdict["result"] != "failed":
            yield f"{verdict['result']}, expected to fail: {verdict['name']}: {verdict['summary']}"
    counts = _counts(outcome)
    for state in STATES:
        if state == "late" and state not in expected.states:
            continue  # a busy machine makes deals late, too
        least, most = expected.states.get(state, (0, 0))
        if not least <= counts[state] <= most:
            yield f"{counts[state]} {state}, expected {least} to {most}"


def _counts(folder: Path) -> dict[str, int]:
    """How many deals ended in each state."""
    scorecard: dict[str, Any] = json.loads((folder / "scorecard.json").read_text())
    return {state: scorecard["states"][state]["orders"] for state in STATES}


def main(arguments: list[str]) -> int:
    """Run the scenarios of a stack; 1 if something differs."""
    stack, *wanted = arguments
    bad = False
    for expected in read(stack):
        if wanted and expected.feature not in wanted:
            continue
        outcome = run(stack, expected, Path(tempfile.mkdtemp(prefix="gameday-expected-")))
        found = list(differences(expected, outcome))
        bad |= bool(found)
        counts = _counts(outcome) if isinstance(outcome, Path) else {}
        sys.stdout.write(f"{expected.feature}: {counts} {'; '.join(found) or 'as expected'}\n  {outcome!s:.200}\n")
        sys.stdout.flush()
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
