"""The bar of a large file: on a terminal, and nowhere else."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from gameday.commands.file_progress import SHOWN_FROM_BYTES, FileProgress

LARGE = SHOWN_FROM_BYTES * 2
CONTRACT = "closed-won-to-sales-order"


def shown(*calls: tuple[int, int], terminal: bool = True) -> str:
    """What is written when a file is read that far."""
    out = io.StringIO()
    with FileProgress("records", Console(file=out, force_terminal=terminal, width=100)) as progress:
        for done, total in calls:
            progress(done, total)
    return out.getvalue()


def test_a_large_file_has_a_bar_on_a_terminal() -> None:
    written = shown((LARGE // 2, LARGE))
    assert "records" in written
    assert "10.0/20.0 MB" in written


def test_without_a_terminal_nothing_is_written() -> None:
    assert shown((LARGE // 2, LARGE), (LARGE, LARGE), terminal=False) == ""


def test_a_small_file_has_no_bar() -> None:
    assert shown((1, SHOWN_FROM_BYTES - 1)) == ""


def test_a_file_that_is_read_again_has_a_bar_again() -> None:
    hide_cursor = "\x1b[?25l"
    assert shown((LARGE, LARGE), (LARGE // 2, LARGE)).count(hide_cursor) == 2


def test_what_ends_in_the_midst_gives_the_cursor_back() -> None:
    out = io.StringIO()
    with (
        pytest.raises(KeyboardInterrupt),
        FileProgress("records", Console(file=out, force_terminal=True)) as progress,
    ):
        progress(LARGE // 2, LARGE)
        raise KeyboardInterrupt
    assert "\x1b[?25h" in out.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ("record", "--from", "large.jsonl", "--out", "out"),
        ("gate", "--contract", CONTRACT, "--records", "large.jsonl", "--stack", "durable", "--features", "none"),
    ],
)
def test_both_commands_that_read_files_show_it(arguments: tuple[str, ...], tmp_path: Path) -> None:
    line = b'{"x": "' + b"y" * 1_000_000 + b'"}\n'
    (tmp_path / "large.jsonl").write_bytes(line * (SHOWN_FROM_BYTES // len(line) + 1))
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "gameday.cli", *arguments]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=theirs, env=environment, start_new_session=True
    ) as process:
        os.close(theirs)
        written = b""
        try:
            while part := os.read(ours, 65536):
                written += part
        except OSError:  # the terminal of a process that has ended
            pass
        process.wait(timeout=60)
    os.close(ours)
    assert b"10.0/10.0 MB" in written
