"""An environment whose fakes serve TLS, without a deal: the tests are the stack's clients."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec

from gameday.config.gameday_toml import Config
from gameday.config.stack_table import bundled_stacks
from gameday.model.fault import faults
from gameday.model.history import HistoryWriter
from gameday.model.scenario import Flow, Injection, Scenario, WorkloadSpec
from gameday.model.workload import Catalog
from gameday.run.environment import Environment
from gameday.run.injector import Injector
from gameday.run.plan import look_up_stack
from gameday.run.recorder import Recorder
from gameday.run.running import running
from gameday.run.setup import Seeded, Setup
from gameday.run.stack_clock import stack_clock

T = TypeVar("T")
FLOW = Flow("salesforce", "netsuite", "closed-won-to-sales-order")
PACE = 60.0


class Site:
    """An environment that is up, with clients of it and an injector."""

    def __init__(self, runner: asyncio.Runner, environment: Environment, folder: Path, history: HistoryWriter) -> None:
        assert environment.address is not None
        self.environment = environment
        self.values = environment.address.values
        self.folder = folder
        self._runner = runner
        scenario = Scenario("address", FLOW, WorkloadSpec(count=1, per_minute=60.0), seed=1)
        self.recorder = Recorder(scenario, environment, history)
        self.injector = Injector(self.recorder)

    def run(self, act: Coroutine[Any, Any, T]) -> T:
        """Carry out one act; between acts nothing of the harness runs."""
        return self._runner.run(act)

    async def get(self, url: str, *, proxy: bool = True, timeout_s: float = 20.0) -> httpx.Response:
        """One request that trusts the run's authority alone, over a connection of its own."""
        context = ssl.create_default_context(cafile=self.values["ca_file"])
        through = self.values["proxy_url"] if proxy else None
        async with httpx.AsyncClient(proxy=through, verify=context, trust_env=False, timeout=timeout_s) as client:
            return await client.get(url)

    async def traffic(self, role: str) -> dict[str, int]:
        """What has arrived at the fake of a role."""
        return await self.environment.fakes.traffic(self.environment.fakes_by_role[role])

    @contextlib.asynccontextmanager
    async def under(self, fault: str, target: str, **params: Any) -> AsyncIterator[None]:
        """A fault, healed at the end."""
        assert fault in faults
        await self.injector.inject(0, Injection(0.0, fault, target, None, params))
        try:
            yield
        finally:
            await self.injector.heal(0)


@contextlib.contextmanager
def opened(folder: Path, *, isolated: bool = False, **table: Any) -> Iterator[Site]:
    """An environment of the durable stack, whose table asks for TLS and for ``table``."""
    durable, contract = look_up_stack("durable", FLOW.contract, Config(stacks=bundled_stacks()))
    setup = Setup(
        flow=FLOW,
        contract=contract,
        table=msgspec.structs.replace(durable, **{"tls": True, **table}),
        config=Config(),
        run_dir=folder,
        clock=stack_clock(durable, PACE),
        seed=1,
        ledgers=Seeded(Catalog((), ())),
        isolated=isolated,
    )
    with asyncio.Runner() as runner, HistoryWriter(folder / "history.jsonl") as history:
        environment = running(setup)
        site = Site(runner, runner.run(environment.__aenter__()), folder, history)
        try:
            yield site
        finally:
            runner.run(environment.__aexit__(None, None, None))
