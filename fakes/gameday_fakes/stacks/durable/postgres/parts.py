"""The parts of the stack that are others where its state is in PostgreSQL."""

from __future__ import annotations

import dataclasses
import re
from functools import cached_property

from gameday_fakes.stacks.durable.compose import Composition
from gameday_fakes.stacks.durable.definition import Workers
from gameday_fakes.stacks.durable.postgres.address import wait_for_url
from gameday_fakes.stacks.durable.postgres.store import PostgresStore
from gameday_fakes.stacks.environment import Environment

#: The fact that says whether the workers claim deals.
PAUSED = "paused"
#: With it, a worker ends when its standard input does: it is one of the port's.
POOLED_VARIABLE = "GAMEDAY_POOLED"


class SharedComposition(Composition):
    """What the port and the workers have in common."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.rules = bounded(self.definition.workers, environment.workers)
        self.url = wait_for_url(environment.database or self.rules.database)

    @cached_property
    def store(self) -> PostgresStore:
        store = PostgresStore(self.url)
        store.urgent_from = self.definition.urgent_from
        store.locks.lease_s = self.lease_real_s
        return store

    @property
    def lease_real_s(self) -> float:
        """How long a worker may show no sign of life before it loses its deals, in real seconds."""
        return self.pace.real_s(self.rules.lease_s, least_real_s=self.rules.lease_least_real_s)


def bounded(rules: Workers, bounds: str) -> Workers:
    """The rules with other bounds for how many workers there are, such as ``0-2``. Raises SystemExit with one line."""
    if not bounds:
        return rules
    found = re.fullmatch(r"(\d{1,3})-(\d{1,3})", bounds)
    if found is None or int(found[1]) > int(found[2]):
        raise SystemExit(f"bad GAMEDAY_WORKERS {bounds[:40]!r}: the least and the most workers, such as 1-4")
    return dataclasses.replace(rules, least=int(found[1]), most=int(found[2]))
