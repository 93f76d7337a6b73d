"""The postmortem: what would have been lost, whether anybody would have noticed, and how long the repair took."""

from __future__ import annotations

from collections.abc import Mapping

from gameday_reports.environment import fill
from gameday_reports.postmortem.context import context
from gameday_reports.recorded import RecordedRun
from gameday_reports.report import reports

_TEMPLATES = "postmortem/templates"


@reports.register("postmortem")
def postmortem(run: RecordedRun) -> Mapping[str, str]:
    """``postmortem.html``, one self-contained file, and ``postmortem.md`` for a wiki."""
    values = context(run)
    return {name: fill(f"{_TEMPLATES}/{name}.jinja", values) for name in ("postmortem.html", "postmortem.md")}
