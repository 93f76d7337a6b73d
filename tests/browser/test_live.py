"""The live board in a browser: readable at every size, usable without a mouse, and nothing but itself is loaded."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gameday.live.channel import Command, Commands, announce
from gameday.live.serving import LiveBoard, LiveOptions
from gameday.model.history import HistoryWriter
from gameday_reports.live import page as live_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: An alert of somebody who would like to be markup.
HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>alert(1)</script>"
RUN_FILES = ("run.json", "scenario.json", "contract.json", "history.jsonl")


class Room:
    """A board over one run, whose history a test can go on with."""

    def __init__(self, live: LiveBoard, run_dir: Path, open_page: Callable[..., Page]) -> None:
        self.live = live
        self.run_dir = run_dir
        self._open = open_page

    def page(self, **how: Any) -> Page:
        """The page, once it shows the run."""
        opened = self._open(self.live.url, allow=(self.live.url,), **how)
        expect(opened.locator("#connection")).to_have_text("live")
        expect(opened.locator("#feed .kind").first).to_be_visible()
        return opened

    def happens(self, f: str, outcome: str = "info", time_s: float = 1300.0, **value: Any) -> None:
        """An operation more in the history."""
        with HistoryWriter(self.run_dir / "history.jsonl") as history:
            history.append("harness", f, outcome, time_s, value)  # type: ignore[arg-type]

    def asked(self) -> list[Command]:
        """What the room has asked of the run."""
        return Commands(self.live.folder, self.run_dir.name).new()


@pytest.fixture
def begin(recorded: Path, open_page: Callable[..., Page], tmp_path: Path) -> Iterator[Callable[..., Room]]:
    """Begins a board over a copy of the recorded run, which is taken to be under way."""
    boards: list[LiveBoard] = []

    def make(**options: Any) -> Room:
        run_dir = tmp_path / recorded.name
        run_dir.mkdir()
        for name in RUN_FILES:
            shutil.copyfile(recorded / name, run_dir / name)
        # Dead letters are counted at the very end, which has not come yet.
        history = run_dir / "history.jsonl"
        kept = [line for line in history.read_text().splitlines(keepends=True) if '"f":"dead_letters"' not in line]
        history.write_text("".join(kept))
        live = LiveBoard(LiveOptions(**options), live_page).__enter__()
        boards.append(live)
        announce(live.folder, run_dir)
        return Room(live, run_dir, open_page)

    yield make
    for live in boards:
        live.__exit__(None, None, None)


@pytest.fixture
def room(begin: Callable[..., Room]) -> Room:
    """A board that hides nothing."""
    return begin()


def test_the_board_complains_of_nothing_and_loads_nothing_but_itself(
    room: Room, outside_requests: Callable[[], list[str]], console_errors: Callable[[], list[str]]
) -> None:
    room.page()
    assert (outside_requests(), console_errors()) == ([], [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_board(
    room: Room, axe_violations: Callable[[Page], list[str]], scheme: str
) -> None:
    assert axe_violations(room.page(scheme=scheme)) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("key", ["n", "s"])
def test_axe_finds_nothing_serious_in_a_dialog(
    room: Room, axe_violations: Callable[[Page], list[str]], key: str, scheme: str
) -> None:
    page = room.page(scheme=scheme)
    page.keyboard.press(key)
    expect(page.locator("dialog")).to_be_visible()
    assert axe_violations(page) == []


@pytest.mark.parametrize("width", [360, 390, 1440, 1920])
def test_the_board_is_not_wider_than_its_window(room: Room, width: int) -> None:
    page = room.page(width=width)
    content, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert content <= window


def test_everything_that_takes_the_focus_is_reached_and_seen_by_keyboard(
    room: Room, walk_by_keyboard: Callable[[Page], tuple[int, list[dict[str, Any]]]]
) -> None:
    expected, reached = walk_by_keyboard(room.page())
    unseen = [each["what"] for each in reached if not each["visible"]]
    assert (len({each["place"] for each in reached}), unseen) == (expected, [])


def test_one_key_adds_a_note(room: Room) -> None:
    page = room.page()
    page.keyboard.press("n")
    page.keyboard.type("Ana")
    page.keyboard.press("Tab")
    page.keyboard.type("the pager rings")
    page.keyboard.press("Control+Enter")
    expect(page.locator("dialog")).to_be_hidden()
    assert [(asked.act, asked.by, asked.text) for asked in room.asked()] == [("note", "Ana", "the pager rings")]


def test_the_name_is_asked_for_once(room: Room) -> None:
    page = room.page()
    for text in ("first", "second"):
        page.keyboard.press("n")
        if text == "first":
            page.get_by_label("Your name").fill("Ana")
        page.locator("#text").fill(text)
        page.get_by_role("button", name="Add the note").click()
        expect(page.locator("dialog")).to_be_hidden()
    assert [(asked.by, asked.text) for asked in room.asked()] == [("Ana", "first"), ("Ana", "second")]


def test_the_day_is_stopped_only_when_that_is_confirmed(room: Room) -> None:
    page = room.page()
    page.keyboard.press("s")
    page.keyboard.press("Escape")
    assert room.asked() == []


def test_a_confirmed_stop_reaches_the_run(room: Room) -> None:
    page = room.page()
    page.get_by_role("button", name=re.compile("^Stop the day")).click()
    page.get_by_label("Your name").fill("Ana")
    page.locator("#ask-send").click()
    expect(page.locator("#banner")).to_contain_text("Stopping")
    assert [asked.act for asked in room.asked()] == ["stop"]


def test_a_dialog_that_is_left_gives_the_focus_back(room: Room) -> None:
    page = room.page()
    page.locator("#note").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator("#note")).to_be_focused()


def test_a_note_without_a_name_says_what_is_missing(room: Room) -> None:
    page = room.page()
    page.keyboard.press("n")
    page.get_by_role("button", name="Add the note").click()
    expect(page.get_by_role("alert")).to_have_text("Say who you are.")


def test_shortcut_keys_can_be_switched_off(room: Room) -> None:
    page = room.page()
    page.get_by_label("Shortcut keys").uncheck()
    page.keyboard.press("n")
    expect(page.locator("dialog")).to_be_hidden()


def test_what_comes_over_the_wire_is_shown_as_text(room: Room, console_errors: Callable[[], list[str]]) -> None:
    page = room.page()
    signal = {"kind": "alert", "source": HOSTILE, "action": "trigger", "key": "x", "reason": HOSTILE, "owner": HOSTILE}
    room.happens("alert", "ok", signal=signal)
    room.happens("note", text=HOSTILE, by=HOSTILE)
    expect(page.locator("#feed .note .words").first).to_contain_text("<script>alert(1)</script>")
    assert (page.locator("#feed img, #feed script").count(), "taken" in page.title(), console_errors()) == (
        0,
        False,
        [],
    )


def test_a_change_of_phase_is_said_to_screen_readers(room: Room) -> None:
    page = room.page()
    room.happens("phase", phase="a phase of its own")
    expect(page.get_by_role("status")).to_have_text("Phase: a phase of its own.")


def test_a_blind_board_shows_the_injection_only_once_the_history_has_revealed_it(begin: Callable[..., Room]) -> None:
    room = begin(blind=True)
    page = room.page()
    before = page.content()
    room.happens("reveal", by="Ana", text="")
    expect(page.locator("#injected")).to_contain_text("renamed field at the CRM")
    expect(page.locator("#injected")).to_contain_text("Revealed by Ana")
    assert not [word for word in ("renames", "renamed field at", "Total__c") if word in before]


def test_the_reveal_button_asks_who_wants_it(begin: Callable[..., Room]) -> None:
    room = begin(blind=True)
    page = room.page()
    page.keyboard.press("r")
    page.get_by_label("Your name").fill("Ana")
    page.get_by_role("button", name="Reveal it").click()
    expect(page.locator("dialog")).to_be_hidden()
    assert [(asked.act, asked.by) for asked in room.asked()] == [("reveal", "Ana")]


def test_the_guarded_board_opens_by_its_address(begin: Callable[..., Room], open_page: Callable[..., Page]) -> None:
    room = begin(token="open sesame")
    url = room.live.url
    page = open_page(url, allow=(url.partition("?")[0],))
    expect(page.locator("#connection")).to_have_text("live")
    assert "sesame" not in page.url


def test_when_the_session_is_over_the_page_says_so_and_keeps_what_it_showed(room: Room) -> None:
    page = room.page()
    room.live.__exit__(None, None, None)
    expect(page.locator("#banner")).to_contain_text("The session is over")
    expect(page.locator("#ledger")).to_contain_text("in step")


def test_once_the_books_have_been_read_notes_are_still_taken_until_the_history_is_closed(room: Room) -> None:
    page = room.page()
    room.happens("phase", phase="verification")
    room.happens("dead_letters", "ok", open=0)
    expect(page.locator("#banner")).to_contain_text("Notes are still taken")
    expect(page.locator("#note")).to_be_enabled()
    room.happens("closed")
    expect(page.locator("#banner")).to_contain_text("Notes now go into postmortem.yaml")
    expect(page.locator("#note")).to_be_disabled()
