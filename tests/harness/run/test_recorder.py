"""An alert that cannot be read is recorded with its problem, whatever its parser does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gameday.base.errors import GamedayError
from gameday.config.gameday_toml import Config
from gameday.model.contract import Contract
from gameday.model.signal import Signal, signals
from gameday.run.recorder import Recorder
from gameday_fakes.events import Event

SIGNAL = Signal("alert", "victorops", "trigger", "k1", ("006A",))


def crashed(raw: dict[str, Any], _: Any) -> Signal:
    """A parser with a mistake."""
    raise TypeError(f"no text in {raw}")


def refused(raw: dict[str, Any], _: Any) -> Signal:
    """A parser that says why it cannot read an alert."""
    raise GamedayError("an alert of version 3")


@pytest.mark.parametrize(
    ("parser", "name", "said"),
    [
        (lambda *_: SIGNAL, "signal", "'key': 'k1'"),
        (crashed, "problem", "TypeError: no text in {'n': 1}"),
        (refused, "problem", "an alert of version 3"),
        (lambda *_: {"kind": "alert"}, "problem", "the signal source 'victorops' gave no signal"),
        (None, "problem", "unknown signal source 'victorops'"),
    ],
)
def test_an_alert_is_recorded_as_a_signal_or_with_the_problem(
    parser: Any, name: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "pagerduty" in signals
    if parser is not None:
        monkeypatch.setitem(signals._items, "victorops", parser)
    event = Event(1, 2.0, "victorops", "alert", "ok", {"raw": {"n": 1}})
    setup = SimpleNamespace(config=Config())
    recorder = SimpleNamespace(_deals=set(), contract=Contract("f"), environment=SimpleNamespace(setup=setup))
    value = Recorder._value(recorder, event)  # type: ignore[arg-type]
    assert list(value) == ["raw", name]
    assert said in str(value[name])
