"""The operations of a repair: the stack replays what it has parked, then the ERP is corrected."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gameday.base.counts import plural
from gameday.base.errors import GamedayError, RunError
from gameday.model.checker import Case
from gameday.model.events import Intervention
from gameday.repair.corrections import Corrections, Refusal, corrections
from gameday.run.endings import Quiet
from gameday.run.recorder import Recorder
from gameday.run.setup import Restored
from gameday.scoring.repair_list import BY_HAND, Repair, Step, repair_list
from gameday_fakes.ledger import Entry, Line


class Correction(msgspec.Struct, frozen=True):
    """One step that was tried: for which deal (empty: an order without one), and the ERP's reason if it refused."""

    deal: str
    step: Step
    refused: str = ""


class RepairOptions(msgspec.Struct, frozen=True):
    """What may be done: ``replay`` by the stack's hook, ``correct`` in the ERP.

    ``crm`` and ``erp`` are the vendors of the sandbox, empty for those of the run.
    """

    replay: bool = True
    correct: bool = True
    crm: str = ""
    erp: str = ""


class RepairOperations:
    """Carries out a repair list. What it does is in the history as manual interventions."""

    def __init__(self, recorder: Recorder, repairs: Sequence[Repair], quiet: Quiet, options: RepairOptions) -> None:
        self._recorder = recorder
        self._environment = recorder.environment
        self._repairs = repairs
        self._quiet = quiet
        self._options = options
        #: The dead letters that the stack was asked to replay, by id.
        self.replayed: tuple[str, ...] = ()
        self.corrected: tuple[Correction, ...] = ()

    async def carry_out(self) -> None:
        """Replay, then correct what is still wrong. Raises RunError if the ledgers could not be restored."""
        await self._check_restored()
        if self._options.replay:
            await self._replay()
        if self._options.correct:
            await self._correct()

    async def _check_restored(self) -> None:
        """That the sandbox's ledgers are the run's in all that is judged; otherwise the repair would prove nothing."""
        restored = self._environment.setup.ledgers
        assert isinstance(restored, Restored)  # noqa: S101 - a repair's environment is set up so
        for ledger in (restored.snapshot.crm, restored.snapshot.erp):
            there = {entry.id: entry for entry in (await self._environment.fakes.ledger(ledger.system)).entries}
            missing = [e.id for e in ledger.entries if e.id not in there or _judged(there[e.id]) != _judged(e)]
            if missing:
                differ = plural(len(missing), "record", verb="differs")
                problem = f"{differ} from the run's, the first is {missing[0]!r}"
                raise RunError(f"the sandbox's {ledger.system} could not be restored: {problem}")

    async def _replay(self) -> None:
        """Have the stack replay what it has parked of the listed deals."""
        stack, listed = self._environment.stack, {repair.deal for repair in self._repairs}
        try:
            parked = [letter for letter in await stack.dead_letters() if letter.order in listed]
            ids = tuple(letter.id or letter.order for letter in parked)
            if ids:
                self._recorder.record(Intervention("replay", ids=tuple(ids)), "ok")
                await stack.replay(ids)
        except GamedayError as problem:
            self._recorder.note(str(problem))
            return
        # Also without a dead letter: a stack that reconciles by itself has been started with its memory.
        await self._quiet.wait()
        self.replayed = ids

    async def _correct(self) -> None:
        """Correct what the ledgers still disagree on, while the stack is paused so that the two do not race."""
        case = await self._case()
        repairs = repair_list(case)
        if not repairs:
            return
        deals = {entry.id: entry for entry in case.crm.entries}
        erp = case.scenario.flow.erp
        url = (await self._environment.fakes.health())["fakes"][erp]
        paused = await self._pause()
        try:
            async with corrections(erp, url, case.contract, self._recorder.clock.wall_s) as api:
                for repair in repairs:
                    self.corrected += await self._carry_out(api, repair, deals.get(repair.deal))
        finally:
            if paused:
                await self._environment.stack.resume()

    async def _case(self) -> Case:
        """The run's case, as it is by now."""
        return self._recorder.case(await self._recorder.verify())

    async def _pause(self) -> bool:
        try:
            await self._environment.stack.pause()
        except GamedayError as problem:
            self._recorder.note(str(problem))
            return False
        return True

    async def _carry_out(self, api: Corrections, repair: Repair, deal: Entry | None) -> tuple[Correction, ...]:
        """The steps of one deal, up to the first that is refused, for the later ones depend on it."""
        done: list[Correction] = []
        created = ""
        for step in repair.steps:
            if step.act == "replay":
                continue
            try:
                created = await _carry_out_step(api, step, deal, created) or created
            except Refusal as refusal:
                done.append(Correction(repair.deal, step, str(refusal)))
                break
            self._recorder.record(Intervention(step.act, repair.deal, step.target or created), "ok")
            done.append(Correction(repair.deal, step))
        return tuple(done)


async def _carry_out_step(api: Corrections, step: Step, deal: Entry | None, created: str) -> str:
    """Carry out one step; the id of the order if it created one. Raises Refusal."""
    match step.act:
        case "create_order" if deal is not None:
            return await api.create_order(deal)
        case "rewrite_order" if deal is not None:
            await api.rewrite_order(step.target, deal)
        case "cancel_order":
            await api.cancel_order(step.target)
        case "delete_invoice":
            await api.delete_invoice(step.target)
        case "create_invoice":
            await api.create_invoice(step.target or created)
        case act if act in BY_HAND:
            raise Refusal("people have to do this")
        case _:
            raise Refusal(f"{step.act} needs a deal")
    return ""


def _judged(entry: Entry) -> object:
    """What is judged of an entry, without its times, which a fake may keep a little less precisely."""
    invoices = sorted(
        (i.id, i.total, i.credited, i.currency, i.date, i.period, i.customer, *_judged_lines(i.lines))
        for i in entry.invoices
    )
    return entry.state, entry.date, entry.customer, entry.currency, entry.total, _judged_lines(entry.lines), invoices


def _judged_lines(lines: Sequence[Line]) -> list[tuple[object, ...]]:
    return sorted((line.sku, line.quantity, line.unit_price, line.amount, line.discount or 0) for line in lines)
