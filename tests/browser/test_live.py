"""The live board in a browser: readable at every size, usable by keyboard, and it loads nothing from outside."""

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

#: An alert with markup that must not be interpreted.
HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>alert(1)</script>"
RUN_FILES = ("run.json", "scenario.json", "contract.json", "history.jsonl")


class Board:
    """A live board of one run, to whose history a test can add operations."""

    def __init__(self, live: LiveBoard, run_dir: Path, open_page: Callable[..., Page]) -> None:
        self.live = live
        self.run_dir = run_dir
        self._open = open_page

    def page(self, **how: Any) -> Page:
        """The page, once it shows the run."""
        opened = self._open(self.live.url, allow=(self.live.url.partition("?")[0],), **how)
        expect(opened.locator("#connection")).to_have_text("live")
        expect(opened.locator("#feed .kind").first).to_be_visible()
        return opened

    def happens(self, f: str, outcome: str = "info", time_s: float = 1300.0, **value: Any) -> None:
        """Add an operation to the history."""
        with HistoryWriter(self.run_dir / "history.jsonl") as history:
            history.append("harness", f, outcome, time_s, value)  # type: ignore[arg-type]

    def asked(self) -> list[Command]:
        """The operators' commands to the run."""
        return Commands(self.live.folder, self.run_dir.name).new()


@pytest.fixture
def begin(recorded: Path, open_page: Callable[..., Page], tmp_path: Path) -> Iterator[Callable[..., Board]]:
    """Starts a board for a copy of the recorded run, which it takes for a running one."""
    boards: list[LiveBoard] = []

    def make(**options: Any) -> Board:
        run_dir = tmp_path / recorded.name
        run_dir.mkdir()
        for name in RUN_FILES:
            shutil.copyfile(recorded / name, run_dir / name)
        # Dead letters are counted at the end of a run; this one is to look unfinished.
        history = run_dir / "history.jsonl"
        kept = [line for line in history.read_text().splitlines(keepends=True) if '"f":"dead_letters"' not in line]
        history.write_text("".join(kept))
        live = LiveBoard(LiveOptions(**options), live_page).__enter__()
        boards.append(live)
        announce(live.folder, run_dir)
        return Board(live, run_dir, open_page)

    yield make
    for live in boards:
        live.__exit__(None, None, None)


@pytest.fixture
def board(begin: Callable[..., Board]) -> Board:
    """A board that hides nothing."""
    return begin()


def test_the_board_has_no_console_errors_and_loads_nothing_from_outside(
    board: Board, outside_requests: Callable[[], list[str]], console_errors: Callable[[], list[str]]
) -> None:
    board.page()
    assert (outside_requests(), console_errors()) == ([], [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_board(
    board: Board, axe_violations: Callable[[Page], list[str]], scheme: str
) -> None:
    assert axe_violations(board.page(scheme=scheme)) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("key", ["n", "s"])
def test_axe_finds_nothing_serious_in_a_dialog(
    board: Board, axe_violations: Callable[[Page], list[str]], key: str, scheme: str
) -> None:
    page = board.page(scheme=scheme)
    page.keyboard.press(key)
    expect(page.locator("dialog")).to_be_visible()
    assert axe_violations(page) == []


@pytest.mark.parametrize("width", [360, 390, 1440, 1920])
def test_the_board_is_not_wider_than_its_window(board: Board, width: int) -> None:
    page = board.page(width=width)
    content, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert content <= window


@pytest.mark.parametrize("width", [390, 1280, 1440, 1920])
def test_the_ledgers_of_five_currencies_do_not_scroll_sideways(board: Board, width: int) -> None:
    for currency in ("EUR", "GBP", "JPY", "KWD"):
        value = {"key": f"deal-{currency}", "name": "A", "account": "account-1", "currency": currency, "lines": []}
        deal = {**value, "amount": "69093710", "close_date": "2026-06-30", "deal": f"006-{currency}"}
        board.happens("close_deal", "ok", **deal)
    page = board.page(width=width)
    expect(page.locator("#ledger-head th")).to_have_count(7)
    box = page.locator(".scroll").evaluate("box => [box.scrollWidth, box.clientWidth]")
    assert box[0] <= box[1] + 1


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_no_phase_is_broken_within_its_word(board: Board, width: int) -> None:
    page = board.page(width=width)
    for phase in ("verification", "recovery", "steady state"):
        wide = page.locator("#phase").evaluate(
            "(at, text) => { at.textContent = text; return at.scrollWidth - at.clientWidth }", phase
        )
        assert wide <= 0


def test_everything_focusable_is_reached_by_keyboard_with_visible_focus(
    board: Board, walk_by_keyboard: Callable[[Page], tuple[int, list[dict[str, Any]]]]
) -> None:
    expected, reached = walk_by_keyboard(board.page())
    unseen = [each["what"] for each in reached if not each["visible"]]
    assert (len({each["place"] for each in reached}), unseen) == (expected, [])


def test_the_board_names_the_three_sums_of_the_report(board: Board) -> None:
    page = board.page()
    assert page.locator("#revenue .code").all_inner_texts() == ["Not booked", "Booked late", "Over-invoiced"]


def test_one_key_adds_a_note(board: Board) -> None:
    page = board.page()
    page.keyboard.press("n")
    page.keyboard.type("Ana")
    page.keyboard.press("Tab")
    page.keyboard.type("the pager rings")
    page.keyboard.press("Control+Enter")
    expect(page.locator("dialog")).to_be_hidden()
    assert [(asked.act, asked.by, asked.text) for asked in board.asked()] == [("note", "Ana", "the pager rings")]


def test_the_name_is_asked_for_only_once(board: Board) -> None:
    page = board.page()
    for text in ("first", "second"):
        page.keyboard.press("n")
        if text == "first":
            page.get_by_label("Your name").fill("Ana")
        page.locator("#text").fill(text)
        page.get_by_role("button", name="Add the note").click()
        expect(page.locator("dialog")).to_be_hidden()
    assert [(asked.by, asked.text) for asked in board.asked()] == [("Ana", "first"), ("Ana", "second")]


def test_stopping_needs_a_confirmation(board: Board) -> None:
    page = board.page()
    page.keyboard.press("s")
    page.keyboard.press("Escape")
    assert board.asked() == []


def test_a_confirmed_stop_reaches_the_run(board: Board) -> None:
    page = board.page()
    page.get_by_role("button", name=re.compile("^Stop the game day")).click()
    page.get_by_label("Your name").fill("Ana")
    page.locator("#ask-send").click()
    expect(page.locator("#banner")).to_contain_text("Stopping")
    assert [asked.act for asked in board.asked()] == ["stop"]


def test_a_closed_dialog_returns_the_focus(board: Board) -> None:
    page = board.page()
    page.locator("#note").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator("#note")).to_be_focused()


def test_a_note_without_a_name_says_what_is_missing(board: Board) -> None:
    page = board.page()
    page.keyboard.press("n")
    page.get_by_role("button", name="Add the note").click()
    expect(page.get_by_role("alert")).to_have_text("Enter your name.")


def test_shortcut_keys_can_be_switched_off(board: Board) -> None:
    page = board.page()
    page.get_by_label("Shortcut keys").uncheck()
    page.keyboard.press("n")
    expect(page.locator("dialog")).to_be_hidden()


def test_text_from_outside_is_shown_as_text(board: Board, console_errors: Callable[[], list[str]]) -> None:
    page = board.page()
    signal = {"kind": "alert", "source": HOSTILE, "action": "trigger", "key": "x", "reason": HOSTILE, "owner": HOSTILE}
    board.happens("alert", "ok", signal=signal)
    board.happens("note", text=HOSTILE, by=HOSTILE)
    expect(page.locator("#feed .note .words").first).to_contain_text("<script>alert(1)</script>")
    assert (page.locator("#feed img, #feed script").count(), "taken" in page.title(), console_errors()) == (
        0,
        False,
        [],
    )


def test_a_change_of_phase_is_announced_to_screen_readers(board: Board) -> None:
    page = board.page()
    board.happens("phase", phase="a phase of its own")
    expect(page.get_by_role("status")).to_have_text("Phase: a phase of its own.")


def test_a_blind_board_shows_the_injection_only_once_the_history_has_revealed_it(begin: Callable[..., Board]) -> None:
    board = begin(blind=True)
    page = board.page()
    before = page.content()
    board.happens("reveal", by="Ana", text="")
    expect(page.locator("#injected")).to_contain_text("renamed field at the CRM")
    expect(page.locator("#injected")).to_contain_text("Revealed by Ana")
    assert not [word for word in ("renames", "renamed field at", "Total__c") if word in before]


def test_the_reveal_button_asks_for_a_name(begin: Callable[..., Board]) -> None:
    board = begin(blind=True)
    page = board.page()
    page.keyboard.press("r")
    page.get_by_label("Your name").fill("Ana")
    page.get_by_role("button", name="Reveal it").click()
    expect(page.locator("dialog")).to_be_hidden()
    assert [(asked.act, asked.by) for asked in board.asked()] == [("reveal", "Ana")]


def test_a_board_with_a_token_opens_by_its_address(begin: Callable[..., Board], open_page: Callable[..., Page]) -> None:
    board = begin(token="open sesame")
    url = board.live.url
    page = open_page(url, allow=(url.partition("?")[0],))
    expect(page.locator("#connection")).to_have_text("live")
    assert "sesame" not in page.url


def test_after_the_session_the_page_says_so_and_keeps_its_contents(board: Board) -> None:
    page = board.page()
    board.live.__exit__(None, None, None)
    expect(page.locator("#banner")).to_contain_text("The session is over")
    expect(page.locator("#ledger")).to_contain_text("ok")


def test_notes_can_be_added_until_the_history_is_closed(board: Board) -> None:
    page = board.page()
    board.happens("phase", phase="verification")
    board.happens("dead_letters", "ok", open=0)
    expect(page.locator("#banner")).to_contain_text("You can still add notes")
    expect(page.locator("#note")).to_be_enabled()
    board.happens("closed")
    expect(page.locator("#banner")).to_contain_text("Add further notes to postmortem.yaml")
    expect(page.locator("#note")).to_be_disabled()
