"""The environment of one run: fakes, proxies and the stack, started together and ended together."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable

import msgspec

from gameday.base.errors import GamedayError, RunError
from gameday.base.ports import free_port
from gameday.base.process import RUN_VARIABLE, Child
from gameday.config.isolation import isolated
from gameday.config.organisation import check_endpoints, kinds_of
from gameday.config.stack_environment import stack_environment
from gameday.model.capability import NEW_CUSTOMERS
from gameday.run.address import Address, make_address, start_listener
from gameday.run.clock_page import NAME as PAGE_NAME
from gameday.run.clock_page import ClockPage
from gameday.run.control_token import control_token
from gameday.run.environment_end import take_down
from gameday.run.fakes_client import FakesClient, start_fakes
from gameday.run.guardian import Guardian
from gameday.run.links import Links
from gameday.run.named_fields import name_fields, with_further_fields
from gameday.run.network import Network
from gameday.run.pass_through import make_room, write_ahead
from gameday.run.placeholders import Placeholders
from gameday.run.renewal import Renewal
from gameday.run.rollback import RollbackLog
from gameday.run.rollback_entries import EndProcess, EndProcessesOf
from gameday.run.schema_faults import SchemaFaults
from gameday.run.seeding import book_orders_of_others, seed
from gameday.run.servers import Servers, child_environment
from gameday.run.setup import LedgerSnapshot, Restored, Setup
from gameday.run.stack import Stack
from gameday.run.tasks import first_error
from gameday_fakes.clock import Clock
from gameday_fakes.registry import credentials_for


async def at_once() -> None:
    """Wait for nothing."""


class Environment:
    """What a run happens in. ``start`` brings it up; ``end`` takes it down, at any moment."""

    fakes: FakesClient
    network: Network
    stack: Stack

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.clock = Clock(setup.pace)
        self.rollback = RollbackLog(setup.run_dir)
        self.fakes_by_role = {
            "crm": setup.flow.crm,
            "erp": setup.flow.erp,
            "pager": setup.table.alerts,
            "tickets": setup.table.tickets,
        }
        self.schema_faults = SchemaFaults(setup, self.rollback)
        self.servers = Servers()
        self.renewal = Renewal()
        self._guardian: Guardian | None = None
        self._restored_origin_s: float | None = None
        self._listener: Child | None = None
        #: By which the run skips ahead with its accelerated stack; None if it may not.
        self.clock_page: ClockPage | None = None
        #: How the stack reaches the fakes over TLS; None if its table does not ask for it and it is not isolated.
        self.address: Address | None = None

    async def start(self, *, connecting: Callable[[], Awaitable[None]] = at_once) -> None:
        """Start everything and wait until the stack is ready. Raises GamedayError.

        ``connecting`` is waited for once the servers are up, before the stack is linked with them and started.
        """
        self.rollback.before("processes", EndProcessesOf(str(self.setup.run_dir.resolve())))
        self._guardian = Guardian(self.setup.run_dir, RUN_VARIABLE)
        urls = await self._start_servers()
        await connecting()
        await asyncio.to_thread(make_room, self.setup.table)
        write_ahead(self.setup, self.rollback)
        await self._connect(urls)

    async def _connect(self, urls: dict[str, str]) -> None:
        """Link the stack with the fakes, which are at these URLs, and start it; return when it is ready."""
        table = self.setup.table
        port = table.ports.get("stack") or free_port()
        links = await self._add_links(urls, port)
        url = "" if "webhook" in table.absent else links["crm-stack"] + table.webhook
        if self.setup.flow.crm not in self.setup.tenants:  # a tenant sends where its own settings say
            await self.fakes.configure(self.setup.flow.crm, {"outbound_url": url})
        await name_fields(self.fakes, self.setup.flow, self.setup.contract, self.setup.schema_faults)
        for role, settings in self.setup.settings.items():
            await self.fakes.configure(self.fakes_by_role[role], dict(settings))
        await self.schema_faults.inject(self.fakes)
        self.stack = self._make_stack(self._placeholders(links, port))
        if isinstance(self.setup.ledgers, Restored):
            await self._restore(self.setup.ledgers)
        await self.start_stack()
        await self.stack.ready(lambda: self.fakes.called(self.setup.flow.crm, self.setup.flow.erp))

    def _make_stack(self, placeholders: Placeholders) -> Stack:
        """The stack, which is not started yet."""
        return Stack(
            self.setup.table,
            placeholders,
            self.setup.run_dir / "stack.log",
            environment=self._isolated_environment() if self.setup.isolated else None,
            clock=self.clock.wall,
            page=self.clock_page.path if self.clock_page is not None else None,
            servers_worked_s=self.servers.worked_s,
        )

    async def begin(self) -> None:
        """Start the run's clock: at 0 with seeded systems, or where the restored ledgers were read."""
        if isinstance(self.setup.ledgers, Restored):
            self.clock.restart(self.setup.pace, self._restored_origin_s)
            self.stack.begin(self.clock, self.clock.now_s())
            return
        catalog, with_new = self.setup.ledgers.catalog, NEW_CUSTOMERS in self.setup.table.absent
        accounts = await seed(self.fakes, self.setup.flow, catalog, with_new=with_new)
        await book_orders_of_others(self.fakes, self.setup.flow, catalog, accounts)
        self.clock.restart(self.setup.pace)
        await self.fakes.start_clock()
        self.stack.begin(self.clock, 0.0)

    async def start_stack(self, process: str = "") -> None:
        """Start the stack's processes, or the one of this name; how to end them is in the rollback log."""
        await self.stack.start(process)
        for child in self.stack.children:
            # On a full disk the entry for all processes of the run, which was written first, ends this one too.
            with contextlib.suppress(RunError):
                self.rollback.before(f"stack-{child.identity.pid}", EndProcess(child.identity, "the stack"))

    async def snapshot(self) -> LedgerSnapshot:
        """Both ledgers as they are now."""
        flow = self.setup.flow
        return LedgerSnapshot(await self.fakes.ledger(flow.crm), await self.fakes.ledger(flow.erp))

    async def held(self) -> dict[str, int]:
        """How many deliveries or requests faults still hold back, by the fault's id at its fake."""
        held: dict[str, int] = (await self.fakes.health()).get("held", {})
        return held

    async def pending(self) -> bool:
        """Whether the fakes have still something to deliver, or to carry out late."""
        return bool((await self.fakes.health()).get("pending"))

    def pids(self) -> dict[str, int]:
        """The processes whose host load is recorded, by name: ours, the fakes', the proxies' and the stack's."""
        stack = getattr(self, "stack", None)
        children = [*self.servers.children, *(stack.children if stack is not None else [])]
        return {"harness": os.getpid(), **{child.name: child.identity.pid for child in children if child.running}}

    async def end(self, *, died: bool = False) -> None:
        """Take everything down, the stack first; safe at any moment, also while it is only partly up.

        ``died``: gameday was interrupted, or a part of it ended, so nobody may be there to lead the stack elsewhere.
        """
        steps: list[Callable[[], Awaitable[None]]] = []
        if hasattr(self, "fakes"):
            steps.append(lambda: self.schema_faults.heal(self.fakes))
        # No fault is held from here on: a server may let expire what is left.
        steps.append(lambda: asyncio.to_thread(self.renewal.close))
        for name in ("stack", "network", "fakes"):
            part: Stack | Network | FakesClient | None = getattr(self, name, None)
            if part is not None:
                steps.append(part.close)
        steps.append(self.servers.end)
        if self.clock_page is not None:
            steps.append(lambda: asyncio.to_thread((self.setup.run_dir / PAGE_NAME).unlink, missing_ok=True))
        await take_down(steps, self.rollback, self._guardian, died=died)

    async def _start_servers(self) -> dict[str, str]:
        """Start fakes, proxies and the CONNECT listener side by side; the fakes' URLs by name."""
        try:
            async with asyncio.TaskGroup() as starting:
                fakes = starting.create_task(self._start_fakes())
                starting.create_task(self._start_network())
                if self.setup.over_tls:
                    starting.create_task(self._start_listener())
        except BaseExceptionGroup as group:
            raise first_error(group) from group
        urls = fakes.result()
        for role, fake in self.fakes_by_role.items():
            if fake not in urls:
                raise GamedayError(f"no fake {fake!r} for the {role}; known: {', '.join(sorted(urls))}")
        return urls

    async def _start_fakes(self) -> dict[str, str]:
        remote = self.setup.config.fakes_url
        if remote:
            self.fakes = FakesClient(remote, token=control_token(remote))
            urls: dict[str, str] = (await self.fakes.health())["fakes"]
        else:
            log = self.setup.run_dir / "fakes.log"
            kinds_of(self.setup.config.organisation)  # a mistake in its files is found before anything starts
            check_endpoints(self.setup.config.endpoints)
            child, self.fakes, urls = await start_fakes(log, child_environment(), self.setup)
            self.servers.children.append(child)
            self.rollback.before("fakes", EndProcess(child.identity, "the fakes"))
        # The stack and the fakes share one date and time from here on, whatever restarts.
        self.clock.wall = self.setup.clock.start()
        if self.setup.skips:
            self.clock_page = ClockPage(self.setup.run_dir / PAGE_NAME)
        await self.fakes.reset(pace=self.setup.pace, seed=self.setup.seed, stack_clock=self.clock.wall)
        self.renewal.add(f"{self.fakes.control_url}/renew", self.fakes.headers)
        return urls

    async def _start_network(self) -> None:
        self.network = await Network.start(self.setup.run_dir, seed=self.setup.seed)
        if self.network.child is not None:
            self.servers.children.append(self.network.child)
            self.rollback.before("proxies", EndProcess(self.network.child.identity, "the proxies"))
        if self.network.renewal_url:
            self.renewal.add(self.network.renewal_url, self.network.headers)

    async def _start_listener(self) -> None:
        self._listener = await start_listener(self.setup.run_dir, child_environment())
        self.servers.children.append(self._listener)
        self.rollback.before("connect", EndProcess(self._listener.identity, "the CONNECT listener"))

    async def _add_links(self, urls: dict[str, str], port: int) -> dict[str, str]:
        """Put a proxy into every connection of the stack; the URLs by link, as they read through the proxies."""
        links = Links(self.network, self.rollback, self.setup.table)
        by_role = {role: urls[fake] for role, fake in self.fakes_by_role.items()}
        plain = await links.add_plain(by_role, self.setup.table.url or f"http://127.0.0.1:{port}")
        if self._listener is not None:
            served = await self.fakes.over_tls()
            self.address = await make_address(self._listener, served, self.fakes_by_role, links, self.setup)
        return plain

    async def _restore(self, ledgers: Restored) -> None:
        """Bring back both ledgers, and let the fakes' clock go on from the moment at which they were read."""
        await seed(self.fakes, self.setup.flow, ledgers.catalog, with_new=True)
        crm, erp = ledgers.snapshot.crm, ledgers.snapshot.erp
        await self.fakes.restore(crm.system, with_further_fields(crm, self.setup.contract))
        await self.fakes.restore(erp.system, erp)
        read_s = max(crm.time_s, erp.time_s)
        now_s = await self.fakes.start_clock()
        self._restored_origin_s = await self.fakes.start_clock(now_s - read_s / self.setup.pace)

    def _isolated_environment(self) -> dict[str, str]:
        inherited = stack_environment(os.environ, self.setup.table.inherit)
        assert self.address is not None  # noqa: S101 - what is isolated is led to the fakes over TLS
        return isolated(inherited, proxy_url=self.address.proxy_url, authority=str(self.address.authority))

    def _placeholders(self, links: dict[str, str], port: int) -> Placeholders:
        state_dir = self.setup.run_dir / "state"
        state_dir.mkdir(exist_ok=True)
        secrets = state_dir / "credentials.json"
        secrets.touch(mode=0o600)
        credentials = credentials_for(self.fakes_by_role)
        secrets.write_bytes(msgspec.json.encode(credentials))
        return Placeholders(
            **{role: self.fakes_by_role[role] for role in ("crm", "erp")},
            crm_url=links["stack-crm"],
            erp_url=links["stack-erp"],
            pager_url=links["stack-pager"],
            tickets_url=links["stack-tickets"],
            host="127.0.0.1",
            port=port,
            state_dir=state_dir,
            run_dir=self.setup.run_dir,
            credentials=secrets,
            pace=self.setup.clock.handed_on,
            flow=self.setup.contract.name,
            routing_keys=credentials.get("pager", {}),
            fakes_host=self.setup.table.fakes_host or "127.0.0.1",
            over_tls=self.address.values if self.address else {},
        )
