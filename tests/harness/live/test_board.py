"""The board follows the runs of its session, hides what a drill hides, and stops when the budget is used up."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.base.errors import GamedayError
from gameday.live.board import Board, Seen
from gameday.live.channel import Commands, announce
from gameday.scoring.budget import budget_of
from gameday.scoring.score import DealSum, score


def shown(board: Board, seen: Seen | None = None, run: int = 0) -> dict[str, Any]:
    """The message that a page gets."""
    found: dict[str, Any] = json.loads(board.message(run, seen or Seen())[1])
    return found


def board_of(folder: Path, *days: Any, **options: Any) -> Board:
    """A board whose session has begun these runs."""
    board = Board(folder, clock=lambda: 0.0, **options)
    for number, day in enumerate(days):
        announce(folder, day.record(folder / f"runs-{number}"))
    board.poll()
    return board


def test_before_the_first_run_there_is_nothing_to_see(tmp_path: Path) -> None:
    assert shown(board_of(tmp_path))["view"] is None


def test_the_board_shows_what_the_run_has_written(tmp_path: Path, day: Any) -> None:
    assert shown(board_of(tmp_path, day.close("A").close("B")))["view"]["deals"] == 2


def test_the_newest_run_is_shown_unless_another_is_asked_for(tmp_path: Path, new_day: Any) -> None:
    board = board_of(tmp_path, new_day(), new_day())
    assert (shown(board)["run"], shown(board, run=1)["run"]) == (2, 1)


def test_a_page_gets_only_new_entries(tmp_path: Path, day: Any) -> None:
    board = board_of(tmp_path, day.word("note", "Ana", "first"))
    seen, _ = board.message(0, Seen())
    board.runs[0].state.log.add(1.0, "note", "note", "second")
    assert [entry["text"] for entry in shown(board, seen)["entries"]] == ["second"]


def test_a_page_that_missed_updates_gets_all_entries_since(tmp_path: Path, day: Any) -> None:
    board = board_of(tmp_path, day.word("note", "Ana", "a").word("note", "Ana", "b").word("note", "Ana", "c"))
    seen = Seen(run=1, version=0, entry=1, hidden=False)
    assert [entry["text"] for entry in shown(board, seen)["entries"]] == ["b", "c"]


def test_a_blind_board_shows_nothing_of_the_scenario_before_the_reveal(tmp_path: Path, day: Any) -> None:
    board = board_of(tmp_path, day.phase("injection").inject(), blind=True)
    text = board.message(0, Seen())[1].decode()
    assert not [word for word in ("secret", "record lock", '"injection"', "0.3") if word in text]


def test_after_the_reveal_the_page_gets_the_hidden_entries_too(tmp_path: Path, day: Any) -> None:
    day.inject().word("reveal", "Ana")
    seen = Seen(run=1, version=0, entry=1, hidden=True)
    assert [entry["kind"] for entry in shown(board_of(tmp_path, day, blind=True), seen)["entries"]] == [
        "fault",
        "reveal",
    ]


def test_a_reveal_shows_nothing_before_it_is_in_the_history(tmp_path: Path, day: Any) -> None:
    board = board_of(tmp_path, day.inject(), blind=True)
    board.reveal(1, "Ana")
    assert shown(board)["view"]["injections"] is None


def test_when_a_blind_run_is_over_the_injection_is_shown(tmp_path: Path, day: Any) -> None:
    board = board_of(tmp_path, day.inject(), blind=True)
    board.finished("durable", 0, "A secret name", "passed")
    assert shown(board)["view"]["injections"][0]["fault"] == "record lock"


def test_too_many_affected_deals_stop_the_game_day(tmp_path: Path, day: Any) -> None:
    board_of(tmp_path, day.close("A").close("B").later(67).op("load", "info", real_s=1.0), limit=2)
    (asked,) = Commands(tmp_path, "any").new()
    assert (asked.act, asked.by, asked.text) == ("stop", "the abort budget", "2 affected deals, the budget was 2")


def test_affected_deals_within_the_budget_stop_nothing(tmp_path: Path, day: Any) -> None:
    board_of(tmp_path, day.close("A").close("B").later(67).op("load", "info", real_s=1.0), limit=3)
    assert Commands(tmp_path, "any").new() == []


def test_the_game_day_is_stopped_once(tmp_path: Path, day: Any) -> None:
    board = board_of(tmp_path, day.close("A").later(67).op("load", "info", real_s=1.0), limit=1)
    board.poll()
    assert len(Commands(tmp_path, "any").new()) == 1


def test_a_run_that_is_over_takes_no_notes(tmp_path: Path, day: Any) -> None:
    board = board_of(tmp_path, day)
    board.finished("durable", 0, "A secret name", "passed")
    with pytest.raises(GamedayError, match="run 1 is not in progress"):
        board.note(1, "Ana", "too late")


def test_when_a_run_ends_the_rest_of_its_history_counts(tmp_path: Path, day: Any) -> None:
    board = board_of(tmp_path)
    announce(tmp_path, day.close("A").record(tmp_path / "runs"))
    board.close()
    assert shown(board)["view"]["states"][3] == {"state": "lost", "deals": 1, "money": {"EUR": "100.00"}}


def test_a_judged_run_is_shown_by_its_scorecard(tmp_path: Path, day: Any) -> None:
    run_dir = day.close("A").right("A").record(tmp_path / "runs")
    # By the history it is ok; by the ledgers a line of it was wrong.
    judged = msgspec.structs.replace(score(day.case()), states={"mismatched": DealSum(1, {"EUR": Decimal(100)})})
    (run_dir / "scorecard.json").write_bytes(msgspec.json.encode(judged))
    board = board_of(tmp_path)
    announce(tmp_path, run_dir)
    board.poll()
    board.finished("durable", 0, "A secret name", "failed")
    view = shown(board)["view"]
    assert (view["judged"], view["states"]) == (
        True, [{"state": "mismatched", "deals": 1, "money": {"EUR": "100.00"}}]
    )  # fmt: skip


def test_scenario_time_ends_with_the_verification(tmp_path: Path, day: Any) -> None:
    real_s = [0.0]
    board = Board(tmp_path, clock=lambda: real_s[0])
    announce(tmp_path, day.later(500).phase("verification").record(tmp_path / "runs"))
    board.poll()
    real_s[0] = 60.0
    assert shown(board)["now_s"] == 500


def test_the_budget_of_the_command_overrides_that_of_the_feature(day: Any) -> None:
    tagged = msgspec.structs.replace(day.scenario, tags=("abort-after-affected:7",))
    assert [budget_of(tagged, day.contract, option).limit for option in (None, 3)] == [7, 3]


def test_the_budget_is_one_more_than_the_contracts_error_rate_allows(day: Any) -> None:
    contract = msgspec.structs.replace(day.contract, sla=msgspec.structs.replace(day.contract.sla, error_rate=0.05))
    assert budget_of(day.scenario, contract, None).limit == 6


def test_a_budget_that_is_no_number_is_refused(day: Any) -> None:
    tagged = msgspec.structs.replace(day.scenario, tags=("abort-after-affected:many",))
    with pytest.raises(GamedayError, match="@abort-after-affected:many"):
        budget_of(tagged, day.contract, None)


# While the control goes on


def read(day: Any) -> Any:
    """The ledgers have been read, and nothing is written any more."""
    return day.phase("verification").op("dead_letters", "ok", open=0)


def test_notes_are_taken_while_the_control_goes_on(tmp_path: Path, day: Any) -> None:
    board = board_of(tmp_path, read(day))
    board.note(0, "Ana", "was that us?")
    assert [asked.text for asked in Commands(tmp_path, board.run(0).name).new()] == ["was that us?"]  # type: ignore[union-attr]


def test_a_note_that_came_while_the_history_was_closing_is_shown_and_returned(tmp_path: Path, day: Any) -> None:
    board = board_of(tmp_path, read(day.word("note", "Ana", "in time")))
    board.note(0, "Ana", "in time")
    board.note(0, "Bo", "too late")
    run = board.run(0)
    assert run is not None
    board.close()
    assert run.too_late() == [("Bo", "too late")]
    assert [entry.title for entry in run.state.log.after(0, blind=False)][-1] == (
        "too late for the history: postmortem.yaml takes notes"
    )


def test_a_note_is_refused_once_the_history_is_closed(tmp_path: Path, day: Any) -> None:
    board = board_of(tmp_path, read(day).op("closed", "info"))
    with pytest.raises(GamedayError, match=r"history is closed \(postmortem.yaml takes notes\)"):
        board.note(0, "Ana", "too late")
    assert Commands(tmp_path, board.run(0).name).new() == []  # type: ignore[union-attr]


def test_a_blind_drill_is_over_once_the_ledgers_have_been_read(tmp_path: Path, day: Any) -> None:
    view = shown(board_of(tmp_path, read(day.inject()), blind=True))["view"]
    assert (view["hidden"], view["ended"]) == (False, True)


def test_dead_letters_that_are_counted_earlier_end_nothing(tmp_path: Path, day: Any) -> None:
    board_of(tmp_path, day.phase("recovery").op("dead_letters", "ok", open=3)).note(0, "Ana", "in time")
