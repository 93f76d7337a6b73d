"""Two runs, or the runs of two versions, compared: only what is comparable, and never a sum."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gameday.base.errors import GamedayError
from gameday_reports.compare import compare, lines, select
from support import example_runs as examples

pytestmark = pytest.mark.usefixtures("judged_as_written")

record = examples.record
BEFORE, AFTER = "2026-02-27T08:00:00+00:00", "2026-03-09T08:00:00+00:00"
FAILED: dict[str, Any] = {"word": "failed", "not_booked": "400"}


def printed(runs: Path, before: str = "durable@1.0", after: str = "durable@1.1") -> list[str]:
    return list(lines(compare(select(before, runs), select(after, runs))))


def test_a_fix_is_shown_with_what_it_saved(runs: Path) -> None:
    record(runs, started=BEFORE, version="1.0", **FAILED)
    record(runs, started=AFTER, version="1.1")
    assert printed(runs) == [
        f"better  {examples.RENAMED}, seed 1",
        "          failed, now passed",
        "          not booked: EUR\N{NO-BREAK SPACE}400, now none",
        "Better in 1 of 1 run.",
    ]


def test_two_runs_are_named_by_their_folders(runs: Path) -> None:
    first, second = record(runs, started=BEFORE), record(runs, started=AFTER, **FAILED)
    assert printed(runs, str(first), second.name)[-1] == "Worse in 1 of 1 run."


def test_a_stack_alone_means_its_newest_runs(runs: Path) -> None:
    record(runs, started=BEFORE, stack="brittle", **FAILED)
    record(runs, started=AFTER, stack="brittle")
    record(runs, started=AFTER)
    assert printed(runs, "brittle", "durable")[-1] == "The same in 1 run."


def test_runs_with_another_contract_are_not_compared(runs: Path) -> None:
    record(runs, started=BEFORE, version="1.0", digests=("rubric00", "c0ntract", "scenario"))
    record(runs, started=AFTER, version="1.1")
    assert printed(runs) == [
        f"left    {examples.RENAMED}, seed 1: another contract (c0ntract, now contract)",
        "No runs to compare.",
    ]


def test_a_scenario_that_ran_on_one_side_only_is_named(runs: Path) -> None:
    record(runs, started=BEFORE, version="1.0", scenario="Old")
    record(runs, started=AFTER, version="1.1", scenario="New")
    assert printed(runs)[:2] == ["left    New, seed 1: it ran only after", "left    Old, seed 1: it ran only before"]


def test_an_unknown_version_is_reported_with_the_known(runs: Path) -> None:
    record(runs, version="1.0")
    with pytest.raises(GamedayError, match=r"'durable@1.2'; known: durable@1.0"):
        select("durable@1.2", runs)


def test_without_a_folder_of_runs_the_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(GamedayError, match="there is no folder"):
        select("durable@1.2", tmp_path / "none")


@pytest.mark.parametrize(("word", "code"), [("passed", 0), ("failed", 1)])
def test_the_command_exits_with_1_if_anything_is_worse(
    runs: Path, capsys: pytest.CaptureFixture[str], word: str, code: int
) -> None:
    from gameday.cli import main

    record(runs, started=BEFORE, version="1.0")
    record(runs, started=AFTER, version="1.1", word=word)
    with pytest.raises(SystemExit) as ended:
        main(["compare", "durable@1.0", "durable@1.1", "--runs", str(runs)])
    assert ended.value.code == code
    assert capsys.readouterr().out.endswith("1 run.\n")


def test_the_command_exits_with_3_if_nothing_can_be_compared(runs: Path) -> None:
    from gameday.cli import main

    record(runs, version="1.0", scenario="Old")
    record(runs, version="1.1", scenario="New")
    with pytest.raises(SystemExit) as ended:
        main(["compare", "durable@1.0", "durable@1.1", "--runs", str(runs)])
    assert ended.value.code == 3
