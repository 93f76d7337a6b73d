"""When an alert of Alertmanager ends by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gameday_fakes.alertmanager import FAKE
from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.http import Request

LATE = {"labels": {"alertname": "OrdersLate"}}


class Scene:
    """A fake at pace 10, and the timers that it has set: scenario seconds and what is due then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.timers: list[tuple[float, Any]] = []
        monkeypatch.setattr(Clock, "call_later", lambda _, after_s, act: self.timers.append((after_s, act)))
        clock = Clock(10.0)
        self.events = EventLog(clock)
        self.fake = FAKE(clock, self.events)
        self.fake.start_again(seed=1)

    def post(self, **more: str) -> None:
        request = Request("POST", "/api/v2/alerts", headers={}, body=json.dumps([LATE | more]).encode())
        assert self.fake.post_alerts(request).status == 200

    def states(self) -> list[str]:
        return [event.value["raw"]["alert"]["status"] for event in self.events.after(0)]


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(monkeypatch)


def test_an_alert_without_an_end_is_resolved_after_five_minutes_of_the_scenario(scene: Scene) -> None:
    scene.post()
    [(after_s, end)] = scene.timers
    assert after_s == pytest.approx(300.0, abs=1)
    end()
    assert scene.states() == ["firing", "resolved"]


def test_an_alert_that_is_posted_again_goes_on(scene: Scene) -> None:
    scene.post()
    scene.post()
    (_, first), (_, second) = scene.timers
    first()
    assert scene.states() == ["firing", "firing"]
    second()
    assert scene.states()[-1] == "resolved"


def test_what_has_ended_or_is_forgotten_does_not_end_again(scene: Scene) -> None:
    scene.post()
    scene.post(endsAt="2020-01-01T00:00:00Z")
    scene.timers[0][1]()
    assert scene.states() == ["firing", "resolved"]
    scene.post()
    scene.fake.start_again(seed=1)
    scene.timers[1][1]()
    assert scene.states() == ["firing", "resolved", "firing"]


def test_no_timer_is_set_for_an_end_in_years(scene: Scene) -> None:
    scene.post(endsAt="9999-12-31T23:59:59Z")
    assert (scene.states(), scene.timers) == (["firing"], [])
