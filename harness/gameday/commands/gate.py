"""``gameday gate``: recent records against a change, before it is deployed."""

from __future__ import annotations

import contextlib
import datetime
import shlex
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gameday.base.terminal import show
from gameday.base.texts import one_line
from gameday.commands.against import against_option, find_deployed
from gameday.commands.gate_output import show_json_of, show_stage, show_verdict
from gameday.commands.healing import heal_what_was_left
from gameday.commands.options import COUNT, SEED, config_option, results_option, runs_option

if TYPE_CHECKING:
    from gameday.config.gameday_toml import Config
    from gameday.gate.request import Request
    from gameday.model.gate_verdict import GateVerdict

NO_FEATURES = "none"


@click.command()
@click.option("--contract", "name", help="Flow whose candidate contract is to be deployed.")
@click.option("--changed", is_flag=True, help="Instead: each flow that the change since --base touches.")
@click.option("--base", help="Contract to compare with: a folder, or a git revision such as origin/main.")
@against_option()
@click.option(
    "--sign-offs",
    type=click.Path(path_type=Path),
    help="File of sign-offs.  [default: sign-offs.yaml beside the contract]",
)
@click.option(
    "--records", required=True, type=click.Path(path_type=Path), help="A recording, or a file; {flow} is its name."
)
@click.option("--stack", required=True, help="Candidate stack: a command, or a url on this machine.")
@click.option("--stack-version", envvar="GAMEDAY_STACK_VERSION", default="", help="Version of the candidate.")
@click.option("--current", help="Stack that runs today, to compare ledgers with.  [default: the CRM's ledger]")
@click.option("--sample", type=COUNT, default=500, show_default=True, help="Records to replay.")
@click.option("--seed", type=SEED, default=1, show_default=True, help="Decides everything random.")
@click.option("--ignore", type=click.Path(path_type=Path), help="Accepted differences (YAML), each with an expiry.")
@click.option("--baseline", type=click.Path(path_type=Path), help="Warnings and notes that are known before (JSON).")
@click.option("--write-baseline", type=click.Path(path_type=Path), help="Write the warnings and notes of this gate.")
@click.option("--last", type=click.Path(path_type=Path), help="Folder with gate.json of earlier jobs, for the comment.")
@click.option("--features", multiple=True, help="Features with @gate scenarios, or none.  [default: the library]")
@click.option(
    "--network",
    type=click.Choice(["auto", "none", "proxy"]),
    default="auto",
    show_default=True,
    help="none: the kernel allows loopback only; proxy: a proxy refuses the rest; auto: none where possible.",
)
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="Date for what has expired.  [default: today]")
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True)
@runs_option()
@results_option()
@config_option()
def gate(form: str, runs_dir: Path | None, config: Path | None, **asked: Any) -> int:
    """Stop a deploy that would break the sync.

    Checks in this order, until one fails: the contract against its base, all records against the contract, a sample of
    them replayed through the stack against the fakes, the ERP's ledger against that of the current stack, one smoke
    deal, and the game-day scenarios tagged @gate. Nothing is sent to any other machine. Writes gate.json, gate.md,
    junit.xml, gate.sarif and code-quality.json into a new folder below the runs, and comment.md beside it, with what is
    new since the last gate. Exits as `gameday run` does.
    """
    from gameday.base.errors import EXIT_INCONCLUSIVE
    from gameday.config.gameday_toml import load_config

    # Like Ctrl-C, which event loops handle.
    signal.signal(signal.SIGTERM, _interrupt)
    configured = load_config(config)
    runs_dir = runs_dir or configured.runs_dir
    left = heal_what_was_left(runs_dir)
    now = datetime.datetime.now(datetime.UTC)
    try:
        code = _judge(asked, configured, runs_dir, now, form)
    finally:
        # A worker that was killed has healed nothing.
        outstanding = heal_what_was_left(runs_dir, left)
    return code or (EXIT_INCONCLUSIVE if outstanding else 0)


def _judge(asked: dict[str, Any], config: Config, runs_dir: Path, now: datetime.datetime, form: str) -> int:
    """Carry out the gate of the named flow or of every flow that is touched, and say what came of it."""
    from gameday.commands.gate_baseline import read_baseline, write_baseline
    from gameday.commands.gate_changed import find_touched, records_of, removed_findings, worst
    from gameday.contracts.compatibility.annotations import has_error, text_line
    from gameday.gate.account import last_verdict, verdict_of_job
    from gameday.gate.touched import Touched
    from gameday.scoring.deployment import GATES
    from gameday_reports.gate import Judged, render_comment

    if not (asked["changed"] or asked["name"]):
        raise click.UsageError("name a flow with --contract, or find those of a change with --changed")
    known = read_baseline(asked["baseline"])
    touched = find_touched(asked, config, runs_dir) if asked["changed"] else Touched({asked["name"]: ""})
    removed = removed_findings(asked, config, touched.removed, now)
    judged, shown = [], []
    for flow, by in touched.flows.items():
        one = {**asked, "name": flow, "records": records_of(asked["records"], flow)}
        if asked["changed"] and form == "text":
            show(f"{flow}, touched by {one_line(by)}:")
        verdict, folder = _carry_out(one, config, runs_dir, now, form, known)
        shown.append((verdict, folder))
        if asked["last"]:
            last = verdict_of_job(asked["last"], flow, asked["stack"])
        else:
            last = last_verdict(runs_dir, flow, asked["stack"], folder)
        judged.append(Judged(verdict, last, by))
        # Gates beside each other each leave one, and the last to end that of the folder above.
        render_comment(judged[-1:], {}, folder)
        if form != "json":
            show_verdict(verdict, folder, form)
    if form == "json":
        show_json_of(shown, several=asked["changed"])
    else:
        for violation in (each for found in removed.values() for each in found):
            show(text_line(violation))
        if not (judged or removed):
            show("the change touches no flow")
    render_comment(judged, removed, runs_dir / GATES)
    if asked["write_baseline"]:
        write_baseline(asked["write_baseline"], [verdict for verdict, _ in shown])
    codes = [verdict.exit_code for verdict, _ in shown]
    return worst([*codes, *(int(has_error(found)) for found in removed.values())])


def _interrupt(*_: object) -> None:
    """End the gate as Ctrl-C does, even if the shell that started it in the background makes it ignore Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)


def _carry_out(
    asked: dict[str, Any],
    config: Config,
    runs_dir: Path,
    now: datetime.datetime,
    form: str,
    known: frozenset[str],
) -> tuple[GateVerdict, Path]:
    import msgspec

    from gameday.analysis.outside_hosts import shown_hosts
    from gameday.base.processors import scenarios_at_a_time
    from gameday.commands.file_progress import FileProgress
    from gameday.commands.gate_baseline import without_known
    from gameday.gate.account import gate_folder, inputs_of, portable_stage, verdict_of
    from gameday.gate.features import digests_of, plan_features, under_candidate
    from gameday.gate.network import NONE, keep_in
    from gameday.gate.pipeline import Gate
    from gameday.run.asked_names import AskedNames
    from gameday.run.outside_watch import OutsideWatch
    from gameday.scoring.deployment import GATE_FILE
    from gameday.scoring.seal import seal
    from gameday_reports.gate import render_gate

    began_s = time.monotonic()
    # Every mistake in the request is found before its folder is made.
    request = _request(asked, config, now)
    names = AskedNames()
    network = keep_in(asked["network"], request, names)
    planned = plan_features(request)
    request = under_candidate(request, planned)
    folder = gate_folder(runs_dir, request.name, request.seed, now)
    workers = max(1, min(len(planned), scenarios_at_a_time()))
    request = msgspec.structs.replace(request, folder=folder, workers=workers, offline=network == NONE)
    stages = []
    with FileProgress("records") as progress, _removed_if_empty(folder):
        passage = Gate(request, progress)
        for each in passage.run():
            stage = without_known(portable_stage(each), known)
            stages.append(stage)
            if form == "text":
                show_stage(stage)
    verdict = verdict_of(
        inputs_of(request, passage.records, digests_of(planned)),
        stages,
        started=now,
        replay=_replay_command(asked, request),
        network=network + (f"; what is asked for is not recorded: {names.why_not}" if names.why_not else ""),
        tried=shown_hosts(OutsideWatch(folder, names).new()),
        took_s=time.monotonic() - began_s,
    )
    render_gate(verdict, folder)
    seal(folder, "gate", [GATE_FILE])
    return verdict, folder


@contextlib.contextmanager
def _removed_if_empty(folder: Path) -> Iterator[None]:
    """Remove the folder if a stage finds a mistake before anything is written into it."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            folder.rmdir()
        raise


def _request(asked: dict[str, Any], config: Config, now: datetime.datetime) -> Request:
    """The request, with everything that it names found and checked. Raises GamedayError."""
    from gameday.base.errors import GamedayError
    from gameday.commands.rendering import RENDERING
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
    name = asked["name"]
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
    )
    request.check()
    return request


def _table(config: Config, stack: str, version: str) -> Any:
    import msgspec

    from gameday.config.stack_version import check_version, stack_version

    table = config.stack(stack)
    version = check_version(version, "--stack-version") or stack_version(table)
    return msgspec.structs.replace(table, version=version)


def _replay_command(asked: dict[str, Any], request: Request) -> str:
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
        ("--today", request.today),
    ]
    return shlex.join(
        ["gameday", "gate", *(str(part) for pair in options if pair[1] not in (None, "") for part in pair)]
    )
