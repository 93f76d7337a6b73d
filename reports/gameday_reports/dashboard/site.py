"""The pages of the dashboard: a name, a template and its values each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from gameday_reports.dashboard import charts
from gameday_reports.dashboard.charts import Span, day, rate
from gameday_reports.dashboard.comparison import Apart, Change, Slugs, Story, changes, regressions, stories, worsened
from gameday_reports.dashboard.coverage import coverage, longest_ago, never_ran
from gameday_reports.dashboard.due import DueActions
from gameday_reports.dashboard.lanes import lane_sections
from gameday_reports.dashboard.readiness import PEOPLE, Item, checklist, counts
from gameday_reports.dashboard.runs import RunSummaries, RunSummary
from gameday_reports.dashboard.week import week

_TEMPLATES = "dashboard/templates/"
#: How many lines of a long list stand on the overview.
_SHOWN = 8
#: How many verdicts stand in a cell.
_TICKS = 16

NAVIGATION = (
    ("index.html", "Overview"),
    ("scores.html", "Scores"),
    ("rates.html", "Rates and times"),
    ("coverage.html", "Coverage"),
    ("week.html", "Week"),
    ("readiness.html", "Readiness"),
    ("runs.html", "Runs"),
)


class Page(NamedTuple):
    """A page to be filled."""

    name: str
    template: str
    values: dict[str, Any]


class Site:
    """Everything that the pages show, computed once from the trials and the moment of looking at them."""

    def __init__(self, runs: RunSummaries, due: DueActions, now: datetime, scenarios: Iterable[str] = ()) -> None:
        self.runs = runs
        self.due = due
        self.now = now
        self.stories = stories(runs.judged)
        self.stacks = sorted({run.stack for run in runs.judged})
        self.worse = regressions(self.stories)
        self.coverage = coverage(runs.judged, self.stacks)
        self.longest_ago = longest_ago(self.stories, now)
        self.never_ran = never_ran(self.stories, self.stacks, scenarios)
        self.week = week(self.stories, now)
        self.readiness = {stack: checklist(stack, self.stories, self.worse, now) for stack in self.stacks}
        slugs = Slugs()
        self.stack_pages = {stack: f"stack-{slugs.of(stack)}.html" for stack in self.stacks}
        self.story_pages = {story.scenario: f"scenario-{story.slug}.html" for story in self.stories}
        self.span = _span([run for story in self.stories for run in story.runs], now)

    def pages(self) -> Iterator[Page]:
        """Every page of the site."""
        yield self._page("index.html", "index", **self._overview())
        yield self._page("scores.html", "scores", groups=[self._scores(story) for story in self.stories])
        yield self._page("rates.html", "rates", sections=list(lane_sections(self.stories, self.stacks)))
        yield self._page("coverage.html", "coverage", coverage=self.coverage)
        yield self._page("week.html", "week", week=self.week, due=self.due)
        yield self._page("readiness.html", "readiness", table=self._readiness_table(), people=PEOPLE)
        yield self._page("runs.html", "runs", runs=self._runs(), unfinished=self.runs.unfinished)
        for story in self.stories:
            yield self._page(self.story_pages[story.scenario], "scenario", **self._scenario(story))
        for stack in self.stacks:
            yield self._page(self.stack_pages[stack], "stack", **self._stack(stack))

    def _page(self, name: str, template: str, **values: Any) -> Page:
        common = {
            "here": name,
            "navigation": NAVIGATION,
            "stack_pages": self.stack_pages,
            "story_pages": self.story_pages,
            "built": f"{day(self.now)}, {self.now:%H:%M} UTC",
            "day": day,
        }
        return Page(name, f"{_TEMPLATES}{template}.html.jinja", common | values)

    def _overview(self) -> dict[str, Any]:
        judged = self.runs.judged
        words = [run.word for run in judged]
        return {
            "runs": len(judged),
            "counts": {word: words.count(word) for word in ("passed", "failed", "inconclusive")},
            "stacks": self.stacks,
            "dates": (day(judged[0].started), day(judged[-1].started)) if judged else None,
            "rows": [self._standing(story) for story in self.stories],
            "coverage": self.coverage,
            "worse": self.worse,
            "longest": self.longest_ago[:_SHOWN],
            "longest_left_out": max(0, len(self.longest_ago) - _SHOWN),
            "never": self.never_ran,
            "unfinished": self.runs.unfinished,
        }

    def _standing(self, story: Story) -> dict[str, Any]:
        """A scenario's row: of each stack the last comparable trial, and the verdicts that led there."""
        cells = []
        for stack in self.stacks:
            runs = story.of(stack)
            cells.append(
                {
                    "stack": stack,
                    "last": runs[-1] if runs else None,
                    "words": [run.word for run in runs[-_TICKS:]],
                    "passed": sum(run.word == "passed" for run in runs),
                    "of": len(runs),
                    "apart": len(story.apart_of(stack)),
                }
            )
        return {"scenario": story.scenario, "cells": cells}

    def _scores(self, story: Story) -> dict[str, Any]:
        cells = [self._cell(story, stack) for stack in self.stacks]
        return {"scenario": story.scenario, "cells": [cell for cell in cells if cell["of"] or cell["apart"]]}

    def _cell(self, story: Story, stack: str) -> dict[str, Any]:
        runs, apart = story.of(stack), story.apart_of(stack)
        return {
            "scenario": story.scenario,
            "stack": stack,
            "of": len(runs),
            "apart": len(apart),
            "why": sorted({why for why, _ in apart}),
            "chart": charts.history(runs, self.span),
        }

    def _scenario(self, story: Story) -> dict[str, Any]:
        return {
            "scenario": story.scenario,
            "stacks": story.stacks,
            "runs": list(reversed(story.runs)),
            "newest": story.all[-1],
            "cells": [self._cell(story, stack) for stack in story.stacks],
            "sections": [s for s in lane_sections([story], story.stacks) if s["groups"]],
            "apart": [self._apart(story, group) for group in story.apart],
            "worse": [change for change in self.worse if change.after.scenario == story.scenario],
            "modes": [row for row in self.coverage["rows"] if row["number"] in story.all[-1].modes],
        }

    def _apart(self, story: Story, group: Apart) -> dict[str, Any]:
        stacks = sorted({run.stack for run in group.runs})
        over = _span(group.runs, self.now)
        return {
            "why": group.why,
            "runs": list(reversed(group.runs)),
            "cells": [
                {
                    "scenario": story.scenario,
                    "stack": stack,
                    "apart": 0,
                    "chart": charts.history([t for t in group.runs if t.stack == stack], over),
                }
                for stack in stacks
            ],
        }

    def _stack(self, stack: str) -> dict[str, Any]:
        told = [story for story in self.stories if stack in story.stacks]
        mine = [run for run in self.runs.judged if run.stack == stack]
        words = [run.word for run in mine]
        return {
            "stack": stack,
            "runs": len(mine),
            "counts": {word: words.count(word) for word in ("passed", "failed", "inconclusive")},
            "newest": mine[-1],
            "cells": [self._cell(story, stack) for story in told],
            "sections": [s for s in lane_sections(told, [stack]) if s["groups"]],
            "worse": [change for change in self.worse if change.after.stack == stack],
            "items": self.readiness[stack],
            "people": PEOPLE,
            "longest": [row for row in self.longest_ago if row["stack"] == stack],
            "never": [row | {"stacks": [stack]} for row in self.never_ran if stack in row["stacks"]],
        }

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
        """Every trial, newest first, and why it stands apart if it does."""
        why = {t.run: group.why for story in self.stories for group in story.apart for t in group.runs}
        return [{"run": run, "why": why.get(run.run, "")} for run in reversed(self.runs.judged)]

    def figures(self) -> dict[str, Any]:
        """The same figures for machines: an object whose ``version`` rises when a name in it changes its meaning."""
        return {
            "version": 1,
            "built": self.now.isoformat(timespec="seconds"),
            "scenarios": [self._story_figures(story) for story in self.stories],
            "regressions": [_change(change) for change in self.worse],
            "coverage": self.coverage["rows"],
            "longest_ago": self.longest_ago,
            "never_ran": self.never_ran,
            "readiness": {stack: [item._asdict() for item in items] for stack, items in self.readiness.items()},
            "to_be_confirmed": PEOPLE,
            "week": self.week
            | {
                "broke": [_change(change) for change in self.week["broke"]],
                "repaired": [_change(change) for change in self.week["repaired"]],
                "failing": [run.run for run in self.week["failing"]],
            },
            "actions": [row._asdict() | {"run": row.run.run} for row in self.due.rows],
            "runs": self.runs.judged,
            "unfinished": self.runs.unfinished,
        }

    def _story_figures(self, story: Story) -> dict[str, Any]:
        stacks = {
            stack: rate(runs) | {"runs": [run.run for run in runs]}
            for stack in story.stacks
            if (runs := story.of(stack))
        }
        return {
            "scenario": story.scenario,
            "page": self.story_pages[story.scenario],
            "digests": story.runs[-1].digests,
            "stacks": stacks,
            "apart": [{"why": group.why, "runs": [t.run for t in group.runs]} for group in story.apart],
            "worsened": [
                _change(w)
                for stack in story.stacks
                for before, after in changes(story.of(stack))
                if (w := worsened(before, after))
            ],
        }


def _span(runs: Sequence[RunSummary], now: datetime) -> Span:
    started = [run.started for run in runs] or [now]
    return Span(min(started), max(started))


def _change(change: Change) -> dict[str, Any]:
    return {"before": change.before.run, "after": change.after.run, "what": change.what}
