"""The brief for leaders: one printed page beside the postmortem, in plain business words."""

from __future__ import annotations

from collections.abc import Mapping

from gameday_reports.brief.context import context
from gameday_reports.environment import fill
from gameday_reports.recorded import RecordedRun
from gameday_reports.report import reports

_TEMPLATES = "brief/templates"


@reports.register("brief")
def brief(run: RecordedRun) -> Mapping[str, str]:
    """``brief.html``, one self-contained file that prints on one page, and ``brief.md``."""
    values = context(run)
    return {name: fill(f"{_TEMPLATES}/{name}.jinja", values) for name in ("brief.html", "brief.md")}
