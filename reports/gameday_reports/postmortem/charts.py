"""The series of a run as coordinates on a plane of 100 by 100; the macros in templates/charts.html.jinja draw them.

Nothing here depends on the size of the drawing: x and y are per cent of its width and height, y counted from the top.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gameday.base.counts import plural
from gameday.model.events import PhaseBegan
from gameday_reports.formats import capital, count, moment, span
from gameday_reports.postmortem.header import fault_windows
from gameday_reports.recorded import RecordedRun

#: The possible steps of a time axis, in scenario seconds.
_TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
_TICKS = 6
_MARKS = 60
#: How far the plot extends above the largest value, to leave room for the labels of the faults.
_HEADROOM = 1.3
#: Two labels of the strip closer than this (per cent) are put on two lines.
_LABEL_WIDTH = 5.0
#: How many faults get a lane of the strip.
_LANES = 6

Shape = dict[str, Any]


def charts(run: RecordedRun, moments: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """``backlog``, ``latency`` and ``strip``, which shows the ``moments``.

    Each has a ``title``, a description in ``words``, and its shapes.
    """
    nothing: Shape = {"peak": None, "allowed": None, "missing": []}
    common = nothing | {"bands": _bands(run), "marks": _marks(run), "ticks": _time_ticks(run.end_s)}
    return {
        "backlog": common | _backlog(run),
        "latency": common | _latency(run),
        "strip": common | _strip(run, moments),
    }


def _x(run: RecordedRun, time_s: float) -> float:
    return round(min(100.0, max(0.0, 100 * time_s / max(run.end_s, 1.0))), 2)


def _bands(run: RecordedRun) -> list[Shape]:
    """When each fault was active, according to the history; one that was never healed is active until the end."""
    bands = []
    for number, window in enumerate(fault_windows(run), start=1):
        start, end = _x(run, window["start_s"]), _x(run, run.end_s if window["end_s"] is None else window["end_s"])
        shape = {"number": number, "x": start, "width": round(max(0.3, end - start), 2)}
        bands.append(window | shape)
    return bands


def _marks(run: RecordedRun) -> list[Shape]:
    """Alerts and tickets; those that would overlap are one mark with their number."""
    places: dict[tuple[str, int], list[float]] = {}
    for raised in run.observations.triggers:
        places.setdefault((raised.signal.kind, int(_x(run, raised.time_s) * _MARKS / 100)), []).append(raised.time_s)
    return [
        {"kind": kind, "x": _x(run, times[0]), "count": len(times), "time_s": times[0]}
        for (kind, _), times in sorted(places.items(), key=lambda place: place[1][0])
    ]


def _time_ticks(end_s: float) -> list[Shape]:
    step_s = next((step for step in _TIME_STEPS_S if end_s / step <= _TICKS), _TIME_STEPS_S[-1])
    if end_s / step_s > _TICKS:
        step_s *= math.ceil(end_s / step_s / _TICKS)
    times_s = [step_s * n for n in range(int(end_s // step_s) + 1)]
    return [{"x": round(100 * t / max(end_s, 1.0), 2), "label": moment(float(t))} for t in times_s]


def _number_ticks(most: float) -> list[float]:
    """Four or five round numbers from 0 up, the last at least ``most``."""
    if most <= 4:
        return [float(n) for n in range(max(1, math.ceil(most)) + 1)]
    magnitude = 10 ** math.floor(math.log10(most / 4))
    step = next(m * magnitude for m in (1, 2, 2.5, 5, 10) if m * magnitude * 4 >= most and (m * magnitude) % 1 == 0)
    return [step * n for n in range(math.ceil(most / step) + 1)]


def _span_ticks(most_s: float) -> list[float]:
    step_s = next((step for step in _TIME_STEPS_S if most_s / step <= 4), None)
    step = float(step_s or math.ceil(most_s / 4 / 86400) * 86400)
    return [step * n for n in range(max(1, math.ceil(most_s / step)) + 1)]


def _y(value: float, ticks: Sequence[float]) -> float:
    return round(100 - 100 * max(0.0, value) / ticks[-1], 2)


def _steps(points: Iterable[tuple[float, float]]) -> str:
    """A path that holds each value until the next one."""
    parts: list[str] = []
    for x, y in points:
        parts.append(f"H{x:g}V{y:g}" if parts else f"M{x:g} {y:g}")
    return "".join(parts)


def _backlog(run: RecordedRun) -> dict[str, Any]:
    series = run.incident.backlog
    most = max((point.orders for point in series), default=0)
    peak_s = next((point.time_s for point in series if point.orders == most), 0.0)
    ticks = _number_ticks(most * _HEADROOM)
    points = [(0.0, 100.0), *((_x(run, p.time_s), _y(p.orders, ticks)) for p in series)]
    last = series[-1].orders if series else 0
    line = _steps(points)
    reached = f"The peak was {plural(most, 'deal')} at {moment(peak_s)}" if most else "It stayed at 0"
    return {
        "title": "Backlog",
        "words": f"Deals won and not yet correct in the ERP. {reached}; at the end it was {count(last)}.",
        "y_ticks": [{"y": _y(tick, ticks), "label": count(int(tick))} for tick in ticks],
        "area": f"{line}V100H0Z",
        "line": line,
        "peak": {"x": _x(run, peak_s), "y": _y(most, ticks), "label": count(most)} if most else None,
        "sparkline": _sparkline([point.orders for point in series], 60),
    }


def _latency(run: RecordedRun) -> dict[str, Any]:
    series = run.incident.latency
    allowed_s = run.contract.sla.latency_s
    longest_s = max((p.p95_s for p in series if p.p95_s is not None), default=0.0)
    ticks = _span_ticks(max(longest_s, allowed_s) * _HEADROOM or 1.0)
    missing = sum(point.missing for point in series)
    never = f" {plural(missing, 'deal')} never arrived." if missing else " All deals arrived."
    return {
        "title": "Latency of orders",
        "words": (
            "From a deal's last change to its correct order, by the time of the change. "
            f"The 95th percentile was at most {span(longest_s)}; the contract allows {span(allowed_s)}.{never}"
        ),
        "y_ticks": [{"y": _y(tick, ticks), "label": span(tick)} for tick in ticks],
        "median": _gapped((_x(run, p.time_s), None if p.median_s is None else _y(p.median_s, ticks)) for p in series),
        "p95": _gapped((_x(run, p.time_s), None if p.p95_s is None else _y(p.p95_s, ticks)) for p in series),
        "allowed": {"y": _y(allowed_s, ticks), "label": f"contract: {span(allowed_s)}"},
        "missing": [{"x": _x(run, point.time_s), "count": point.missing} for point in series if point.missing],
        "sparkline": _sparkline([point.p95_s or 0.0 for point in series], 60),
    }


def _gapped(points: Iterable[tuple[float, float | None]]) -> str:
    """A line through the points with gaps where one is missing; an isolated point is a short stroke."""
    parts: list[str] = []
    drawing = False
    for x, y in points:
        if y is not None:
            parts.append(f"L{x:g} {y:g}" if drawing else f"M{x:g} {y:g}h.01")
        drawing = y is not None
    return "".join(parts)


def _strip(run: RecordedRun, moments: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The run on one time line: lanes of segments one below the other, crossed by t0 to t5."""
    begins = [(op.time_s, op.event.phase) for op in run.of(PhaseBegan)]
    ends = [*(time_s for time_s, _ in begins[1:]), run.end_s]
    # Not strict: a run without recorded phases has an end and no beginning.
    phases = [
        _segment(run, "phase", name, start_s, end_s) for (start_s, name), end_s in zip(begins, ends, strict=False)
    ]
    faults = [
        [_segment(run, "fault", f"{window['fault']} at {window['target']}", window["start_s"], window["end_s"])]
        for window in fault_windows(run)[:_LANES]
    ]
    times = run.incident.times
    impact: list[list[Shape]] = []
    if times.affected_s is not None:
        if times.alerted_s is None or times.alerted_s > times.affected_s:
            impact.append([_segment(run, "undetected", "not detected", times.affected_s, times.alerted_s)])
        impact.append([_segment(run, "unreconciled", "not reconciled", times.affected_s, times.reconciled_s)])
    in_words = ", ".join(f"{m['name']} {m['title']}: {moment(m['time_s'])}" for m in moments)
    return {
        "title": "The run at a glance",
        "words": f"Scenario time. {capital(in_words)}.",
        "lanes": [phases, *faults, *impact],
        "labels": _moment_labels(run, moments),
    }


def _segment(run: RecordedRun, kind: str, label: str, start_s: float, end_s: float | None) -> Shape:
    """A segment of a lane; its label is inside, or on the side that has room."""
    x = min(99.7, _x(run, start_s))
    width = round(max(0.3, _x(run, run.end_s if end_s is None else end_s) - x), 2)
    return {"kind": kind, "label": label, "x": x, "width": width}


def _moment_labels(run: RecordedRun, moments: Sequence[Mapping[str, Any]]) -> list[Shape]:
    """The labels of t0 to t5; those that would overlap are put on separate lines."""
    labels: list[Shape] = []
    row_ends = [-_LABEL_WIDTH] * 3
    known = [each for each in moments if each["time_s"] is not None]
    for each in sorted(known, key=lambda each: float(each["time_s"])):
        x = _x(run, each["time_s"])
        row = next((n for n, end in enumerate(row_ends) if x - end >= _LABEL_WIDTH), len(row_ends) - 1)
        row_ends[row] = x
        labels.append({"name": each["name"], "x": x, "row": row})
    return labels


_BLOCKS = "▁▂▃▄▅▆▇█"


def _sparkline(values: Sequence[float], width: int) -> str:
    """A series as a line of block characters, each the maximum of its span; for Markdown, which cannot draw."""
    if not values or max(values) <= 0:
        return _BLOCKS[0] * min(width, len(values))
    size = math.ceil(len(values) / width)
    spans = [max(values[start : start + size]) for start in range(0, len(values), size)]
    top = max(spans)
    return "".join(_BLOCKS[min(len(_BLOCKS) - 1, math.ceil(value / top * (len(_BLOCKS) - 1)))] for value in spans)
