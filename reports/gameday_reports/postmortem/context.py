"""All figures of a postmortem as plain values; the templates only place them."""

from __future__ import annotations

from typing import Any

from gameday.model.checker import Verdict
from gameday_reports.postmortem.actions import actions
from gameday_reports.postmortem.cause import cause
from gameday_reports.postmortem.charts import charts
from gameday_reports.postmortem.cited import cited, indexes_of
from gameday_reports.postmortem.cures.details import described
from gameday_reports.postmortem.evidence import evidence
from gameday_reports.postmortem.header import header
from gameday_reports.postmortem.impact import impact, totals, unreported
from gameday_reports.postmortem.leader import summary
from gameday_reports.postmortem.moments import moments, spans
from gameday_reports.postmortem.people import people
from gameday_reports.postmortem.repairs import repairs
from gameday_reports.postmortem.scores import scores
from gameday_reports.postmortem.signals import detection
from gameday_reports.postmortem.texts import GLOSSARY
from gameday_reports.postmortem.timeline import timeline
from gameday_reports.recorded import RecordedRun
from gameday_reports.redaction import MASK, confidential_fields

#: How many orders a verdict lists on the page; results.json has all.
NAMED = 3


def context(run: RecordedRun) -> dict[str, Any]:
    """Every figure that the templates print, by section."""
    times = moments(run)
    rows = actions(run)
    sections = {
        "header": header(run),
        "summary": [*run.caveats, *summary(run)],
        "verdicts": _verdicts(run.judged),
        "impact": impact(run),
        "unreported": unreported(run),
        "totals": totals(run),
        "moments": times,
        "spans": spans(run),
        "timeline": timeline(run, times),
        "charts": charts(run, times),
        "requests": _requests(run),
        "detection": detection(run),
        "cause": cause(run),
        "evidence": evidence(run),
        "scores": scores(run),
        "actions": described(run, [row for row in rows if not row["dropped"]]),
        "people": people(run, rows),
        "redaction": _redaction(run),
        "repair": repairs(run),
        "glossary": GLOSSARY,
    }
    return sections | {"cited": cited(run, indexes_of(sections))}


def _requests(run: RecordedRun) -> dict[str, Any]:
    requests = run.incident.requests
    return {
        "order_writes": requests.order_writes,
        "invoice_writes": requests.invoice_writes,
        "refused": requests.refused,
        "amplification": None if requests.amplification is None else f"{requests.amplification:g}",
        "worst_deal": requests.worst_deal,
        "worst_attempts": requests.worst_attempts,
        "per_order": None if requests.per_order is None else f"{requests.per_order:g}",
        "total": sum(each.total for each in requests.by_system.values()),
        "total_refused": sum(each.refused for each in requests.by_system.values()),
    }


def _redaction(run: RecordedRun) -> dict[str, Any]:
    """The confidential fields, how many values of them the run contains, and whether they are masked."""
    fields = [field.name for field in confidential_fields(run.contract)]
    return {"fields": fields, "names": len(run.redactor), "unredacted": run.unredacted, "mask": MASK}


def _verdicts(judged: list[tuple[str, Verdict]]) -> list[dict[str, Any]]:
    """Each sentence of the scenario with its findings; several checkers may belong to one sentence."""
    sentences: list[dict[str, Any]] = []
    for checker, verdict in judged:
        finding = {
            "checker": checker,
            "word": verdict.result.word,
            "summary": verdict.summary,
            "orders": verdict.orders[:NAMED],
            "left_out": max(0, len(verdict.orders) - NAMED),
        }
        if sentences and sentences[-1]["name"] == verdict.name:
            sentences[-1]["findings"].append(finding)
        else:
            sentences.append({"name": verdict.name, "findings": [finding]})
    return sentences
