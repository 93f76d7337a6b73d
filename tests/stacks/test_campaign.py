"""A campaign goes on where it was interrupted, and says what it found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench import campaign


def result(**more: Any) -> dict[str, Any]:
    shared = {"stack": "node", "seed": 1, "scenario": "Orders late", "why": "", "load": 1.5, "commit": "abc"}
    return {**shared, "result": "passed", "overloaded": False, **more}


def test_the_last_result_of_a_run_counts_and_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    lines = [json.dumps(each) for each in (result(result="inconclusive"), result(), result(seed=2))]
    file.write_text("\n".join(lines)[:-20])
    assert {key[1]: each["result"] for key, each in campaign.latest(file).items()} == {1: "passed"}


def test_what_the_machine_was_too_busy_to_judge_is_run_again() -> None:
    assert campaign._decided(result(result="failed"))
    assert not campaign._decided(result(result="inconclusive", overloaded=True))
    assert not campaign._decided(None)


def test_a_failed_run_accuses_its_stack() -> None:
    [problem] = campaign.judge([result(), result(seed=2, result="failed", why="exactly once: 1 deal is lost")])
    assert problem == "node is accused with seed 2: Orders late: exactly once: 1 deal is lost"


def test_one_inconclusive_run_in_a_hundred_is_too_many() -> None:
    passed = [result(seed=seed) for seed in range(2, 101)]
    assert len(campaign.judge([*passed, result(result="inconclusive")])) == 1
    assert campaign.judge([*passed, result(seed=101), result(result="inconclusive")]) == []


def test_what_is_not_applicable_counts_neither_as_passed_nor_as_inconclusive() -> None:
    text = campaign.render([result(), result(seed=2, result="not applicable")])
    assert "| node | 2 | 1 | 1 | 0 | 0 | 0 |" in text


def test_a_run_that_did_not_take_place_accuses_nobody() -> None:
    [problem] = campaign.judge([result(result="not run", why="unknown key")])
    assert problem == "node did not run with seed 1: Orders late: unknown key"
