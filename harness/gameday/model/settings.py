"""The settings of a session: what `gameday run` passes to the processes that carry out the scenarios."""

from __future__ import annotations

from typing import Any

import msgspec


class Target(msgspec.Struct, frozen=True):
    """One stack with one seed."""

    stack: str
    seed: int


class Settings(msgspec.Struct, frozen=True):
    """``mode`` plan: find every mistake, start nothing. ``deals`` is an order book to use instead of generated deals.

    ``stack_version`` is the version of the one stack under test, "" for the one that its table names. ``live`` is the
    folder through which runs and the live board speak, "" without a board. ``tag``: only scenarios that have it;
    ``nodes``: only these tests, by pytest's identifiers and in this order, unless there are none.
    ``controls_s``: how long after its workload a control lasts (scenario seconds), by the digest of the control's
    scenario, so that one serves all runs that share it; of one that is not named, as long as the run needs.
    ``repeat``: the runs are carried out again because the machine was too busy, and so are such controls.
    ``environments``: how many there are at a time, runs and controls together; 0: as many as there are.
    ``isolated``: nothing leads a stack to another machine (gameday.config.isolation), and no fakes elsewhere are used.
    ``sandboxes``: the flows that the configuration names run in sandbox tenants; only a command that a person gives for
    these flows sets it.
    ``offline``: the session itself is in a network namespace.
    ``namespace``: each run is carried out in a network namespace, unless its stack cannot be (gameday.run.outside).
    ``contract``: the contract that the scenarios of the library are under, "" for the one that each names.
    ``crm`` and ``erp``: the vendors of every flow, "" for those that its feature or its contract names.
    ``schema_faults``: what changes the fakes' schemas for whole runs, as in gameday.run.setup.
    ``plugins``: modules that every process of the session loads as pytest plugins; they may implement the hooks of
    gameday.steps.hooks. ``began_s``: when the session began, on the monotonic clock that all processes of the machine
    share; what `gameday stop` asked before does not concern it.
    """

    mode: str = "run"
    targets: tuple[Target, ...] = (Target("durable", 1),)
    pace: float = 60.0
    runs_dir: str = "runs"
    config: str = ""
    deals: str = ""
    control: bool = True
    stack_version: str = ""
    live: str = ""
    tag: str = ""
    nodes: tuple[str, ...] = ()
    controls_s: dict[str, float] = {}
    repeat: bool = False
    environments: int = 0
    isolated: bool = False
    sandboxes: bool = False
    offline: bool = False
    namespace: bool = False
    contract: str = ""
    crm: str = ""
    erp: str = ""
    schema_faults: dict[str, dict[str, dict[str, Any]]] = {}
    plugins: tuple[str, ...] = ()
    began_s: float = 0.0
