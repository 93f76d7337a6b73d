"""Tries a run's repair list in a sandbox: the books as the run left them, the stack with its memory, then the list.

First the stack replays what it has parked, then whatever the books still disagree on is corrected in the ERP, and both
ledgers are judged again. Nothing is taken from the stack's own word, and nothing of the run is changed: the sandbox has
a folder of its own in ``repairs`` of the run's.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gameday.base.cancellation import finish
from gameday.base.errors import GamedayError, RunError
from gameday.config.gameday_toml import Config
from gameday.model.checker import Case
from gameday.model.events import DeadLettersCounted, Event, InvoiceWrite, OrderWrite
from gameday.model.history import History, HistoryWriter, Operation, operation
from gameday.repair.corrections import Corrections, Refusal, corrections
from gameday.run.engine import Ledgers
from gameday.run.environment import Environment
from gameday.run.runner import look_up_stack, make_workload
from gameday.scoring.ledger_state import LedgerState, ledger_state
from gameday.scoring.repair_list import Repair, Step, repair_list
from gameday.scoring.run_folder import Run
from gameday_fakes.clock import Clock
from gameday_fakes.ledger import Entry

FOLDER = "repairs"
#: How often the books are looked at, and how long nothing may be written before they count as settled (real seconds).
POLL_S = 0.2
SETTLE_S = 2.0
#: How long to wait for the stack in all, after a replay and after the corrections (real seconds).
PATIENCE_S = 30.0


class Done(msgspec.Struct, frozen=True):
    """One step that was tried: for which deal (empty: an order without one), and the ERP's words if it refused."""

    deal: str
    step: Step
    refused: str = ""


class Repaired(msgspec.Struct, frozen=True):
    """Before and after, what was done in between, and where the sandbox's ledgers and history are."""

    folder: str
    before: LedgerState
    after: LedgerState
    replayed: tuple[str, ...] = ()
    corrected: tuple[Done, ...] = ()
    notes: tuple[str, ...] = ()


def repair_run(run: Run, config: Config, *, replay: bool = True, correct: bool = True) -> Repaired | None:
    """Try the repair list of a judged run; None if its books agree.

    ``replay``: the stack's hook first. ``correct``: then the ERP. Raises GamedayError, and RunError where the sandbox
    does not come up or its books are not the run's.
    """
    case = run.case(control=True)
    rows = repair_list(case)
    if not rows:
        return None
    info = run.info()
    table, _ = look_up_stack(info.stack, case.contract.name, config)
    folder = _new_folder(run.dir / FOLDER)
    environment = _Sandbox(case.scenario.flow, case.contract, table, config, folder, info.pace)
    environment.case = case
    if (run.dir / "state").is_dir():
        shutil.copytree(run.dir / "state", folder / "state")
    with HistoryWriter(folder / "history.jsonl") as history:
        attempt = _Attempt(case, rows, environment, history, Clock(info.pace))
        return asyncio.run(attempt.run(folder, replay=replay, correct=correct))


def _new_folder(folder: Path) -> Path:
    """The next of the numbered folders; a sandbox's records are never written over."""
    number = 1
    while True:
        try:
            (folder / str(number)).mkdir(parents=True)
        except FileExistsError:
            number += 1
        except OSError as problem:
            raise GamedayError(f"cannot make a folder in {folder}: {problem.strerror}") from None
        else:
            return folder / str(number)


class _Sandbox(Environment):
    """A world whose books are those that a run left, from before its stack starts."""

    case: Case
    restored = False

    async def start_stack(self) -> None:
        if not self.restored:
            self.restored = True
            await self.seed(make_workload(self.case.scenario).catalog)
            for ledger in (self.case.crm, self.case.erp):
                await self.fakes.restore(ledger.system, ledger)
            await self._go_on()
        await super().start_stack()

    async def _go_on(self) -> None:
        """The clock goes on where the run's stood when its books were read."""
        end_s = max(self.case.crm.time_s, self.case.erp.time_s)
        self.origin_s = await self.fakes.start_clock()
        self.origin_s = await self.fakes.start_clock(self.origin_s - end_s / self._pace)


class _Attempt:
    """One try of the list. What happens is appended to the sandbox's history, as a run's is to its own."""

    def __init__(
        self, case: Case, rows: Sequence[Repair], environment: _Sandbox, history: HistoryWriter, clock: Clock
    ) -> None:
        self._case = case
        self._rows = rows
        self._environment = environment
        self._history = history
        self._clock = clock
        self._operations: list[Operation[Event]] = []
        self._last_write = time.monotonic()
        self._notes: list[str] = []

    async def run(self, folder: Path, *, replay: bool, correct: bool) -> Repaired:
        """Everything from starting the sandbox to judging its books. Raises GamedayError."""
        environment = self._environment
        try:
            await environment.start(self._case.scenario.seed)
            self._clock.restart(self._clock.pace, environment.origin_s)
            await self._check_restored()
            replayed = await self._replay() if replay else ()
            corrected = await self._correct() if correct else ()
            await self._settle()
            after = await self._judge(folder)
        finally:
            await finish(environment.end())
        before = ledger_state(self._case)
        repaired = Repaired(str(folder), before, after, replayed, corrected, tuple(self._notes))
        (folder / "repair.json").write_bytes(msgspec.json.format(msgspec.json.encode(repaired), indent=1) + b"\n")
        return repaired

    async def _check_restored(self) -> None:
        """That the sandbox's books are the run's in all that is judged: else nothing after it would mean anything."""
        for ledger in (self._case.crm, self._case.erp):
            there = {entry.id: entry for entry in (await self._environment.fakes.ledger(ledger.system)).entries}
            missing = [e.id for e in ledger.entries if e.id not in there or _content(there[e.id]) != _content(e)]
            if missing:
                problem = f"{len(missing):,} records are not as the run left them, {missing[0]!r} first"
                raise RunError(f"the sandbox's {ledger.system} could not be restored: {problem}")

    async def _replay(self) -> tuple[str, ...]:
        """Have the stack replay what it has parked of the listed deals; which dead letters that were."""
        stack, wanted = self._environment.stack, {row.deal for row in self._rows}
        try:
            parked = [letter for letter in await stack.dead_letters() if letter.order in wanted]
            ids = [letter.id or letter.order for letter in parked]
            if ids:
                self._append("harness", "human", "ok", {"act": "replay", "ids": ids})
                await stack.replay(ids)
        except GamedayError as problem:
            self._notes.append(str(problem))
            return ()
        # Also without a dead letter: a stack that reconciles by itself has been started with its memory.
        await self._settle()
        return tuple(ids)

    async def _correct(self) -> tuple[Done, ...]:
        """Carry out what the books still call for, while the stack stands still so that the two do not race."""
        case = await self._now()
        rows = repair_list(case)
        if not rows:
            return ()
        deals = {entry.id: entry for entry in case.crm.entries}
        erp = case.scenario.flow.erp
        url = (await self._environment.fakes.health())["fakes"][erp]
        done: list[Done] = []
        paused = await self._pause()
        try:
            async with corrections(erp, url, case.contract) as desk:
                for row in rows:
                    done += await self._carry_out(desk, row, deals.get(row.deal))
        finally:
            if paused:
                await self._environment.stack.resume()
        return tuple(done)

    async def _pause(self) -> bool:
        try:
            await self._environment.stack.pause()
        except GamedayError as problem:
            self._notes.append(str(problem))
            return False
        return True

    async def _carry_out(self, desk: Corrections, row: Repair, deal: Entry | None) -> list[Done]:
        """The steps of one deal, up to the first that is refused: the later ones rest on it."""
        done: list[Done] = []
        made = ""
        for step in row.steps:
            if step.act == "replay":
                continue
            try:
                made = await _correct(desk, step, deal, made) or made
            except Refusal as refusal:
                done.append(Done(row.deal, step, str(refusal)))
                break
            value: dict[str, object] = {"act": step.act, "deal": row.deal, "target": step.target or made}
            self._append("harness", "human", "ok", value)
            done.append(Done(row.deal, step))
        return done

    async def _settle(self) -> None:
        """Until nothing has been written for a while, or patience ends."""
        self._last_write = began = time.monotonic()
        while time.monotonic() - began < PATIENCE_S:
            await self._fetch()
            pending = (await self._environment.fakes.health()).get("pending")
            if not pending and time.monotonic() - self._last_write > SETTLE_S:
                return
            await asyncio.sleep(POLL_S)
        self._notes.append(f"the stack was still writing after {PATIENCE_S:g} s")

    async def _fetch(self) -> None:
        for event in await self._environment.fakes.events():
            # Alerts of the sandbox are nobody's: who was told is the run's own matter.
            if event.f not in ("alert", "ticket"):
                self._append(event.process, event.f, event.outcome, event.value, event.time_s)
            if event.f in (OrderWrite.f, InvoiceWrite.f):
                self._last_write = time.monotonic()

    def _append(
        self, process: str, f: str, outcome: str, value: dict[str, object], time_s: float | None = None
    ) -> None:
        at_s = self._clock.now_s() if time_s is None else time_s
        self._operations.append(self._history.append(process, f, outcome, at_s, value))  # type: ignore[arg-type]

    async def _now(self) -> Case:
        """The run's case with the sandbox's books, and its history with what has happened since."""
        await self._fetch()
        flow, fakes = self._case.scenario.flow, self._environment.fakes
        books = Ledgers(await fakes.ledger(flow.crm), await fakes.ledger(flow.erp))
        try:
            letters = await self._environment.stack.dead_letters()
        except GamedayError as problem:
            self._notes.append(str(problem))
            letters = self._case.dead_letters
        first = len(self._case.history)
        since = [msgspec.structs.replace(op, index=first + op.index) for op in self._operations]
        counted = operation(
            "harness", "dead_letters", DeadLettersCounted(len(letters)), "ok", books.erp.time_s, first + len(since)
        )
        return msgspec.structs.replace(
            self._case,
            history=History([*self._case.history, *since, counted]),
            crm=books.crm,
            erp=books.erp,
            dead_letters=letters,
        )

    async def _judge(self, folder: Path) -> LedgerState:
        case = await self._now()
        Run(folder).write_ledgers(crm=case.crm, erp=case.erp, dead_letters=case.dead_letters)
        return ledger_state(case)


async def _correct(desk: Corrections, step: Step, deal: Entry | None, made: str) -> str:
    """Carry out one step; the id of the order if it made one. Raises Refusal."""
    match step.act:
        case "create_order" if deal is not None:
            return await desk.create_order(deal)
        case "rewrite_order" if deal is not None:
            await desk.rewrite_order(step.target, deal)
        case "cancel_order":
            await desk.cancel_order(step.target)
        case "delete_invoice":
            await desk.delete_invoice(step.target)
        case "create_invoice":
            await desk.create_invoice(step.target or made)
        case _:
            raise Refusal(f"{step.act} needs a deal")
    return ""


def _content(entry: Entry) -> object:
    """What is judged of an entry; the times are, too, but a fake may keep them a little less finely."""
    lines = sorted((line.sku, line.quantity, line.amount) for line in entry.lines)
    invoices = sorted((invoice.id, invoice.total, invoice.currency) for invoice in entry.invoices)
    return entry.state, entry.customer, entry.currency, entry.total, lines, invoices
