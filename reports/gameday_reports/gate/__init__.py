"""The gate's result for a pull request, a list of test results, a code-scanning board and a workflow's log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from gameday.base.violation import Violation
from gameday.model.gate_verdict import GateVerdict
from gameday_reports.environment import fill
from gameday_reports.files import write
from gameday_reports.gate.code_quality import code_quality
from gameday_reports.gate.comment import Judged, comment
from gameday_reports.gate.context import junit_context, markdown_context
from gameday_reports.gate.github import github_annotations
from gameday_reports.gate.sarif import fingerprint, sarif

__all__ = ["COMMENT_FILE", "Judged", "files_of", "fingerprint", "github_annotations", "render_comment", "render_gate"]

#: Beside the folders of the gates: the comment on the last ones.
COMMENT_FILE = "comment.md"


def files_of(verdict: GateVerdict) -> Mapping[str, str]:
    """``{file name: text}``: gate.json, gate.md, junit.xml, gate.sarif, code-quality.json; pure."""
    return {
        "gate.json": msgspec.json.format(msgspec.json.encode(verdict, enc_hook=str), indent=1).decode() + "\n",
        "gate.md": fill("gate/templates/gate.md.jinja", markdown_context(verdict)),
        "junit.xml": fill("gate/templates/junit.xml.jinja", junit_context(verdict)),
        "gate.sarif": sarif(verdict),
        "code-quality.json": code_quality(verdict),
    }


def render_gate(verdict: GateVerdict, folder: Path) -> list[Path]:
    """Write every file of a gate verdict into its folder. Raises GamedayError."""
    return [write(folder / name, text) for name, text in files_of(verdict).items()]


def render_comment(gates: Sequence[Judged], removed: Mapping[str, Sequence[Violation]], folder: Path) -> Path:
    """Write the comment on some gates into the folder that theirs are in. Raises GamedayError."""
    folder.mkdir(parents=True, exist_ok=True)
    return write(folder / COMMENT_FILE, comment(gates, removed))
