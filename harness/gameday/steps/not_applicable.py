"""Which scenarios of the library do not apply to which stacks: planned once, and kept until anything changes."""

from __future__ import annotations

import contextlib
import hashlib

import msgspec

from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.base.owner import state_folder
from gameday.base.whole_file import write_whole
from gameday.config.features import library
from gameday.config.gameday_toml import Config
from gameday.model.settings import Settings, Target
from gameday.scoring.judge_digest import judge_digest
from gameday.steps.session import run_session

#: In the user's state folder, which only the user can write.
_FILE = "not-applicable.json"

#: Why a scenario does not apply, by stack and scenario.
Why = dict[str, dict[str, str]]


class _Known(msgspec.Struct, frozen=True):
    """What was planned, and the hash of everything that it depends on."""

    key: str
    why: Why


def not_applicable(stacks: list[str], config: Config) -> Why:
    """Why scenarios of the library do not apply to those of the stacks whose tables declare something absent."""
    tables = {name: config.stack(name) for name in stacks}
    # A stack that rolls nothing out lacks something, too.
    absent = {name: (*table.absent, *(() if table.roll_out else ("roll_out",))) for name, table in tables.items()}
    lacking = sorted(name for name, those in absent.items() if those)
    if not lacking:
        return {}
    parts = (judge_digest("gameday_scenarios"), repr([(name, absent[name]) for name in lacking]), str(config.path))
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    with contextlib.suppress(GamedayError, OSError, json_text.Unreadable):
        known = json_text.decode((state_folder() / _FILE).read_bytes(), _Known)
        if known.key == key:
            return known.why
    why = _planned(lacking, str(config.path or ""))
    with contextlib.suppress(GamedayError, OSError):
        write_whole(state_folder() / _FILE, msgspec.json.encode(_Known(key, why)))
    return why


def _planned(stacks: list[str], config: str) -> Why:
    why: Why = {}
    settings = Settings(mode="plan", targets=tuple(Target(name, 1) for name in stacks), config=config)
    for outcome in run_session([library()], settings):
        if outcome.not_applicable:
            why.setdefault(outcome.stack, {})[outcome.scenario] = outcome.not_applicable
    return why
