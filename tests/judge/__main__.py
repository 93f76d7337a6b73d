"""Proves the judge: changes passing runs in one place at a time and shows that every change lowers the judgement.

    python -m judge                    the stories, and four scenarios run afresh with durable
    python -m judge RUN [RUN ...]      the stories, and the passing runs in these folders
    python -m judge --stories          the stories alone, in a few seconds

Writes docs/judge.md. Exits with 1 if a change survives that neither a rule explains nor survivors.csv lists, if one
that is listed no longer survives (``--prune`` takes it from the list), or if a rule explains nothing.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from gameday.base.errors import GamedayError
from gameday.model.checker import Case, Result
from gameday.scoring.judge import judge
from gameday.scoring.run_folder import Run, list_runs
from judge.fresh import fresh_runs
from judge.proof import IN_STORY, Rows, known_survivors, problems, prove, write_survivors
from judge.report import PAGE, render
from judge.same import other_names, shuffled, whole_judgement
from judge.stories import cases

#: How many mutations of one row are tried in each recorded run.
IN_RUN = 1


def main() -> int:
    """Run the proof."""
    parser = argparse.ArgumentParser(prog="judge", description=__doc__.partition("\n")[0])
    parser.add_argument("runs", nargs="*", type=Path, help="run folders, or folders of them")
    parser.add_argument("--stories", action="store_true", help="no recorded runs")
    parser.add_argument("--prune", action="store_true", help="take from the list what no longer survives")
    chosen = parser.parse_args()
    began = time.monotonic()
    rows = prove(cases(), IN_STORY)
    if chosen.prune:
        known = known_survivors().items()
        write_survivors({key: part for key, part in known if key in rows and rows[key].survivors})
    PAGE.write_text(render(rows, known_survivors()), encoding="utf-8")
    found = list(problems(rows, known_survivors(), whole=True))
    say(f"{_tried(rows)} changes of {len(cases())} stories in {time.monotonic() - began:.0f} s")
    if not chosen.stories:
        with tempfile.TemporaryDirectory(prefix="gameday-judge-") as folder:
            found += on_runs(chosen.runs or fresh_runs(Path(folder)))
    for problem in found:
        say(problem)
    say(f"{len(found):,} problems; {len(known_survivors()):,} known survivors; {PAGE} was written")
    return 1 if found else 0


def on_runs(folders: list[Path]) -> list[str]:
    """The problems that the passing runs in these folders show; those that did not pass are only named."""
    found: list[str] = []
    began = time.monotonic()
    passing: dict[str, Case] = {}
    for run in (run for folder in folders for run in list_runs(folder) or [Run(folder)]):
        try:
            case = run.case()
        except GamedayError as problem:
            found.append(str(problem))
            continue
        result, verdicts = judge(case)
        if result is Result.PASSED:
            passing[run.dir.name] = case
            found += [f"{run.dir.name}: {problem}" for problem in unequal(case)]
        else:
            why = "; ".join(v.summary for v in verdicts if v.result is result)
            say(f"{run.dir.name} is left out, for it did not pass: {result.word}: {why}")
    if not passing:
        found.append("no recorded run passed, so nothing could be changed in one")
    rows = prove(passing, IN_RUN)
    say(f"{_tried(rows)} changes of {len(passing)} runs in {time.monotonic() - began:.0f} s")
    # What survives in the stories need not survive in every run.
    survivors = {key: part for key, part in known_survivors().items() if key in rows and rows[key].survivors}
    return [*found, *problems(rows, survivors, whole=False)]


def unequal(case: Case) -> Iterator[str]:
    """What a judgement says differently if names, or the order of independent events, are others."""
    before = whole_judgement(case)
    if whole_judgement(shuffled(case, random.Random(1))) != before:
        yield "another order of independent events changes the judgement"
    if whole_judgement(other_names(case, random.Random(1))) != before:
        yield "other names change the judgement"


def _tried(rows: Rows) -> str:
    return f"{sum(row.tried for row in rows.values()):,}"


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
