"""What `gameday gate` was asked for, with everything found and checked that it names."""

from __future__ import annotations

import datetime
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gameday.commands.against import find_deployed

if TYPE_CHECKING:
    from gameday.config.gameday_toml import Config
    from gameday.gate.request import Request

NO_FEATURES = "none"


def make_request(asked: dict[str, Any], config: Config, now: datetime.datetime) -> Request:
    """The request, with everything that it names found and checked. Raises GamedayError."""
    from gameday.base.errors import GamedayError
    from gameday.commands.rendering import RENDERING
    from gameday.contracts.pair import asked_flow
    from gameday.gate.contracts import base_name, read_base, read_candidate
    from gameday.gate.features import default_features
    from gameday.gate.ignore import read_ignore_list
    from gameday.gate.request import Request

    for option in ("base", "current"):
        # Most likely a variable of the CI is not set: the gate would pass without comparing anything.
        if asked[option] == "":
            hint = "is a variable not set? leave the option out to compare with nothing"
            raise GamedayError(f"--{option} is empty", hint=hint)
    if asked["against"] and not asked["base"]:
        raise GamedayError("--against needs --base", hint="such as --base origin/main")
    # Between other vendors than those that the contract names, the contract of their pair takes its place.
    name = asked_flow(asked["name"], config.contract_folders, asked["crm"], asked["erp"]).contract
    today = asked["today"].date() if asked["today"] else now.date()
    candidate = read_candidate(name, config.contract_folders)
    features = tuple(Path(each) for each in asked["features"]) or default_features()
    request = Request(
        name=name,
        candidate_contract=candidate,
        base=read_base(asked["base"], name, candidate) if asked["base"] else None,
        base_name=base_name(asked["base"], name) if asked["base"] else "",
        sign_offs=asked["sign_offs"],
        deployed=find_deployed(asked["against"], config, asked["results"]),
        candidate=_table(config, asked["stack"], asked["stack_version"]),
        current=_table(config, asked["current"], "") if asked["current"] else None,
        records=asked["records"],
        folder=Path(),
        config=config,
        today=today,
        sample=asked["sample"],
        seed=asked["seed"],
        ignore=read_ignore_list(asked["ignore"], today),
        features=() if asked["features"] == (NO_FEATURES,) else features,
        plugins=(RENDERING,),
        crm=asked["crm"],
        erp=asked["erp"],
    )
    request.check()
    return request


def _table(config: Config, stack: str, version: str) -> Any:
    import msgspec

    from gameday.config.stack_version import check_version, stack_version

    table = config.stack(stack)
    version = check_version(version, "--stack-version") or stack_version(table)
    return msgspec.structs.replace(table, version=version)


def replay_command(asked: dict[str, Any], request: Request) -> str:
    """The command that repeats this gate, also on another day."""
    options: list[tuple[str, Any]] = [
        ("--contract", request.name),
        ("--base", asked["base"]),
        *(("--against", each) for each in asked["against"]),
        ("--results", asked["results"]),
        ("--sign-offs", asked["sign_offs"]),
        ("--records", asked["records"]),
        ("--stack", request.candidate.name),
        ("--stack-version", request.candidate.version),
        ("--current", asked["current"]),
        ("--sample", request.sample),
        ("--seed", request.seed),
        ("--ignore", asked["ignore"]),
        ("--baseline", asked["baseline"]),
        *(("--features", each) for each in asked["features"]),
        ("--crm", asked["crm"]),
        ("--erp", asked["erp"]),
        ("--today", request.today),
    ]
    return shlex.join(
        ["gameday", "gate", *(str(part) for pair in options if pair[1] not in (None, "") for part in pair)]
    )
