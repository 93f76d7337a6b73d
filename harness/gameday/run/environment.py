"""The surroundings of one run: fakes, proxies and the stack, started together and ended together."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gameday.base.errors import GamedayError, RunError
from gameday.base.ports import free_port
from gameday.base.process import Child
from gameday.config.gameday_toml import Config, StackTable
from gameday.config.isolation import isolated
from gameday.model.contract import Contract
from gameday.model.scenario import Flow
from gameday.model.workload import Catalog
from gameday.run.fakes_client import FakesClient, start_fakes
from gameday.run.network import Network
from gameday.run.rollback import DeleteProxy, EndProcess, EndProcessesOf, HealFake, RollbackLog
from gameday.run.stack import Placeholders, Stack
from gameday_fakes import credentials

#: Variables that would lead a client of the fakes elsewhere.
_MISLEADING = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


#: Faults by role (``crm``, ``erp``) and id, as a fake's control plane takes them.
Shape = Mapping[str, Mapping[str, Mapping[str, str]]]


def child_environment() -> dict[str, str]:
    """The environment of what the harness starts: ours, without proxies that would lead away from loopback."""
    return {name: value for name, value in os.environ.items() if name not in _MISLEADING}


class Environment:
    """What a run happens in. ``start`` brings it up, ``end`` takes it down whatever has happened."""

    def __init__(
        self,
        flow: Flow,
        contract: Contract,
        table: StackTable,
        config: Config,
        run_dir: Path,
        pace: float,
        *,
        isolated: bool = False,
        shape: Shape | None = None,
    ) -> None:
        """``isolated``: nothing leads the stack to another machine. ``shape``: faults that stand from before the stack
        starts to the end; they make the schema of the CRM, or of the ERP, another one."""
        self._flow = flow
        self._isolated = isolated
        self._shape = {
            key: (getattr(flow, role), rule) for role, rules in (shape or {}).items() for key, rule in rules.items()
        }
        #: What a fake could not be made into, by the fault's id, with its words: it has no such field.
        self.unshaped: dict[str, str] = {}
        self._contract = contract
        self._table = table
        self._config = config
        self.run_dir = run_dir
        self._pace = pace
        self._children: list[Child] = []
        self.rollback = RollbackLog(run_dir)
        self.fakes_by_role = {"crm": flow.crm, "erp": flow.erp, "pager": table.alerts, "tickets": table.tickets}
        self.fakes: FakesClient
        self.network: Network
        self.stack: Stack

    async def start(self, seed: int) -> None:
        """Start everything and wait until the stack is ready. Raises GamedayError."""
        self.rollback.before("processes", EndProcessesOf(str(self.run_dir.resolve())))
        async with asyncio.TaskGroup() as starting:
            fakes = starting.create_task(self._start_fakes(seed))
            starting.create_task(self._start_network(seed))
        urls = fakes.result()
        for role, fake in self.fakes_by_role.items():
            if fake not in urls:
                raise GamedayError(f"no fake {fake!r} for the {role}; known: {', '.join(sorted(urls))}")
        port = free_port()
        upstreams = {f"stack-{role}": urls[fake] for role, fake in self.fakes_by_role.items()}
        base = self._table.url or f"http://127.0.0.1:{port}"
        links = {}
        for link, upstream in {**upstreams, "crm-stack": base}.items():
            if self.network.shared:
                name = self.network.proxy_name(link)
                self.rollback.before(f"proxy-{link}", DeleteProxy(self.network.api_url, name))
            links[link] = await self.network.add(link, upstream)
        await self.fakes.configure(self._flow.crm, {"outbound_url": links["crm-stack"] + self._table.webhook})
        for key, (fake, rule) in self._shape.items():
            self.rollback.before(key, HealFake(self.fakes.control_url, fake, key))
            try:
                await self.fakes.inject(fake, key, dict(rule))
            except RunError as problem:
                self.rollback.done(key)
                self.unshaped[key] = problem.problem
        self.stack = Stack(
            self._table,
            self._placeholders(links, port),
            self.run_dir / "stack.log",
            environment=self._environment() if self._isolated else None,
        )
        await self.start_stack()
        await self.stack.ready()

    async def seed(self, catalog: Catalog) -> None:
        """Make both systems know the customers and the items."""
        known = msgspec.to_builtins(catalog, str_keys=True)
        made = await self.fakes.operate(self._flow.crm, "seed", "", known)
        ids = made.get("accounts", {})
        accounts = [{**account, "id": ids.get(account["key"], account["key"])} for account in known["accounts"]]
        await self.fakes.operate(self._flow.erp, "seed", "", {**known, "accounts": accounts})

    async def start_stack(self) -> None:
        """Start the stack's process and write down how to end it."""
        await self.stack.start()
        if self.stack.child is not None:
            key = f"stack-{self.stack.child.identity.pid}"
            self.rollback.before(key, EndProcess(self.stack.child.identity, "the stack"))

    def pids(self) -> dict[str, int]:
        """The processes that must keep up for the run to say anything: ours, the fakes' and the stack's."""
        stack = getattr(self, "stack", None)
        children = [*self._children, *([stack.child] if stack is not None and stack.child is not None else [])]
        return {"harness": os.getpid(), **{child.name: child.identity.pid for child in children if child.running}}

    async def end(self) -> None:
        """Take everything down, the stack first; safe at any moment, also half-way up."""
        for key, (fake, _) in self._shape.items():
            if key in self.rollback.outstanding():
                with contextlib.suppress(RunError):  # fakes that are gone took it with them
                    await self.fakes.heal(fake, key)
                self.rollback.done(key)
        for part in ("stack", "network", "fakes"):
            thing = getattr(self, part, None)
            if thing is not None:
                await thing.close()
        for child in reversed(self._children):
            await child.end()
        for key, rollback in self.rollback.outstanding().items():
            if isinstance(rollback, EndProcess | EndProcessesOf | DeleteProxy):
                rollback.act()
                self.rollback.done(key)
        self.rollback.close()

    async def _start_fakes(self, seed: int) -> dict[str, str]:
        remote = self._config.fakes_url
        if remote:
            self.fakes = FakesClient(remote, token=os.environ.get("GAMEDAY_FAKES_TOKEN", ""))
            urls: dict[str, str] = (await self.fakes.health())["fakes"]
        else:
            child, self.fakes, urls = await start_fakes(
                self.run_dir / "fakes.log", child_environment(), tls=self._isolated
            )
            self._children.append(child)
            self.rollback.before("fakes", EndProcess(child.identity, "the fakes"))
        await self.fakes.reset(pace=self._pace, seed=seed)
        return urls

    async def _start_network(self, seed: int) -> None:
        self.network = await Network.start(self.run_dir, seed=seed)
        if self.network.child is not None:
            self._children.append(self.network.child)
            self.rollback.before("proxies", EndProcess(self.network.child.identity, "the proxies"))

    def _environment(self) -> dict[str, str]:
        return isolated(os.environ, proxy_url=self.fakes.proxy_url, authority=self.fakes.authority)

    def _placeholders(self, links: dict[str, str], port: int) -> Placeholders:
        state_dir = self.run_dir / "state"
        state_dir.mkdir(exist_ok=True)
        secrets = self.run_dir / "state" / "credentials.json"
        secrets.touch(mode=0o600)
        secrets.write_bytes(msgspec.json.encode(credentials.for_stack()))
        return Placeholders(
            crm_url=links["stack-crm"],
            erp_url=links["stack-erp"],
            pager_url=links["stack-pager"],
            tickets_url=links["stack-tickets"],
            host="127.0.0.1",
            port=port,
            state_dir=state_dir,
            run_dir=self.run_dir,
            credentials=secrets,
            pace=self._pace,
            flow=self._contract.name,
        )
