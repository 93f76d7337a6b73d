"""The postmortem in Markdown, for a wiki or an issue; or the page of a reconciliation."""

from __future__ import annotations

from gameday_reports.outlet import Outlet, outlets
from gameday_reports.postmortem import postmortem
from gameday_reports.recorded import RecordedRun


def page(run: RecordedRun) -> str:
    """``postmortem.md``; its first line is the title."""
    return postmortem(run)["postmortem.md"].lstrip()


markdown = outlets.register("markdown")(Outlet(page, reconciled=lambda found: found.page))
