"""Changes of a vendor's schema that are there from the beginning of a run: a candidate's renamed or removed fields."""

from __future__ import annotations

import contextlib

from gameday.base.errors import RunError
from gameday.run.fakes_client import FakesClient
from gameday.run.rollback import RollbackLog
from gameday.run.setup import Setup


class SchemaFaults:
    """Those of one run. Each is in the rollback log before it is injected."""

    def __init__(self, setup: Setup, rollback: RollbackLog) -> None:
        flow = setup.flow
        self._rollback = rollback
        #: By id: the fake that has the schema, and the fault's rule.
        self._faults = {
            key: (getattr(flow, role), dict(rule))
            for role, rules in setup.schema_faults.items()
            for key, rule in rules.items()
        }
        #: Those that a fake refused, by id, with its reason: it has no such field.
        self.refused: dict[str, str] = {}

    async def inject(self, fakes: FakesClient) -> None:
        """Inject all."""
        for key, (fake, rule) in self._faults.items():
            self._rollback.before(key, fakes.rollback_entry(fake, key))
            try:
                await fakes.inject(fake, key, rule)
            except RunError as problem:
                self._rollback.done(key)
                self.refused[key] = problem.problem

    async def heal(self, fakes: FakesClient) -> None:
        """Heal what is injected."""
        for key, (fake, _) in self._faults.items():
            if key in self._rollback.outstanding():
                # What does not answer stays in the log, for the next command.
                with contextlib.suppress(RunError):
                    await fakes.heal(fake, key)
                    self._rollback.done(key)
