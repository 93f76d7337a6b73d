"""Which clock a stack's table means."""

from __future__ import annotations

import pytest

from gameday.base.errors import GamedayError
from gameday.config.clock_choice import choose_clock
from gameday.config.stack_table import StackTable, bundled_stacks, read_stack
from gameday.run.stack_clock import StackClock, stack_clock


def choose(given: str = "", *templates: str, url: str = "") -> str:
    return choose_clock(given, url=url, templates=templates, where="[stack.mine]")


def test_a_table_that_hands_the_pace_on_has_its_own_clock() -> None:
    assert choose("", "sync", "{pace}") == "own"


@pytest.mark.parametrize("template", ["pace", "{{pace}}", "{port}"])
def test_a_table_that_does_not_is_probed(template: str) -> None:
    assert choose("", "sync", template) == "auto"


@pytest.mark.parametrize("name", ["durable", "brittle"])
def test_the_bundled_stacks_divide_by_the_pace(name: str) -> None:
    assert stack_clock(bundled_stacks()[name], 60) == StackClock("own", 60)


@pytest.mark.parametrize("given", ["auto", "accelerated", "real"])
def test_what_a_table_says_counts_whatever_it_hands_on(given: str) -> None:
    assert choose(given, "sync", "{pace}") == given


def test_a_stack_that_runs_already_may_say_that_it_divides_by_the_pace() -> None:
    assert choose("own", url="http://127.0.0.1:1") == "own"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"command": ["a"], "clock": "fast"}, ["'fast'", "accelerated, auto, own, real", "[stack.mine] of x"]),
        ({"command": ["a"], "clock": "own"}, ["'own'", "{pace}", "[stack.mine] of x"]),
        ({"url": "http://127.0.0.1:1", "clock": "accelerated"}, ["'accelerated'", "runs already"]),
        ({"command": ["a"], "clock": 60}, ["60", "'clock'"]),
    ],
)
def test_a_clock_that_cannot_be_is_one_line(table: dict[str, object], said: list[str]) -> None:
    with pytest.raises(GamedayError) as problem:
        read_stack("mine", table, file="x")
    assert all(part in str(problem.value) for part in said), problem.value


@pytest.mark.parametrize(
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


def test_only_a_stack_with_its_own_clock_gets_the_pace_to_divide_by() -> None:
    assert [StackClock(kind, 60).handed_on for kind in ("own", "accelerated", "real")] == [60, 1, 1]


def test_only_an_accelerated_stack_has_another_date() -> None:
    assert [StackClock(kind, 60).start() is None for kind in ("own", "accelerated", "real")] == [True, False, True]
