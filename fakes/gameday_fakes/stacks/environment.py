"""What a stack reads from its environment: the systems' addresses, the credentials and the pace of time."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MIN_TIMEOUT_REAL_S = 2.0
"""Real sockets do not speed up with the pace: no network timeout may be shorter than this."""


@dataclass(frozen=True)
class Pace:
    """How many scenario seconds pass in one real second; 1 in production.

    Every duration of a stack's policy is in scenario seconds; only this class converts it to real seconds.
    """

    per_real_s: float = 1.0

    def real_s(self, scenario_s: float, *, least_real_s: float = 0.0) -> float:
        """How many real seconds a scenario duration takes, at least ``least_real_s``."""
        return max(scenario_s / self.per_real_s, least_real_s)

    def timeout_s(self, scenario_s: float) -> float:
        """A network timeout in real seconds."""
        return self.real_s(scenario_s, least_real_s=MIN_TIMEOUT_REAL_S)


@dataclass(frozen=True)
class Environment:
    """The ``GAMEDAY_*`` variables of a stack, read once at its start. ``crm`` and ``erp`` are vendors."""

    crm: str
    erp: str
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
    database: str = ""
    workers: str = ""

    @classmethod
    def read(cls, variables: Mapping[str, str] = os.environ) -> Environment:
        """Read the variables. Raises SystemExit with one line that names what is missing or wrong."""
        try:
            host, _, port = variables["GAMEDAY_LISTEN"].rpartition(":")
            state_dir = Path(variables["GAMEDAY_STATE_DIR"])
            state_dir.mkdir(parents=True, exist_ok=True)
            return cls(
                crm=variables["GAMEDAY_CRM"],
                erp=variables["GAMEDAY_ERP"],
                crm_url=variables["GAMEDAY_CRM_URL"].rstrip("/"),
                erp_url=variables["GAMEDAY_ERP_URL"].rstrip("/"),
                pager_url=variables["GAMEDAY_PAGER_URL"].rstrip("/"),
                tickets_url=variables["GAMEDAY_TICKETS_URL"].rstrip("/"),
                host=host,
                port=int(port),
                state_dir=state_dir,
                pace=Pace(float(variables.get("GAMEDAY_PACE", "1"))),
                flow=variables["GAMEDAY_FLOW"],
                credentials=json.loads(Path(variables["GAMEDAY_CREDENTIALS"]).read_text()),
                bug=variables.get("GAMEDAY_BUG", ""),
                database=variables.get("GAMEDAY_DATABASE", ""),
                workers=variables.get("GAMEDAY_WORKERS", ""),
            )
        except KeyError as missing:
            raise SystemExit(f"the environment lacks {missing.args[0]}") from None
        except (OSError, ValueError) as problem:
            raise SystemExit(f"bad environment: {problem}") from None
