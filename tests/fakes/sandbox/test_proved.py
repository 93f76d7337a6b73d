"""Nothing is sent to a tenant but on a connection on which it has proved, since trust last ended, to be a sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday_fakes.sandbox.connection import TenantGone
from gameday_fakes.sandbox.proved import NotASandbox, ProvedConnections


class Line:
    """A connection that says what it is asked, and remembers what was sent on it."""

    def __init__(self, says: str) -> None:
        self.says = says
        self.proved: list[str] = []
        self.sent: list[int] = []
        self.open = True

    @property
    def usable(self) -> bool:
        return self.open

    async def close(self) -> None:
        self.open = False


class Tenant:
    """Opens lines; every line proves itself by what the tenant says when it is asked."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.says = "sandbox"
        self.connections = ProvedConnections[Line](self.connect, self.prove, most=4)

    async def connect(self) -> Line:
        self.lines.append(Line(self.says))
        return self.lines[-1]

    async def prove(self, line: Line) -> str:
        line.proved.append(self.says)
        await asyncio.sleep(0)
        if not self.says.startswith("sandbox"):
            raise NotASandbox(f"it is {self.says}")
        return self.says

    async def send(self) -> None:
        """One call."""
        async with self.connections.proved() as line:
            assert line.proved, "sent before any proof"
            line.sent.append(len(line.proved))


@pytest.fixture
def tenant() -> Tenant:
    return Tenant()


def test_a_connection_is_proved_before_the_first_call_and_then_used_again(
    tenant: Tenant, go: Callable[..., Any]
) -> None:
    async def day() -> None:
        await tenant.send()
        await tenant.send()

    go(day())
    assert [line.sent for line in tenant.lines] == [[1, 1]]


def test_a_proof_of_one_connection_counts_for_no_other(tenant: Tenant, go: Callable[..., Any]) -> None:
    async def day() -> None:
        await tenant.send()
        tenant.lines[0].open = False
        tenant.says = "production"
        with pytest.raises(NotASandbox, match="it is production"):
            await tenant.send()

    go(day())
    assert [line.sent for line in tenant.lines] == [[1], []]


def test_a_proof_made_before_trust_ended_does_not_count(tenant: Tenant, go: Callable[..., Any]) -> None:
    async def day() -> None:
        await tenant.send()
        tenant.connections.distrust()
        tenant.says = "production"
        with pytest.raises(NotASandbox):
            await tenant.send()

    go(day())
    assert tenant.lines[0].sent == [1]


def test_a_proof_during_which_trust_ends_is_made_again(tenant: Tenant, go: Callable[..., Any]) -> None:
    async def day() -> None:
        call = asyncio.ensure_future(tenant.send())
        await asyncio.sleep(0)
        tenant.connections.distrust()
        await call

    go(day())
    assert tenant.lines[0].sent == [2]


def test_a_tenant_that_becomes_another_one_is_refused_for_good(tenant: Tenant, go: Callable[..., Any]) -> None:
    async def day() -> None:
        await tenant.send()
        tenant.connections.distrust()
        tenant.says = "sandbox of somebody else"
        with pytest.raises(NotASandbox, match="it was sandbox before, and is sandbox of somebody else now"):
            await tenant.send()
        tenant.says = "sandbox"
        with pytest.raises(NotASandbox, match="it was sandbox before"):
            await tenant.send()

    go(day())
    assert sum(len(line.sent) for line in tenant.lines) == 1


def test_a_connection_that_is_closed_after_its_proof_is_not_used(tenant: Tenant, go: Callable[..., Any]) -> None:
    async def shut(line: Line) -> str:
        line.open = False
        return "sandbox"

    tenant.connections = ProvedConnections[Line](tenant.connect, shut)
    with pytest.raises(TenantGone, match="closed the connection"):
        go(tenant.send())
    assert tenant.lines[0].sent == []


STEPS = st.lists(
    st.sampled_from(["send", "send two", "distrust", "close", "production", "sandbox", "other"]), max_size=14
)


@given(STEPS)
def test_whatever_happens_no_call_follows_an_answer_that_is_not_the_sandboxs(steps: list[str]) -> None:
    tenant = Tenant()

    async def day() -> None:
        refused = False
        for step in steps:
            if step.startswith("send"):
                calls = [tenant.send() for _ in range(2 if step == "send two" else 1)]
                results = await asyncio.gather(*calls, return_exceptions=True)
                failed = [each for each in results if isinstance(each, BaseException)]
                assert all(isinstance(each, NotASandbox) for each in failed)
                assert not refused or len(failed) == len(results)
                refused = refused or bool(failed)
            elif step == "distrust":
                tenant.connections.distrust()
            elif step == "close":
                for line in tenant.lines:
                    line.open = False
            else:
                tenant.says = {"other": "sandbox two"}.get(step, step)

    asyncio.run(day())
    first = next((line.proved[0] for line in tenant.lines if line.sent), "sandbox")
    for line in tenant.lines:
        for proofs in line.sent:
            assert line.proved[proofs - 1] == first
