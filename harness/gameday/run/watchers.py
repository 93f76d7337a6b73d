"""What watches every pass through an environment."""

from __future__ import annotations

from gameday.run.clock_watch import ClockWatch
from gameday.run.engine import Watcher
from gameday.run.load_watch import LoadWatch
from gameday.run.metrics_watch import MetricsWatch
from gameday.run.recorder import Recorder


def watchers(recorder: Recorder) -> list[Watcher]:
    """The host's load, the stack's clock, and its metrics where there are rules about them."""
    setup = recorder.environment.setup
    metrics = [MetricsWatch(recorder).watch] if setup.table.metrics and setup.config.signals.rules else []
    return [LoadWatch(recorder).watch, ClockWatch(recorder).watch, *metrics]
