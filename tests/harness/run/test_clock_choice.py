"""Which clock a stack's table means."""

from __future__ import annotations

import datetime

import pytest

from gameday.base.errors import GamedayError
from gameday.config.clock_choice import choose_clock
from gameday.config.stack_table import StackTable, bundled_stacks, read_stack
from gameday.run.stack_clock import StackClock, stack_clock
from support.rows import rows


def choose(given: str = "", *templates: str, url: str = "") -> str:
    return choose_clock(given, url=url, templates=templates, where="[stack.mine]")


def test_a_table_that_hands_the_pace_on_has_its_own_clock() -> None:
    assert choose("", "sync", "{pace}") == "own"


@rows("template", ["pace", "{{pace}}", "{port}"])
def test_a_table_that_does_not_is_probed(template: str) -> None:
    assert choose("", "sync", template) == "auto"


@rows("name", ["durable", "brittle"])
def test_the_bundled_stacks_divide_by_the_pace(name: str) -> None:
    assert stack_clock(bundled_stacks()[name], 60) == StackClock("own", 60)


@rows("given", ["auto", "accelerated", "real"])
def test_what_a_table_says_counts_whatever_it_hands_on(given: str) -> None:
    assert choose(given, "sync", "{pace}") == given


def test_a_stack_that_runs_already_may_say_that_it_divides_by_the_pace() -> None:
    assert choose("own", url="http://127.0.0.1:1") == "own"


@rows(
    ("table", "said"),
    [
        ({"command": ["a"], "clock": "fast"}, ["'fast'", "accelerated, auto, own, real", "[stack.mine] of x"]),
        ({"command": ["a"], "clock": "own"}, ["'own'", "{pace}", "[stack.mine] of x"]),
        ({"url": "http://127.0.0.1:1", "clock": "accelerated"}, ["'accelerated'", "runs already"]),
        ({"command": ["a"], "clock": 60}, ["60", "'clock'"]),
        ({"command": ["a"], "date": "tomorrow"}, ["'tomorrow'", "'date' in [stack.mine] of x", "2026-06-30T23:50:00Z"]),
        ({"command": ["a"], "date": "1999-12-31T23:50:00Z"}, ["'1999-12-31T23:50:00Z'", "from 2001 to 2099"]),
        ({"command": ["a"], "date": "2099-13-01"}, ["'2099-13-01'", "from 2001 to 2099"]),
        ({"command": ["a"], "date": datetime.time(23, 50)}, ["'date'", "[stack.mine] of x"]),
        ({"command": ["a"], "date": "2026-06-30", "clock": "real"}, ["accelerated clock", "'real'"]),
        ({"command": ["a", "{pace}"], "date": "2026-06-30"}, ["accelerated clock", "'own'"]),
        ({"url": "http://127.0.0.1:1", "date": "2026-06-30"}, ["accelerated clock", "'real'"]),
    ],
)
def test_a_clock_that_cannot_be_is_one_line(table: dict[str, object], said: list[str]) -> None:
    with pytest.raises(GamedayError) as problem:
        read_stack("mine", table, file="x")
    assert all(part in str(problem.value) for part in said), problem.value


@rows(
    "table",
    [
        StackTable("mine", command=("sync",), clock="real"),
        StackTable("mine", url="http://127.0.0.1:1"),
        StackTable("mine", command=("/no/such/program",)),
        StackTable("mine", command=("sh", "-c", "exec sync")),
    ],
)
def test_where_nothing_shows_that_a_stack_follows_its_runs_go_at_pace_1(table: StackTable) -> None:
    found = stack_clock(table, 60)
    assert (found.kind, found.pace) == ("real", 1.0)
    assert found.why


def test_at_pace_1_every_clock_is_real(monkeypatch: pytest.MonkeyPatch) -> None:
    assert stack_clock(StackTable("mine", command=("python3",), clock="accelerated"), 1) == StackClock("real", 1)


@pytest.mark.parametrize("pace", [1, 60])
@pytest.mark.parametrize("date", ["2026-06-30T23:50:00Z", "2026-07-01T01:50+02:00", "2026-06-30 23:50"])
def test_an_accelerated_stack_begins_at_the_date_of_its_table(date: str, pace: float) -> None:
    found = stack_clock(StackTable("mine", command=("python3",), clock="accelerated", date=date), pace)
    clock = found.start()
    assert clock is not None
    assert (clock.epoch_s, clock.rate) == (1_782_863_400.0, pace)
    assert found.sentence == f"accelerated {pace} times from 2026-06-30 23:50 UTC on"


def test_a_date_of_toml_is_one_too() -> None:
    moment = datetime.datetime(2026, 6, 30, 23, 50, tzinfo=datetime.UTC)
    assert read_stack("mine", {"command": ["a"], "date": moment}, file="x").date == "2026-06-30 23:50:00+00:00"


def test_a_runtime_that_follows_no_clock_cannot_have_a_date() -> None:
    with pytest.raises(GamedayError, match=r"'date' in \[stack\.mine\] cannot be had: .*no-such-program"):
        stack_clock(StackTable("mine", command=("no-such-program",), date="2026-06-30"), 60)


def test_only_a_stack_with_its_own_clock_gets_the_pace_to_divide_by() -> None:
    assert [StackClock(kind, 60).handed_on for kind in ("own", "accelerated", "real")] == [60, 1, 1]


def test_only_an_accelerated_stack_has_another_date() -> None:
    assert [StackClock(kind, 60).start() is None for kind in ("own", "accelerated", "real")] == [True, False, True]
