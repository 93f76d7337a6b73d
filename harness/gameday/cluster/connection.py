"""Connects to a Dask scheduler, and checks every worker before anything starts."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from gameday.base import json_text
from gameday.base.errors import GamedayError, Mistakes
from gameday.base.processors import SCENARIOS_PER_CORE
from gameday.cluster import dask_tasks
from gameday.cluster.address import TLS_SETTINGS, SchedulerAddress, why_not_safe
from gameday.cluster.machine import Machine, files_of, hint_for, this_machine, why_unfit
from gameday.model.settings import Settings

if TYPE_CHECKING:
    from distributed import Client

#: What a worker is started with: how many runs fit it.
RESOURCE = "gameday"
#: How long the scheduler may take to answer (real seconds).
CONNECT_S = 10.0
#: At pace 1 a run waits still more (see gameday.commands.run).
_RUNS_PER_CORE_AT_PACE_1 = 8.0
_MISSING = "the extra 'dask' is not installed"


class CheckedWorker(msgspec.Struct, frozen=True):
    """A worker that may be used, and how many runs fit it."""

    address: str
    runs: int
    machine: Machine


@contextlib.contextmanager
def connected(address: SchedulerAddress) -> Iterator[Client]:
    """A connection to a scheduler. Raises GamedayError without the extra, certificates, or an answer."""
    try:
        from distributed import Client, Security
    except ModuleNotFoundError:
        raise GamedayError(_MISSING, hint="pip install distributed") from None
    security = Security(require_encryption=True) if address.encrypted else None
    if security is not None:
        _check_certificates(security, address)
    try:
        client = Client(address.url, security=security, timeout=CONNECT_S, set_as_default=False, name="gameday")
    # Dask raises errors of many kinds, of its own, of sockets and of TLS.
    except Exception as problem:  # noqa: BLE001
        cause = problem.__cause__ or problem
        text = f"no Dask scheduler answers at {address.url}: {type(cause).__name__}: {cause}"
        raise GamedayError(text, hint="`dask scheduler` starts one") from None
    try:
        yield client
    finally:
        with contextlib.suppress(Exception):
            client.close(timeout=CONNECT_S)


def _check_certificates(security: Any, address: SchedulerAddress) -> None:
    """Raise GamedayError unless there are a CA, a certificate and a key."""
    files = (security.tls_ca_file, security.tls_client_cert, security.tls_client_key)
    missing = [f"distributed.comm.tls.{name}" for name, file in zip(TLS_SETTINGS, files, strict=True) if not file]
    if missing:
        raise GamedayError(
            f"{address.url} is reached only with certificates, and Dask's configuration has no {', '.join(missing)}",
            hint="set them in ~/.config/dask or as DASK_DISTRIBUTED__COMM__TLS__CA_FILE and so on: docs/scale.md",
        )
    for file in files:
        # A certificate may also be the text itself.
        if "-----BEGIN" not in file and not Path(file).is_file():
            raise GamedayError(f"no such file: {file}, which Dask's configuration names for TLS")


def check_workers(client: Client, settings: Settings, warn: Callable[[str], None]) -> list[CheckedWorker]:
    """The workers that runs can be sent to; ``warn`` gets a line for each machine that is busy already.

    Raises GamedayError, or Mistakes with a line for each worker that cannot be used.
    """
    infos = workers_of(client)
    offering = {address: info for address, info in infos.items() if runs_that_fit(info)}
    if not offering:
        what = f"{len(infos)} workers, and none says how many runs fit it" if infos else "no worker"
        raise GamedayError(f"the scheduler has {what}", hint=f"dask worker ... --resources {RESOURCE}=2 --nthreads 2")
    paths = files_of(settings)
    ours = this_machine(paths)
    mistakes: list[GamedayError] = []
    found = []
    for address, info in offering.items():
        if why := why_not_safe(address):
            mistakes.append(GamedayError(f"worker {address} is not used: {why}", hint="start it with TLS"))
            continue
        try:
            theirs = ask_about(client, address, paths)
        except GamedayError as problem:
            mistakes.append(problem)
            continue
        if reasons := why_unfit(ours, theirs):
            text = f"worker {address} on {theirs.name} is not used: {'; '.join(reasons)}"
            mistakes.append(GamedayError(text, hint=hint_for(reasons)))
        found.append(CheckedWorker(address, runs_that_fit(info), theirs))
    mistakes += _too_many(found, settings.pace)
    if mistakes:
        raise mistakes[0] if len(mistakes) == 1 else Mistakes(mistakes)
    for machine in {each.machine.id: each.machine for each in found}.values():
        if machine.load >= machine.processors:
            warn(
                f"{machine.name} has no free core: {machine.load:.1f} are wanted of {machine.processors:g}; what it "
                "makes late is inconclusive"
            )
    return found


def ask_about(client: Client, address: str, paths: list[str]) -> Machine:
    """What a worker's machine has. Raises GamedayError if it cannot say."""
    answer = client.run(dask_tasks.about, paths, workers=[address], on_error="return").get(address)
    if not isinstance(answer, bytes):
        text = f"{type(answer).__name__}: {answer}" if answer is not None else "it has gone"
        raise GamedayError(f"worker {address} cannot be asked: {text}", hint="install the same lock on every worker")
    try:
        return json_text.decode(answer, Machine)
    except json_text.Unreadable as problem:
        raise GamedayError(f"worker {address} gives no answer that can be read: {problem}") from None


def workers_of(client: Client) -> dict[str, Mapping[str, Any]]:
    """What the scheduler knows of each worker, by its address."""
    # What Client.scheduler_info returns may be of its own regular look in between, which has no workers.
    return dict(client.sync(client.scheduler.identity, n_workers=-1)["workers"])


def runs_that_fit(info: Mapping[str, Any]) -> int:
    """How many runs a worker takes at a time: its resource, and it needs a thread for each."""
    return int(min(info.get("resources", {}).get(RESOURCE, 0), info.get("nthreads", 0)))


def _too_many(workers: list[CheckedWorker], pace: float) -> Iterator[GamedayError]:
    """The machines whose workers take more runs than its processors carry, so that they would prove nothing."""
    runs: defaultdict[str, int] = defaultdict(int)
    machines = {each.machine.id: each.machine for each in workers}
    for each in workers:
        runs[each.machine.id] += each.runs
    per_core = SCENARIOS_PER_CORE if pace > 1 else _RUNS_PER_CORE_AT_PACE_1
    for key, machine in machines.items():
        fitting = max(1, int(per_core * machine.processors))
        if runs[key] > fitting:
            yield GamedayError(
                f"the workers on {machine.name} take {runs[key]} runs at a time, and its {machine.processors:g} cores "
                f"carry {fitting}",
                hint=f"give them less of the resource {RESOURCE!r}",
            )
