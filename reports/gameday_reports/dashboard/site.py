"""The pages of the dashboard, each with a name, a template and values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from gameday.contracts.flows import FlowRegistry
from gameday.model.contract import Contract
from gameday_reports.dashboard import charts
from gameday_reports.dashboard.charts import Span, day
from gameday_reports.dashboard.comparison import (
    NotComparable,
    ScenarioRuns,
    Slugs,
    by_scenario,
    regressions,
)
from gameday_reports.dashboard.coverage import coverage, longest_ago, never_ran
from gameday_reports.dashboard.due import DueActions
from gameday_reports.dashboard.field_checklist import ASKED, field_checklist
from gameday_reports.dashboard.lanes import lane_sections
from gameday_reports.dashboard.ownership import ownership
from gameday_reports.dashboard.portfolio import decisions, portfolio, recurring, trend
from gameday_reports.dashboard.production import Production, fix_rows, incident_rows
from gameday_reports.dashboard.readiness import PEOPLE, Item, checklist, counts
from gameday_reports.dashboard.runs import RunSummaries
from gameday_reports.dashboard.summaries import RunSummary
from gameday_reports.dashboard.week import week
from gameday_reports.dashboard.week_metrics import METRICS

_TEMPLATES = "dashboard/templates/"
NO_FLOWS = FlowRegistry("", (), ())
NOTHING_KNOWN = Production()
#: The page for a meeting of leaders.
SLIDE = "slide.html"
#: How many lines of a long list the overview shows.
_SHOWN = 8
#: How many results a cell shows.
_TICKS = 16

NAVIGATION = (
    ("index.html", "Overview"),
    ("scores.html", "Scores"),
    ("rates.html", "Rates and times"),
    ("coverage.html", "Coverage"),
    ("week.html", "Week"),
    ("readiness.html", "Readiness"),
    ("ownership.html", "Ownership"),
    ("runs.html", "Runs"),
)


class Page(NamedTuple):
    """A page: its file name, its template and the template's values."""

    name: str
    template: str
    values: dict[str, Any]


class Site:
    """Everything that the pages show, computed once from the runs and the current time."""

    def __init__(
        self,
        runs: RunSummaries,
        due: DueActions,
        now: datetime,
        scenarios: Iterable[str] = (),
        not_applicable: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
        registry: FlowRegistry = NO_FLOWS,
        contracts: Mapping[str, Contract] = MappingProxyType({}),
        production: Production = NOTHING_KNOWN,
        folder: Path = Path(),
    ) -> None:
        """``folder`` is where the pages are written, from which links to files lead."""
        self.folder = folder.absolute()
        self.production = production
        self.registry, self.contracts = registry, contracts
        self.runs = runs
        self.due = due
        self.now = now
        self.by_scenario = by_scenario(runs.judged)
        self.stacks = sorted({run.stack for run in runs.judged})
        self.worse = regressions(self.by_scenario)
        self.coverage = coverage(runs.judged, self.stacks)
        self.longest_ago = longest_ago(self.by_scenario, now)
        self.not_applicable = {stack: dict(not_applicable.get(stack, {})) for stack in self.stacks}
        self.never_ran = never_ran(self.by_scenario, self.stacks, scenarios, self.not_applicable)
        self.week = week(self.by_scenario, now)
        self.readiness = {stack: checklist(stack, self.by_scenario, self.worse, now) for stack in self.stacks}
        self.field = field_checklist(self.by_scenario, registry, contracts, now, self.folder)
        slugs = Slugs()
        self.stack_pages = {stack: f"stack-{slugs.of(stack)}.html" for stack in self.stacks}
        self.scenario_pages = {scenario.name: f"scenario-{scenario.slug}.html" for scenario in self.by_scenario}
        self.portfolio = portfolio(self.by_scenario, self.stacks)
        self.decisions = decisions(self.portfolio, due)
        self.recurring = recurring(self.by_scenario, now)
        self.trend = trend(self.by_scenario, self.stacks, now)
        self.span = _span([run for scenario in self.by_scenario for run in scenario.runs], now)

    def pages(self) -> Iterator[Page]:
        """Every page of the site."""
        yield self._page("index.html", "index", **self._overview())
        yield self._page("scores.html", "scores", groups=[self._scores(scenario) for scenario in self.by_scenario])
        yield self._page("rates.html", "rates", sections=list(lane_sections(self.by_scenario, self.stacks)))
        yield self._page("coverage.html", "coverage", coverage=self.coverage)
        yield self._page("week.html", "week", week=self.week, due=self.due, metrics=METRICS, **self._production())
        yield self._page(SLIDE, "slide", **self._slide())
        yield Page("week.md", f"{_TEMPLATES}week.md.jinja", self._digest())
        yield self._page("readiness.html", "readiness", **self._readiness())
        yield self._page("ownership.html", "ownership", **ownership(self.registry, self.contracts, self.folder))
        yield self._page("runs.html", "runs", runs=self._runs(), unfinished=self.runs.unfinished)
        for scenario in self.by_scenario:
            yield self._page(self.scenario_pages[scenario.name], "scenario", **self._scenario(scenario))
        for stack in self.stacks:
            yield self._page(self.stack_pages[stack], "stack", **self._stack(stack))

    def _page(self, name: str, template: str, **values: Any) -> Page:
        common = {
            "here": name,
            "navigation": NAVIGATION,
            "stack_pages": self.stack_pages,
            "scenario_pages": self.scenario_pages,
            "built": f"{day(self.now)}, {self.now:%H:%M} UTC",
            "day": day,
        }
        return Page(name, f"{_TEMPLATES}{template}.html.jinja", common | values)

    def _overview(self) -> dict[str, Any]:
        judged = self.runs.judged
        words = [run.word for run in judged]
        return {
            **self._first_screen(),
            "runs": len(judged),
            "counts": {word: words.count(word) for word in ("passed", "failed", "inconclusive")},
            "stacks": self.stacks,
            "dates": (day(judged[0].started), day(judged[-1].started)) if judged else None,
            "rows": [self._latest(scenario) for scenario in self.by_scenario],
            "coverage": self.coverage,
            "worse": self.worse,
            "longest": self.longest_ago[:_SHOWN],
            "longest_left_out": max(0, len(self.longest_ago) - _SHOWN),
            "never": self.never_ran,
            "unfinished": self.runs.unfinished,
        }

    def _first_screen(self) -> dict[str, Any]:
        """What a leader asks: which flows would lose money, would anybody know, is it better, what is to be decided."""
        losing = [risk for risk in self.portfolio if risk.losses.rows]
        return {
            "portfolio": self.portfolio,
            "flows": {risk.flow for risk in self.portfolio},
            "losing": {risk.flow for risk in losing},
            "worst": losing[0] if losing else None,
            "shown": any(risk.losses.of for risk in self.portfolio),
            "unnoticed": [risk for risk in self.portfolio if risk.losses.unnoticed],
            "decisions": self.decisions[:_SHOWN],
            "decisions_left_out": max(0, len(self.decisions) - _SHOWN),
            "without_owner": sum(not each.owner for each in self.decisions),
            "overdue": sum(each.when == "passed" for each in self.decisions),
            "recurring": self.recurring[:_SHOWN],
            "trend": self.trend,
        }

    def _production(self) -> dict[str, Any]:
        return {
            "production_known": self.production.known,
            "incidents": incident_rows(self.production.incidents, self.now),
            "fixes": fix_rows(self.production.fixes, self.now),
        }

    def _slide(self) -> dict[str, Any]:
        """The first screen and the week on one slide, with as many rows as there is room for."""
        room = {"flows_shown": 4, "decisions_shown": 4, "all_decisions": self.decisions}
        return {**self._first_screen(), "runs": len(self.runs.judged), "week": self.week, **room}

    def _digest(self) -> dict[str, Any]:
        """The week for a mail: what a leader reads without opening a page."""
        shared = {"portfolio": self.portfolio, "decisions": self.decisions}
        return {"week": self.week, "day": day, "shown": _SHOWN, **shared, **self._production()}

    def _latest(self, scenario: ScenarioRuns) -> dict[str, Any]:
        """A scenario's row: the latest comparable run of each stack, and the results before it."""
        cells = []
        for stack in self.stacks:
            runs = scenario.of(stack)
            cells.append(
                {
                    "stack": stack,
                    "last": runs[-1] if runs else None,
                    "words": [run.word for run in runs[-_TICKS:]],
                    "passed": sum(run.word == "passed" for run in runs),
                    "of": len(runs),
                    "not_comparable": len(scenario.not_comparable_of(stack)),
                }
            )
        return {"scenario": scenario.name, "cells": cells}

    def _scores(self, scenario: ScenarioRuns) -> dict[str, Any]:
        cells = [self._cell(scenario, stack) for stack in self.stacks]
        return {"scenario": scenario.name, "cells": [cell for cell in cells if cell["of"] or cell["not_comparable"]]}

    def _cell(self, scenario: ScenarioRuns, stack: str) -> dict[str, Any]:
        runs, others = scenario.of(stack), scenario.not_comparable_of(stack)
        return {
            "scenario": scenario.name,
            "stack": stack,
            "of": len(runs),
            "not_comparable": len(others),
            "why": sorted({why for why, _ in others}),
            "chart": charts.history(runs, self.span),
        }

    def _scenario(self, scenario: ScenarioRuns) -> dict[str, Any]:
        return {
            "scenario": scenario.name,
            "stacks": scenario.stacks,
            "runs": list(reversed(scenario.runs)),
            "newest": scenario.all[-1],
            "cells": [self._cell(scenario, stack) for stack in scenario.stacks],
            "sections": [s for s in lane_sections([scenario], scenario.stacks) if s["groups"]],
            "not_comparable": [self._not_comparable(scenario, group) for group in scenario.not_comparable],
            "worse": [change for change in self.worse if change.after.scenario == scenario.name],
            "modes": [row for row in self.coverage["rows"] if row["number"] in scenario.all[-1].modes],
        }

    def _not_comparable(self, scenario: ScenarioRuns, group: NotComparable) -> dict[str, Any]:
        stacks = sorted({run.stack for run in group.runs})
        over = _span(group.runs, self.now)
        return {
            "why": group.why,
            "runs": list(reversed(group.runs)),
            "cells": [
                {
                    "scenario": scenario.name,
                    "stack": stack,
                    "not_comparable": 0,
                    "chart": charts.history([run for run in group.runs if run.stack == stack], over),
                }
                for stack in stacks
            ],
        }

    def _stack(self, stack: str) -> dict[str, Any]:
        scenarios = [scenario for scenario in self.by_scenario if stack in scenario.stacks]
        runs = [run for run in self.runs.judged if run.stack == stack]
        words = [run.word for run in runs]
        return {
            "stack": stack,
            "runs": len(runs),
            "counts": {word: words.count(word) for word in ("passed", "failed", "inconclusive")},
            "newest": runs[-1],
            "cells": [self._cell(scenario, stack) for scenario in scenarios],
            "sections": [s for s in lane_sections(scenarios, [stack]) if s["groups"]],
            "worse": [change for change in self.worse if change.after.stack == stack],
            "items": self.readiness[stack],
            "people": PEOPLE,
            "longest": [row for row in self.longest_ago if row["stack"] == stack],
            "never": [row | {"stacks": [stack]} for row in self.never_ran if stack in row["stacks"]],
            "not_applicable": self.not_applicable[stack],
        }

    def _readiness(self) -> dict[str, Any]:
        return {"table": self._readiness_table(), "people": PEOPLE, "field": self.field, "asked": ASKED}

    def _readiness_table(self) -> dict[str, Any]:
        lines: dict[str, dict[str, Item]] = {}
        for stack, items in self.readiness.items():
            for item in items:
                lines.setdefault(item.text, {})[stack] = item
        return {
            "stacks": [{"stack": stack, **counts(items)} for stack, items in self.readiness.items()],
            "lines": [{"text": text, "cells": cells} for text, cells in lines.items()],
        }

    def _runs(self) -> list[dict[str, Any]]:
        """Every run, newest first, and why it is not comparable if it is not."""
        others = (group for scenario in self.by_scenario for group in scenario.not_comparable)
        why = {run.run: group.why for group in others for run in group.runs}
        return [{"run": run, "why": why.get(run.run, "")} for run in reversed(self.runs.judged)]


def _span(runs: Sequence[RunSummary], now: datetime) -> Span:
    started = [run.started for run in runs] or [now]
    return Span(min(started), max(started))
