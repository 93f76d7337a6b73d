"""The environment of a simulated run: the same as of any other run, but all of it in this process."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.errors import unknown
from gameday.config.organisation import kinds_of
from gameday.run.environment import Environment, at_once
from gameday.run.fakes_client import CallRefused, FakesClient
from gameday.run.placeholders import Placeholders
from gameday.run.setup import Setup
from gameday.run.stack import Stack
from gameday.simulation.links import DOMAIN, Link, Links
from gameday.simulation.stack import InProcessStack
from gameday_fakes.catalogue import Catalogue
from gameday_fakes.clock import WallClock
from gameday_fakes.events import Event
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.fake_set import FakeSet
from gameday_fakes.ledger import Ledger

#: The host of the control plane, which no fault affects.
CONTROL = "control"


class InProcessFakes(FakesClient):
    """The fakes of this process: what the control plane would be asked by HTTP is asked of them directly."""

    def __init__(self, fake_set: FakeSet, left_out: tuple[str, ...] = ()) -> None:
        """``left_out``: the kinds of events that nobody asks for."""
        super().__init__(f"http://{CONTROL}.{DOMAIN}")
        self._fake_set = fake_set
        self._left_out = left_out

    async def close(self) -> None:
        await self._http.aclose()

    async def events(self) -> list[Event]:
        found = self._fake_set.events.after(self._after)
        self._after += len(found)
        return [event for event in found if event.f not in self._left_out]

    async def health(self) -> dict[str, Any]:
        return {"fakes": self._fake_set.urls, "pending": self._fake_set.pending(), "held": self._fake_set.held()}

    async def reset(self, *, pace: float, seed: int, stack_clock: WallClock | None = None) -> None:
        self._fake_set.reset(pace=pace, seed=seed, stack_clock=stack_clock)
        self._after = 0

    async def start_clock(self, origin_s: float | None = None) -> float:
        clock = self._fake_set.clock
        clock.restart(clock.pace, origin_s)
        return clock.origin_s

    async def ledger(self, fake: str) -> Ledger:
        return self._fake_set.named(fake).ledger()

    async def catalogue(self, fake: str) -> Catalogue:
        return self._fake_set.named(fake).catalogue()

    async def operate(self, fake: str, f: str, key: str, value: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._asked(lambda named: named.operate(f, key, _as_json(value)), fake)
        return found

    async def configure(self, fake: str, settings: dict[str, Any]) -> None:
        self._asked(lambda named: named.configure(_as_json(settings)), fake)

    async def inject(self, fake: str, fault_id: str, rule: dict[str, Any]) -> None:
        self._asked(lambda named: named.inject(fault_id, _as_json(rule)), fake)

    async def heal(self, fake: str, fault_id: str) -> None:
        self._fake_set.named(fake).heal(fault_id)

    async def traffic(self, fake: str) -> dict[str, int]:
        return self._fake_set.named(fake).traffic.counts()

    async def stats(self, fake: str) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = _as_json(self._fake_set.named(fake).stats)
        return found

    def _asked(self, call: Callable[[Fake], Any], fake: str) -> Any:
        """What a fake answers to a call. Raises CallRefused if it refuses it."""
        try:
            return _as_json(call(self._fake_set.named(fake)))
        except ControlError as problem:
            raise CallRefused("a call", str(problem)) from None


def _as_json(value: Any) -> Any:
    """A value as it would arrive over the wire."""
    return msgspec.json.decode(msgspec.json.encode(value, enc_hook=str))


@functools.cache
def fakes_of(organisation: Path | None, names: frozenset[str]) -> FakeSet:
    """The fakes of these names; runs of one process use the same ones after each other. Raises GamedayError."""
    kinds = kinds_of(organisation)
    if missing := names - kinds.keys():
        raise unknown("fake", min(missing), kinds)
    return FakeSet({name: kinds[name] for name in names})


class SimulatedEnvironment(Environment):
    """Fakes, links and stack in this process."""

    network: Links

    def __init__(self, setup: Setup, race: int, left_out: tuple[str, ...] = ()) -> None:
        super().__init__(setup)
        self._left_out = left_out
        self.fake_set = fakes_of(setup.config.organisation, frozenset(self.fakes_by_role.values()))
        self.network = Links(setup.seed, race)

    async def start(self, *, connecting: Callable[[], Awaitable[None]] = at_once) -> None:
        self.fakes = InProcessFakes(self.fake_set, self._left_out)
        for fake in self.fake_set.fakes.values():
            # What an earlier run had still to deliver must not reach this one's stack.
            await fake.close()
        await self.fakes.reset(pace=self.setup.pace, seed=self.setup.seed)
        await connecting()
        await self._connect({})

    async def start_stack(self, process: str = "") -> None:
        await self.stack.start(process)

    async def end(self, *, died: bool = False) -> None:
        if hasattr(self, "stack"):
            await self.stack.close()
        await self.network.close()
        await self.fakes.close()
        self.rollback.close()

    async def _add_links(self, urls: dict[str, str], port: int) -> dict[str, str]:
        for role, name in self.fakes_by_role.items():
            fake = self.fake_set.fakes[name]
            self.network.links[f"stack-{role}"] = Link(fake, fake.traffic)
        self.network.links["crm-stack"] = Link()
        return {link: self.network.url(link) for link in self.network.links}

    def _make_stack(self, placeholders: Placeholders) -> Stack:
        table, log = self.setup.table, self.setup.run_dir / "stack.log"
        # Where it listens itself: an ERP that notifies it is not on the link on which the CRM delivers.
        own = self.network.links[placeholders.host] = Link()
        return InProcessStack(table, placeholders, log, self.network.links["crm-stack"], own)
