"""``gameday new``: write a feature from a failure mode, a fault, or a few answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gameday.base.terminal import ask, show, show_document
from gameday.commands.options import COUNT, config_option, pair_options

if TYPE_CHECKING:
    from gameday.explore.authoring import Wish
    from gameday.model.scenario import Flow


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option(
    "--mode", type=click.IntRange(1, 1_000), default=None, help="A failure mode by its number: docs/failure-modes.md."
)
@click.option("--fault", default="", help="A fault by its name: gameday list faults.")
@click.option("--target", default="", help="Where: crm, erp, stack, pager or tickets.  [default: the fault's first]")
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="A parameter of the fault; several times.")
@click.option("--after", default="1 minute", show_default=True, help="When the fault begins.")
@click.option("--for", "lasts", default="3 minutes", show_default=True, help="How long it lasts.")
@click.option("--changed", multiple=True, metavar="OPERATION", help="What happens to 30% of the deals; several times.")
@click.option("--workload", default="closed won", show_default=True, help="Which deals: gameday list workloads.")
@click.option("--deals", type=COUNT, default=80, show_default=True, help="How many deals.")
@click.option("--per-minute", type=COUNT, default=20, show_default=True, help="How many deals a minute.")
@click.option("--title", default="", help="Title of feature and scenario.")
@click.option("--ask", "asks", is_flag=True, help="Ask for the fault, the target, the times and the deals.")
@pair_options()
@click.option("--contract", default="closed-won-to-sales-order", show_default=True, help="The contract of the flow.")
@click.option(
    "--stack", default="durable", show_default=True, help="The stack whose pager and ticket system are meant."
)
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
@config_option()
def new(file: Path | None, force: bool, asks: bool, config: Path | None, **more: Any) -> None:
    """Write a feature that `gameday run` can run, into FILE; without FILE, it is printed.

    It expects what every sync owes on such a day. Change it as you like; `gameday list steps` shows what it can say.
    """
    from gameday.base.errors import GamedayError
    from gameday.base.whole_file import write_whole
    from gameday.config.gameday_toml import load_config
    from gameday.contracts.pair import asked_flow
    from gameday.explore.authoring import new_feature
    from gameday.model.settings import Settings
    from gameday.steps.feasible import planned_environment

    if file is not None and file.exists() and not force:
        raise GamedayError(f"{file} exists already", hint="use --force to overwrite it")
    if asks:
        more |= _answers(more)
    configured = load_config(config)
    flow = asked_flow(more["contract"], configured.contract_folders, more["crm"], more["erp"])
    environment = planned_environment(Settings(config=str(configured.path or "")), more["stack"])
    text = _bundled(more["mode"]) if more["mode"] and not more["fault"] else ""
    text = text or new_feature(_wish(flow, more), environment)
    if file is None:
        show_document(text)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, text.encode())
    show(f"wrote {file}; look at it with: gameday plan {file}")


def _answers(known: dict[str, Any]) -> dict[str, Any]:
    """What somebody answers; the options are the answers that are proposed."""
    from gameday.model.fault import faults

    given: dict[str, Any] = {"fault": ask("Which fault? (gameday list faults)", known["fault"] or "rate limit")}
    targets = faults[given["fault"]].targets
    given["target"] = ask(f"Where? ({', '.join(targets)})", known["target"] or targets[0])
    given["after"] = ask("After how long?", known["after"])
    given["lasts"] = ask("For how long?", known["lasts"])
    given["workload"] = ask("Which deals? (gameday list workloads)", known["workload"])
    given["deals"] = ask("How many deals?", known["deals"])
    operation = ask("What happens to them later? (gameday list operations, or nothing)", "nothing")
    given["changed"] = known["changed"] if operation == "nothing" else (operation,)
    return given


def _bundled(number: int) -> str:
    """The bundled feature that claims a mode which no fault injects; empty if a fault does."""
    from gameday.base.errors import GamedayError
    from gameday.config.features import library
    from gameday_reports.dashboard.failure_modes import mode_of

    mode = mode_of(number)
    if mode.faults or mode.changes:
        return ""
    for path in sorted(library().rglob("*.feature")):
        text = path.read_text(encoding="utf-8")
        if f"@mode:{number}" in text.partition("Feature:")[0].split():
            return text
    raise GamedayError(f"failure mode {number} cannot be played: {mode.why or mode.name}", hint="docs/failure-modes.md")


def _wish(flow: Flow, given: dict[str, Any]) -> Wish:
    from gameday.base.durations import parse_duration
    from gameday.base.errors import GamedayError
    from gameday.explore.authoring import Wish
    from gameday.steps.written import plain
    from gameday_reports.dashboard.failure_modes import mode_of

    params = {}
    for each in given["given"]:
        name, sign, value = each.partition("=")
        if not sign or not name.strip():
            raise GamedayError(f"bad --set {each!r}", hint="NAME=VALUE, as in --set share=0.5")
        name = name.strip().replace("_", " ")
        # As a table of a feature takes it: 20%, 2 min.
        params[name] = plain(name, value.strip())
    mode = mode_of(given["mode"]) if given["mode"] else None
    fault = given["fault"] or (mode.faults[0] if mode is not None and mode.faults else "")
    changes = given["changed"] or (mode.changes[:1] if mode is not None and not fault else ())
    if not fault and not changes:
        raise GamedayError("what the feature is about is missing", hint="say --mode, --fault, --changed or --ask")
    return Wish(
        flow=flow,
        fault=fault,
        target=given["target"].lower(),
        params=params,
        at_s=round(parse_duration(given["after"])),
        duration_s=round(parse_duration(given["lasts"])),
        workload=given["workload"],
        deals=given["deals"],
        per_minute=given["per_minute"],
        changes=tuple(changes),
        title=given["title"] or (mode.name if mode is not None else ""),
        tags=(f"mode:{mode.number}",) if mode is not None else (),
    )
