"""The figures of the pages for machines."""

from __future__ import annotations

from typing import Any

import msgspec

from gameday_reports.dashboard.charts import rate
from gameday_reports.dashboard.comparison import Change, ScenarioRuns, changes, worsened
from gameday_reports.dashboard.field_checklist import ASKED
from gameday_reports.dashboard.portfolio import FlowRisk
from gameday_reports.dashboard.readiness import PEOPLE, Item
from gameday_reports.dashboard.site import Site
from gameday_reports.dashboard.week_metrics import METRICS
from gameday_reports.losses import Losses


def figures(site: Site) -> dict[str, Any]:
    """The same figures for machines: an object whose ``version`` rises when a name in it changes meaning."""
    return {
        "version": 1,
        "built": site.now.isoformat(timespec="seconds"),
        "scenarios": [_scenario_figures(site, scenario) for scenario in site.by_scenario],
        "regressions": [_change(change) for change in site.worse],
        "portfolio": [_risk(risk) for risk in site.portfolio],
        "decisions": [each._asdict() for each in site.decisions],
        "recurring": [each._asdict() | {"last": each.last.run} for each in site.recurring],
        "releases": [each._asdict() | {"losses": _losses(each.losses)} for each in site.trend],
        "coverage": site.coverage["rows"],
        "longest_ago": site.longest_ago,
        "never_ran": site.never_ran,
        "not_applicable": site.not_applicable,
        "readiness": {stack: [_item(item) for item in items] for stack, items in site.readiness.items()},
        "to_be_confirmed": PEOPLE,
        "field_checklist": [_item(item) for item in site.field],
        "field_asked": ASKED,
        "week": site.week
        | {
            "broke": [_change(change) for change in site.week["broke"]],
            "fixed": [_change(change) for change in site.week["fixed"]],
            "failing": [run.run for run in site.week["failing"]],
            "rows": [row._asdict() for row in site.week["rows"]],
            "metrics": [{"name": metric.name, "definition": metric.definition} for metric in METRICS],
        },
        "incidents": list(site.production.incidents),
        "fixes": [msgspec.structs.asdict(fix) | {"took_s": fix.took_s} for fix in site.production.fixes],
        "actions": [row._asdict() | {"run": row.run.run} for row in site.due.rows],
        "runs": site.runs.judged,
        "unfinished": site.runs.unfinished,
    }


def _scenario_figures(site: Site, scenario: ScenarioRuns) -> dict[str, Any]:
    stacks = {
        stack: rate(runs) | {"runs": [run.run for run in runs]}
        for stack in scenario.stacks
        if (runs := scenario.of(stack))
    }
    return {
        "scenario": scenario.name,
        "page": site.scenario_pages[scenario.name],
        "digests": scenario.runs[-1].digests,
        "stacks": stacks,
        "not_comparable": [
            {"why": group.why, "runs": [run.run for run in group.runs]} for group in scenario.not_comparable
        ],
        "worsened": [
            _change(change)
            for stack in scenario.stacks
            for before, after in changes(scenario.of(stack))
            if (change := worsened(before, after))
        ],
    }


def _item(item: Item) -> dict[str, Any]:
    return item._asdict() | {"evidence": [each._asdict() for each in item.evidence]}


def _change(change: Change) -> dict[str, Any]:
    return {"before": change.before.run, "after": change.after.run, "what": change.what}


def _losses(found: Losses) -> dict[str, Any]:
    return found._asdict() | {"rows": [row._asdict() for row in found.rows]}


def _risk(risk: FlowRisk) -> dict[str, Any]:
    return risk._asdict() | {
        "losses": _losses(risk.losses),
        "month": risk.month.sentence,
        "releases": risk.releases.sentence,
    }
