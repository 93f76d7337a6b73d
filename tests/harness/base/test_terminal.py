"""Whatever a text holds, a terminal shows it literally, on one line, and never as markup."""

from __future__ import annotations

import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from gameday.base import terminal
from gameday.base.terminal import Styled, literal, show, show_document, show_json
from gameday.base.terminal_console import LiteralConsole
from support.rows import rows

HOSTILE = (
    "\x1b[31mred\x1b[2J",
    "\x1b]0;title\x07",
    "\x9b31m",
    "over\rwritten",
    "bell\x07 back\x08",
    "a\nforged line",
    "safe\u202egnp.exe",
    "\udc80 not UTF-8",
)


def obeyed(text: str) -> set[str]:
    """The characters of a text that a terminal obeys."""
    return {char for char in text if char != "\n" and not char.isprintable()}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_line_stays_one_line_and_says_nothing_to_the_terminal(
    hostile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show(Styled(hostile, "red"), hostile)
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert not obeyed(out)


@given(st.text())
def test_no_text_says_anything_to_the_terminal(text: str) -> None:
    assert not {char for char in literal(text) if ord(char) < 32 and char != "\t"}


@rows("text", ["[/retry]", "[bold]x[/]", "[link=http://x]y[/link]", ":smile:", "\\[red]"])
def test_a_table_takes_no_text_for_markup(text: str) -> None:
    out = io.StringIO()
    table = Table(text)
    table.add_row(text)
    console = LiteralConsole(file=out, width=80)
    console.print(table)
    console.print(text)
    assert out.getvalue().count(text) == 3


@rows("hostile", HOSTILE)
def test_a_table_says_nothing_to_the_terminal(hostile: str) -> None:
    out = io.StringIO()
    table = Table("a")
    table.add_row(hostile)
    table.add_row(Text(hostile))
    LiteralConsole(file=out, width=80).print(table)
    assert not obeyed(out.getvalue())


@pytest.mark.parametrize("hostile", HOSTILE[:-1])
def test_json_means_the_same_and_says_nothing_to_the_terminal(hostile: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_json({hostile: [hostile]}, indent=None)
    out = capsys.readouterr().out
    assert not obeyed(out)
    assert json.loads(out) == {hostile: [hostile]}


def test_a_document_keeps_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    show_document("a\nb\x1b[2J\n")
    assert capsys.readouterr().out == "a\nb⟨U+001B⟩[2J\n"


def test_what_the_encoding_of_the_output_lacks_is_an_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="latin-1"))
    terminal.prepare()
    show("Müller \x1b")
    sys.stdout.flush()
    assert raw.getvalue() == b"M\xfcller \\u27e8U+001B\\u27e9\n"
