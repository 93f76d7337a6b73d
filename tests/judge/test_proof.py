"""A small part of ``make judge``: every kind of change once in each story, and the page that it writes."""

from __future__ import annotations

import functools
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.model.checker import Case, Result
from gameday.model.events import KINDS, Aborted, ClockIgnored, ServerExited, SignalEvent
from gameday.model.history import History, Operation
from judge.events import with_event
from judge.judgement import Judgement, judgement
from judge.mutation import few_of_each
from judge.proof import IN_STORY, Rows, known_survivors, mutations_of, problems, prove, write_survivors
from judge.report import PAGE, render, unsaid
from judge.stories import STORIES, cases
from judge.values import changes
from support.thorough import thorough

pytestmark = pytest.mark.slow


def test_every_change_lowers_the_judgement_or_is_explained() -> None:
    """By day each kind in one story: that shows neither which rules explain nothing nor all that a kind lowers."""
    rows = prove(cases(), IN_STORY, once=not thorough())
    assert list(problems(rows, known_survivors(), whole=thorough())) == []
    page = PAGE.read_text(encoding="utf-8")
    if thorough():
        assert page == render(rows, known_survivors()), "run `make judge`"
    assert list(unsaid(rows, page)) == [], "run `make judge`"


@pytest.mark.parametrize("name", STORIES)
def test_every_story_passes(name: str) -> None:
    assert judgement(cases()[name]).result is Result.PASSED


def test_the_stories_have_every_kind_of_event() -> None:
    seen = {type(op.event) for case in cases().values() for op in case.history}
    # A run that was aborted, whose server ended, or that has a process that ignores the clock, passes in no story.
    assert [kind.f for kind in KINDS if kind not in seen and kind not in (Aborted, ClockIgnored, ServerExited)] == []


def test_every_field_of_a_case_is_changed_but_the_scenario() -> None:
    names = [field.name for field in msgspec.structs.fields(Case)]
    changed: set[str] = set()
    for case in (cases()[name] for name in ("late and repaired", "parked to the end", "as recorded")):
        for after in (mutation.apply() for mutation in few_of_each(mutations_of(case), 1)):
            changed |= {name for name in names if getattr(after, name) is not getattr(case, name)}
    assert changed == {*names} - {"scenario"}


class Inner(msgspec.Struct, frozen=True):
    """A struct within the one that is changed."""

    amount: Decimal


class Sample(msgspec.Struct, frozen=True):
    """One field of each type."""

    day: str = "2026-03-01"
    when_s: float = 10.0
    lines: tuple[Inner, ...] = (Inner(Decimal(2)),)
    keys: dict[str, str] = msgspec.field(default_factory=lambda: {"Id": "a"})
    none: Inner | None = None


def test_a_new_field_is_changed_without_being_named() -> None:
    found: dict[str, list[str]] = {}
    for field, change, value in changes(Sample()):
        assert isinstance(value, Sample)
        assert value != Sample()
        found.setdefault(field, []).append(change)
    assert found == {
        "day": ["emptied", "a day earlier", "a day later"],
        "when_s": ["an hour more", "an hour less", "halved", "0"],
        "lines": ["one removed", "one doubled", "one added"],
        "lines[].amount": ["a cent more", "a cent less", "doubled", "halved", "of the other sign"],
        "keys.Id": ["removed", "emptied", "changed", "in another case"],
        "keys": ["one added"],
        "none": ["filled"],
    }


replace = msgspec.structs.replace
LATE = {"late and repaired": cases()["late and repaired"]}
SEEN = ("CRM deal (won)", "total", "a cent more")
GONE = ("CRM deal (won)", "colour", "changed")


@functools.cache
def of_late() -> Rows:
    """The rows of one story."""
    return prove(LATE, IN_STORY)


def test_what_the_page_does_not_say_is_found() -> None:
    rows = of_late()
    page = render(rows, known_survivors())
    assert list(unsaid(rows, page)) == []
    [row] = [row for row in page.splitlines() if "| CRM deal (won) | `total` | a cent less" in row]
    assert list(unsaid(rows, page.replace(row, row.replace("failed, ", "")))) == [
        f"CRM deal (won) | total | {change}: failed"
        for change in ("a cent less", "a cent more", "doubled", "halved", "of the other sign")
    ]
    assert list(unsaid({SEEN: rows[SEEN]}, page)) == ["1 changes, 1 kinds"]


def test_the_list_of_survivors_is_kept_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "survivors.csv"
    write_survivors({SEEN: "document", GONE: "document"}, path)
    found = list(problems(of_late(), known_survivors(path), whole=True))
    assert "no longer survives, take it from survivors.csv: CRM deal (won) | total | a cent more" in found
    assert "was not tried, take it from survivors.csv: CRM deal (won) | colour | changed" in found


def test_a_survivor_waits_for_a_part_that_exists() -> None:
    assert list(problems({}, {SEEN: "someday"}, whole=False)) == [f"{' | '.join(SEEN)}: no part is called 'someday'"]


def test_a_judge_that_sees_less_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof would notice if the judge no longer looked at who was alerted."""

    def blind(case: Case) -> Judgement:
        return judgement(replace(case, history=History(_to(case.contract.owner, op) for op in case.history)))

    monkeypatch.setattr("judge.proof.judgement", blind)
    found = list(problems(prove(LATE, IN_STORY), known_survivors(), whole=False))
    unexplained = [line for line in found if line.startswith("unexplained")]
    assert any("event alert (trigger) | signal.owner" in line for line in unexplained)
    assert any("alert as raised | content: wrong owner" in line for line in unexplained)
    assert all("owner" in line for line in unexplained)


def _to(owner: str, op: Operation[Any]) -> Operation[Any]:
    event = op.event
    if not isinstance(event, SignalEvent) or event.signal is None:
        return op
    return with_event(op, replace(event, signal=replace(event.signal, owner=owner)))
