"""Bugs in dead letters: payload, reason, and the way back."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import OtherDeadLetters, OtherFailures, Planted
from gameday_fakes.stacks.durable.customers import Tiers
from gameday_fakes.stacks.durable.definition import Definition, Reason
from gameday_fakes.stacks.durable.failures import DeadLetters, Failures
from gameday_fakes.stacks.durable.store import DISCARDED, Row
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.durable.writeback import WriteBack

#: In scenario seconds.
RETENTION_S = 300


class _NoPayload(Failures):
    def park(self, deal: str, reason: Reason, detail: str) -> None:
        self.store.set_deal(deal, payload="{}")
        super().park(deal, reason, detail)


class ParksWithoutPayload(OtherFailures):
    """Parks a deal without its payload, so nobody can see or replay what it was."""

    caught_by = "erp_rules/closed_period.feature"
    failures_class = _NoPayload


class _OthersPayload(Failures):
    _first = ""

    def park(self, deal: str, reason: Reason, detail: str) -> None:
        row = self.store.deal(deal)
        self._first = self._first or (row["payload"] if row is not None else "")
        self.store.set_deal(deal, payload=self._first)
        super().park(deal, reason, detail)


class ParksWithAnotherPayload(OtherFailures):
    """Parks every deal with the payload of the first one that failed."""

    caught_by = "erp_rules/closed_period.feature"
    failures_class = _OthersPayload


class _Wordless(Failures):
    def failed(self, row: Row, trouble: Trouble, record: dict[str, Any] | None) -> None:
        said = Trouble(
            trouble.reason,
            "Error while accessing a resource",
            system=trouble.system,
            retry_after_s=trouble.retry_after_s,
            payload=trouble.payload,
        )
        super().failed(row, said, record)


class GenericReason(OtherFailures):
    """Says of every trouble only that there was one."""

    caught_by = "erp_rules/closed_period.feature"
    failures_class = _Wordless

    @cached_property
    def definition(self) -> Definition:
        definition = super().definition
        reasons = {
            code: dataclasses.replace(reason, code=f"code_{number}", text="Error while accessing a resource")
            for number, (code, reason) in enumerate(definition.reasons.items())
        }
        by_own_code = {reason.code: reason for reason in reasons.values()}
        return dataclasses.replace(definition, reasons={**reasons, **by_own_code})


class _LastOnly(Failures):
    def park(self, deal: str, reason: Reason, detail: str) -> None:
        self.store.write(
            "UPDATE deals SET state = ? WHERE state = 'parked' AND reason = ? AND id != ?", DISCARDED, reason.code, deal
        )
        super().park(deal, reason, detail)


class KeepsOneDeadLetter(OtherFailures):
    """Keys dead letters by their reason: each one overwrites the one before."""

    caught_by = "erp_rules/closed_period.feature"
    failures_class = _LastOnly


class _OneAtATime(DeadLetters):
    def settled(self, deal: str) -> None:
        """Releases no others."""


class ReplaysOneDealAtATime(OtherDeadLetters):
    """Replays one dead letter in half a minute, also when the cause is gone: a backlog takes an hour."""

    caught_by = "erp_rules/closed_period.feature"
    dead_letters_class = _OneAtATime


class _SetsToLost(WriteBack):
    async def run_once(self) -> None:
        parked = self._store.rows("SELECT id FROM deals WHERE state = 'parked'")
        if parked:
            await self._crm.update({row["id"]: {"StageName": "Closed Lost"} for row in parked})
        await super().run_once()


class SetsParkedDealsToLost(Planted):
    """Sets the deals that it cannot book to lost in the CRM, so that both systems agree."""

    only = "salesforce"
    caught_by = "erp_rules/closed_period.feature"

    @cached_property
    def write_back(self) -> WriteBack:
        return _SetsToLost(self.definition, self.store, self.crm, self.incidents)


class DeadLettersExpire(Planted):
    """Drops dead letters after five minutes, as a queue with a short retention does: what was not repaired is gone."""

    caught_by = "modes/dead_letters_wait.feature"

    async def redrive(self) -> None:
        oldest_s = self.store.now_s() - self.pace.real_s(RETENTION_S)
        self.store.write("UPDATE deals SET state = ? WHERE state = 'parked' AND trouble_s < ?", DISCARDED, oldest_s)
        await super().redrive()


class _NoTiers(Tiers):
    async def of(self, account: str) -> str:
        return ""


class LeavesOutTheTier(Planted):
    """Routes what it parks without saying how much the customer matters, so whoever decides has to look it up."""

    only = "salesforce"
    caught_by = "modes/customer_tier.feature"

    @cached_property
    def tiers(self) -> Tiers | None:
        return _NoTiers(self.crm)


COMPOSITIONS: dict[str, type[Planted]] = {
    "parks-without-payload": ParksWithoutPayload,
    "parks-with-another-payload": ParksWithAnotherPayload,
    "generic-reason": GenericReason,
    "keeps-one-dead-letter": KeepsOneDeadLetter,
    "replays-one-deal-at-a-time": ReplaysOneDealAtATime,
    "sets-parked-deals-to-lost": SetsParkedDealsToLost,
    "dead-letters-expire": DeadLettersExpire,
    "leaves-out-the-tier": LeavesOutTheTier,
}
