"""The end of ``gameday run``: every figure in 80 columns too, and why a run did not pass."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gameday.base.columns import columns, wrapped
from gameday.base.terminal_console import LiteralConsole
from gameday.cli import main
from gameday.commands import run_summary
from gameday.commands.progress import Progress, Running
from gameday.commands.run_summary import reasons, show_reasons, show_results
from gameday.model.checker import Result, Verdict
from gameday.scoring.headline import HEADERS
from gameday.steps.outcome import Outcome

FIGURES = ("97", "31", "F", "40", "866k USD", "1.2M USD", "35.3M USD")
ORDERS = tuple(f"006Gd000000000{n}IAA" for n in range(5))
LOST = Verdict("every deal is in the ERP exactly once", Result.FAILED, "5 deals are not: 5 lost", ORDERS)
HELD = Verdict("the other deals kept flowing", Result.PASSED, "all did")


def outcome(result: str = "failed", **more: Any) -> Outcome:
    more = {"run_dir": "runs/1", "verdicts": (HELD, LOST)} | more
    return Outcome("Orders may be booked in the wrong currency: a field is hidden", "f", "brittle", 1, result, **more)


def shown_in(width: int, monkeypatch: pytest.MonkeyPatch, results: Sequence[str] = ("failed",)) -> list[str]:
    monkeypatch.setattr("gameday.scoring.headline.headline", lambda _: FIGURES)
    out = io.StringIO()
    show_results(LiteralConsole(file=out, width=width), [outcome(result) for result in results])
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80, 100, 120, 130, *range(135, 160), 200])
def test_every_figure_is_whole_and_every_line_fits(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown_in(width, monkeypatch, ("failed", "inconclusive"))
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).replace("\N{NO-BREAK SPACE}", " ").split()).casefold()
    assert [name for name in (*HEADERS, *FIGURES, "failed", "brittle") if name.casefold() not in text] == []


def test_a_wide_terminal_has_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    assert any(set(line.strip()) == {"─"} for line in shown_in(160, monkeypatch))


def test_a_failed_run_gives_its_expectation_and_three_of_its_orders() -> None:
    lines = [f"{indent}{line}" for line, indent in reasons(outcome())]
    assert lines == [
        "failed: brittle: Orders may be booked in the wrong currency: a field is hidden (seed 1)",
        "  - every deal is in the ERP exactly once: 5 deals are not: 5 lost",
        f"    {', '.join(ORDERS[:3])} and 2 more",
    ]


def test_a_run_that_was_not_run_gives_its_problem() -> None:
    (_, (line, _)) = reasons(outcome("not run", problem="no port is free", verdicts=(), run_dir=""))
    assert line == "no port is free"


def test_the_path_of_the_report_is_on_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "runs" / ("20260309T080000Z-brittle-" + "orders-may-be-booked-" * 4)
    folder.mkdir(parents=True)
    (folder / "postmortem.html").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    show_reasons(
        [outcome(run_dir=str(folder)), outcome("passed"), outcome("inconclusive", not_applicable="no webhook")]
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"  Report: {folder.relative_to(tmp_path)}/postmortem.html"
    assert max(map(len, lines[:-1])) <= 80
    assert sum("brittle: Orders" in line for line in lines) == 1


def test_of_many_runs_the_first_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    show_reasons([outcome(run_dir="")] * (run_summary.RUNS + 3))
    assert capsys.readouterr().out.endswith("3 more did not pass; the report lists them.\n")


def test_a_run_under_way_says_how_long_it_takes_at_most() -> None:
    assert Running("brittle", "a", "recovery", 0.5, 89.2).left == "about 1 min 30 s left"
    assert Running("brittle", "a", "verification", 1.0, 0.0).left == "ending"


@pytest.mark.parametrize("width", [60, 80, 140])
def test_progress_shows_the_phase_and_the_time_left_in_any_width(
    width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = Progress(tmp_path, [])
    under_way = [
        Running("durable+some-bug", "Orders may be booked in the wrong currency: " * 3, "steady state", 0.3, 12)
    ]
    monkeypatch.setattr(progress, "_under_way", lambda: under_way)
    out = io.StringIO()
    LiteralConsole(file=out, width=width).print(progress._view())
    assert "steady state" in out.getvalue()
    assert "about 12 s left" in out.getvalue()
    assert max(map(len, out.getvalue().splitlines())) <= width


def test_a_log_without_a_terminal_is_not_broken_into_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert columns() is None
    assert wrapped("a " * 200, width=columns()) == ["a " * 200]


@pytest.mark.parametrize("kind", ["faults", "expectations", "conditions", "workloads", "operations", "fakes"])
def test_a_list_fits_80_columns(kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["list", kind])
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert max(map(len, lines)) <= 80
