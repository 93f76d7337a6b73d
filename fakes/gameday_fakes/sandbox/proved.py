"""The tenant guard: nothing is sent to a tenant but on a connection on which it has proved to be a sandbox.

Every connection is proved when it is opened, before anything else is sent on it. ``distrust`` ends all trust: each
connection is proved again before its next call. So no proof is kept beyond what it was for, and no proof of one
connection counts for another: a change of DNS, of a proxy or of a load balancer leads to a new connection.

A tenant that has failed the proof once is refused for good: a process that has seen a production tenant where a sandbox
should be makes no further call. There is no setting that skips the proof.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, NoReturn, Protocol, TypeVar

from gameday_fakes.sandbox.connection import TenantGone


class NotASandbox(Exception):
    """A tenant has not proved that it is a sandbox, and one that is allowed; the text is one line."""


class Connection(Protocol):
    """What the guard needs of a connection."""

    @property
    def usable(self) -> bool:
        """Whether another call can be made on it."""

    async def close(self) -> None:
        """Close it."""


C = TypeVar("C", bound=Connection)


@dataclasses.dataclass
class _Trusted(Generic[C]):
    connection: C
    epoch: int


class ProvedConnections(Generic[C]):
    """The connections to one tenant. ``prove`` returns the tenant's id, or raises NotASandbox.

    ``most`` calls are made at a time; others wait.
    """

    def __init__(
        self, open_: Callable[[], Awaitable[C]], prove: Callable[[C], Awaitable[str]], *, most: int = 64
    ) -> None:
        self._open = open_
        self._prove = prove
        self._slots = asyncio.Semaphore(most)
        self._idle: list[_Trusted[C]] = []
        self._epoch = 0
        #: The id that the tenant has proved; empty before the first proof.
        self.identity = ""
        #: Why the tenant is refused; empty as long as it is not.
        self.refusal = ""

    def distrust(self) -> None:
        """Have every connection proved again before its next call."""
        self._epoch += 1

    async def prove_now(self) -> str:
        """End all trust and have the tenant prove itself at once; its id. Raises NotASandbox and TenantGone."""
        self.distrust()
        async with self.proved():
            return self.identity

    @contextlib.asynccontextmanager
    async def proved(self) -> AsyncIterator[C]:
        """A connection for one call, or for several of which each is over. Raises NotASandbox and TenantGone."""
        async with self._slots:
            connection, epoch = await self._trusted()
            try:
                yield connection
            except BaseException:
                await connection.close()
                raise
            if connection.usable and not self.refusal:
                self._idle.append(_Trusted(connection, epoch))
            else:
                await connection.close()

    async def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            await self._idle.pop().connection.close()

    async def _trusted(self) -> tuple[C, int]:
        connection, proved_in = await self._any()
        try:
            while proved_in != self._epoch:
                epoch = self._epoch
                await self._check(connection)
                # Trust may have ended while the tenant answered.
                proved_in = epoch
        except BaseException:
            await connection.close()
            raise
        return connection, proved_in

    async def _any(self) -> tuple[C, int]:
        if self.refusal:
            raise NotASandbox(self.refusal)
        while self._idle:
            trusted = self._idle.pop()
            if trusted.connection.usable:
                return trusted.connection, trusted.epoch
            await trusted.connection.close()
        return await self._open(), -1

    async def _check(self, connection: C) -> None:
        try:
            identity = await self._prove(connection)
        except NotASandbox as problem:
            await self._refuse(str(problem))
        if not connection.usable:
            raise TenantGone("the tenant closed the connection on which it had proved itself", unsent=True)
        if self.identity and identity != self.identity:
            await self._refuse(f"it was {self.identity} before, and is {identity} now")
        # Another connection may have been refused while this one was proved.
        if self.refusal:
            raise NotASandbox(self.refusal)
        self.identity = identity

    async def _refuse(self, why: str) -> NoReturn:
        """Refuse the tenant from now on, for the first reason."""
        self.refusal = self.refusal or why
        await self.close()
        raise NotASandbox(self.refusal)
