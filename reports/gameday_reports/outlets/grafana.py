"""A dashboard of Grafana over the figures that the target openmetrics writes; it is the same for every run.

Source: Grafana, "Dashboard JSON model", "Panels", "Variables", for the import of a dashboard. A panel shows scenarios
and stacks beside each other and adds none of them up: their money and their deals are not of one flow.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from gameday_reports.outlet import Outlet, outlets
from gameday_reports.payload import as_json
from gameday_reports.recorded import RecordedRun

#: The version of the model, and the width of a dashboard in its columns.
SCHEMA, COLUMNS = 39, 24
_ONLY = 'scenario=~"$scenario",stack=~"$stack"'
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}


class Panel(NamedTuple):
    """A panel: its title, what it shows in a sentence, the figure, its labels, unit, kind and size."""

    title: str
    about: str
    figure: str
    legend: str
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 12
    height: int = 8
    only: str = ""

    @property
    def query(self) -> str:
        """The figure of the chosen scenarios and stacks."""
        return f"gameday_{self.figure}{{{_ONLY}{f',{self.only}' if self.only else ''}}}"


PANELS = (
    Panel("Latest results", "What each run came to. An inconclusive run shows neither a loss nor that there is none.",
          "run_result", "{{stack}}: {{scenario}}, seed {{seed}}: {{result}}", kind="state-timeline", width=24),
    Panel("Not booked", "Revenue of won deals that was not in the ERP when the ledgers were read, in the reporting "
          "currency.", "not_booked", "{{stack}}: {{scenario}} ({{currency}})"),
    Panel("Over-invoiced", "What open invoices exceed their deals by, in the reporting currency.", "over_invoiced",
          "{{stack}}: {{scenario}} ({{currency}})"),
    Panel("Booked late", "Revenue that was booked later than the contract allows, in the reporting currency.",
          "booked_late", "{{stack}}: {{scenario}} ({{currency}})"),
    Panel("Unreported deals", "Wrong deals that no alert or ticket names.", "deals_unreported",
          "{{stack}}: {{scenario}}, seed {{seed}}"),
    Panel("Affected deals", "Deals by end state, without those that are right.", "deals",
          "{{stack}}: {{scenario}}, {{state}}", only='state!="ok"'),
    Panel("SLA breaches", "Deals later than the contract allows.", "sla_breaches", "{{stack}}: {{scenario}}"),
    Panel("Time to detect", "From the first affected deal to the first alert. Below 0: the alert came first.",
          "time_to_detect_seconds", "{{stack}}: {{scenario}}, seed {{seed}}", unit="s"),
    Panel("Time to catch up", "From the healing of the last fault until the ledgers agreed.",
          "time_to_catch_up_seconds", "{{stack}}: {{scenario}}, seed {{seed}}", unit="s"),
    Panel("Time to repair", "From the first affected deal until the ledgers agreed, where the sync repaired it.",
          "time_to_repair_seconds", "{{stack}}: {{scenario}}, seed {{seed}}", unit="s"),
    Panel("Scores", "Detection and recovery, from 0 to 100.", "score_points",
          "{{stack}}: {{scenario}}, {{score}}"),
    Panel("Orphan orders", "Orders without a deal.", "orphan_orders", "{{stack}}: {{scenario}}", width=8),
    Panel("False alarms", "Alerts without a cause.", "false_alarms", "{{stack}}: {{scenario}}", width=8),
    Panel("Manual interventions per 1,000 deals", "What people did, and what is left for them to do.",
          "interventions_per_1000_deals", "{{stack}}: {{scenario}}", width=8),
    Panel("What was run", "Versions, contract and start of each run.", "run_about", "", kind="table", width=24),
)  # fmt: skip


def dashboard(_: RecordedRun) -> str:
    """The dashboard, to be imported, or provisioned from a file."""
    variables = [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
        _choice("stack", "Stack"),
        _choice("scenario", "Scenario"),
    ]
    return as_json(
        {
            "uid": "gameday",
            "title": "Game days",
            "description": "Figures of game days, as `gameday publish --to openmetrics` writes them.",
            "tags": ["gameday"],
            "schemaVersion": SCHEMA,
            "editable": True,
            "refresh": "",
            "time": {"from": "now-90d", "to": "now"},
            "timezone": "utc",
            "templating": {"list": variables},
            "panels": _placed(),
        }
    )


def _choice(label: str, title: str) -> dict[str, Any]:
    return {
        "name": label,
        "label": title,
        "type": "query",
        "datasource": _SOURCE,
        "query": f"label_values(gameday_run_about, {label})",
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "sort": 1,
        "current": {"text": "All", "value": "$__all"},
    }


def _placed() -> list[dict[str, Any]]:
    """The panels in rows from left to right."""
    placed = []
    x = y = 0
    for number, panel in enumerate(PANELS, start=1):
        if x + panel.width > COLUMNS:
            x, y = 0, y + panel.height
        placed.append(_panel(number, panel, {"x": x, "y": y, "w": panel.width, "h": panel.height}))
        x += panel.width
    return placed


def _panel(number: int, panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    is_table = panel.kind == "table"
    target = {
        "refId": "A",
        "datasource": _SOURCE,
        "expr": f"{panel.query} == 1" if panel.figure == "run_result" else panel.query,
        "legendFormat": panel.legend,
        "instant": is_table,
        "range": not is_table,
        "format": "table" if is_table else "time_series",
    }
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": _SOURCE,
        "gridPos": place,
        "targets": [target],
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "options": {},
    }


grafana = outlets.register("grafana")(Outlet(dashboard))
