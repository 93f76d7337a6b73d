"""A report: a folder of templates, and a function from a recorded run to the texts of its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gameday.base.registry import Registry
from gameday_reports.recorded import RecordedRun

Report = Callable[[RecordedRun], Mapping[str, str]]
"""``report(run) -> {file name: text}``; pure."""

reports: Registry[Report] = Registry("report", package="gameday_reports", group="gameday.reports")
