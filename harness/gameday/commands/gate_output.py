"""How `gameday gate` shows its stages and its verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gameday.base.terminal import Styled, show, show_document
from gameday.base.texts import ascii_json, one_line

if TYPE_CHECKING:
    from gameday.model.gate_verdict import GateVerdict, Stage

_COLOURS = {"passed": "green", "failed": "red", "inconclusive": "yellow"}
#: How many violations of a stage the terminal shows.
MOST_VIOLATIONS = 10


def show_stage(stage: Stage) -> None:
    """Show a line for a stage when it ends, and one for each violation that is more than a note."""
    mark = Styled(f"{stage.state:8}", _COLOURS.get(stage.state, "bright_black"))
    show(mark, f" {stage.name}: {one_line(stage.summary)}")
    errors = [violation for violation in stage.violations if violation.level == "error"]
    others = [violation for violation in stage.violations if violation.level != "error"]
    for violation in [*errors, *others][:MOST_VIOLATIONS]:
        line = f":{violation.line}" if violation.line else ""
        place = f"{violation.path}{line}: " if violation.path else ""
        show(f"         {violation.level} {violation.rule}: {one_line(place + violation.message)}")
    if (more := len(stage.violations) - MOST_VIOLATIONS) > 0:
        show(f"         and {more:,} more in gate.json")


def show_verdict(verdict: GateVerdict, folder: Path, form: str) -> None:
    """Show the verdict as text, or as a workflow's annotations."""
    from gameday.analysis.outside_hosts import tried_sentence
    from gameday_reports.gate import github_annotations

    if form == "github":
        show_document(github_annotations(verdict))
        return
    if hosts := tried_sentence(verdict.tried):
        show(f"outside  {hosts}")
    word = Styled(verdict.result, _COLOURS[verdict.result], bold=True)
    show(word, f" after {verdict.took_s:.1f} s. Report: {folder / 'gate.md'}")


def show_json_of(gates: list[tuple[GateVerdict, Path]], *, several: bool) -> None:
    """Show gate.json; of several gates, a list of them."""
    from gameday_reports.gate import files_of

    texts = [files_of(verdict)["gate.json"] for verdict, _ in gates]
    show_document(ascii_json(f"[{','.join(texts)}]" if several else texts[0]))
