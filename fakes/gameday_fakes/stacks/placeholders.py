"""What a stack is told by its environment: where the systems are, with which credentials, and how fast time runs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LEAST_TIMEOUT_REAL_S = 2.0
"""Real sockets do not speed up with the pace: no network timeout may be shorter than this."""


@dataclass(frozen=True)
class Pace:
    """How many scenario seconds pass in one real second; 1 in production.

    Every duration of a stack's policy is in scenario seconds and becomes a real one here and nowhere else.
    """

    per_real_s: float = 1.0

    def real_s(self, scenario_s: float, *, least_real_s: float = 0.0) -> float:
        """How many real seconds a scenario duration takes, at the least ``least_real_s``."""
        return max(scenario_s / self.per_real_s, least_real_s)

    def timeout_s(self, scenario_s: float) -> float:
        """A network timeout in real seconds."""
        return self.real_s(scenario_s, least_real_s=LEAST_TIMEOUT_REAL_S)


@dataclass(frozen=True)
class Placeholders:
    """The environment of a stack, read once."""

    crm_url: str
    erp_url: str
    pager_url: str
    tickets_url: str
    host: str
    port: int
    state_dir: Path
    pace: Pace
    flow: str
    credentials: Mapping[str, Mapping[str, str]] = field(repr=False)
    bug: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Placeholders:
        """Read the ``GAMEDAY_*`` variables. Raises SystemExit with one line that names a missing one."""
        try:
            host, _, port = environment["GAMEDAY_LISTEN"].rpartition(":")
            state_dir = Path(environment["GAMEDAY_STATE_DIR"])
            state_dir.mkdir(parents=True, exist_ok=True)
            return cls(
                crm_url=environment["GAMEDAY_CRM_URL"].rstrip("/"),
                erp_url=environment["GAMEDAY_ERP_URL"].rstrip("/"),
                pager_url=environment["GAMEDAY_PAGER_URL"].rstrip("/"),
                tickets_url=environment["GAMEDAY_TICKETS_URL"].rstrip("/"),
                host=host,
                port=int(port),
                state_dir=state_dir,
                pace=Pace(float(environment.get("GAMEDAY_PACE", "1"))),
                flow=environment["GAMEDAY_FLOW"],
                credentials=json.loads(Path(environment["GAMEDAY_CREDENTIALS"]).read_text()),
                bug=environment.get("GAMEDAY_BUG", ""),
            )
        except KeyError as missing:
            raise SystemExit(f"the environment lacks {missing.args[0]}") from None
        except (OSError, ValueError) as problem:
            raise SystemExit(f"bad environment: {problem}") from None
