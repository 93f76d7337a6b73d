"""``gameday gate``: recent records against a change, before it is deployed."""

from __future__ import annotations

import contextlib
import datetime
import signal
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gameday.base.interruption import interrupt
from gameday.base.terminal import show
from gameday.base.texts import one_line
from gameday.commands.against import against_option
from gameday.commands.gate_output import show_json_of, show_stage, show_verdict
from gameday.commands.healing import heal_what_was_left
from gameday.commands.on_cluster import on_option
from gameday.commands.options import COUNT, SEED, config_option, pair_options, results_option, runs_option

if TYPE_CHECKING:
    from gameday.config.gameday_toml import Config
    from gameday.model.gate_verdict import GateVerdict

MOST_AT_A_TIME = 64


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
@pair_options()
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
@click.option(
    "-j",
    "--parallel",
    type=click.IntRange(1, MOST_AT_A_TIME),
    help="Gates at a time with --changed.  [default: one for each two processors]",
)
@on_option()
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
    signal.signal(signal.SIGTERM, interrupt)
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
    from gameday.commands.gate_changed import find_touched, removed_findings, worst
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
    for by, (verdict, folder) in _carry_out_all(touched.flows, asked, config, runs_dir, now, form, known):
        shown.append((verdict, folder))
        # Between other vendors than the contract's own, the flow is that of their pair.
        flow = verdict.inputs.flow
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


def _carry_out_all(
    flows: Mapping[str, str],
    asked: dict[str, Any],
    config: Config,
    runs_dir: Path,
    now: datetime.datetime,
    form: str,
    known: frozenset[str],
) -> Iterator[tuple[str, tuple[GateVerdict, Path]]]:
    """What touches each flow, and its gate; of several, each in a process of its own."""
    from gameday.commands.gate_changed import gates_at_a_time, records_of
    from gameday.run.apart import side_by_side

    each = {flow: {**asked, "name": flow, "records": records_of(asked["records"], flow)} for flow in flows}
    beside = min(len(flows), gates_at_a_time(asked, config)) if asked["changed"] else 1
    if beside > 1:
        works = [partial(_carry_out, one, config, runs_dir, now, "json", known, beside=beside) for one in each.values()]
        found: Iterator[tuple[GateVerdict, Path]] = side_by_side(works, beside)
    else:
        found = (_carry_out(one, config, runs_dir, now, form, known) for one in each.values())
    for flow, by in flows.items():
        # One gate alone shows its stages as they end.
        heading = f"{flow}, touched by {one_line(by)}:" if asked["changed"] and form == "text" else ""
        if heading and beside == 1:
            show(heading)
        verdict, folder = next(found)
        if heading and beside > 1:
            show(heading)
            for stage in verdict.stages:
                show_stage(stage)
        yield by, (verdict, folder)


def _carry_out(
    asked: dict[str, Any],
    config: Config,
    runs_dir: Path,
    now: datetime.datetime,
    form: str,
    known: frozenset[str],
    *,
    beside: int = 1,
) -> tuple[GateVerdict, Path]:
    """Carry out one gate; ``beside``: so many run at a time on this machine."""
    import msgspec

    from gameday.analysis.outside_hosts import shown_hosts
    from gameday.base.processors import scenarios_at_a_time
    from gameday.commands.file_progress import FileProgress
    from gameday.commands.gate_baseline import without_known
    from gameday.commands.gate_request import make_request, replay_command
    from gameday.commands.gate_session import session_of
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
    request = make_request(asked, config, now)
    names = AskedNames()
    with session_of(asked["on"], config, request) as elsewhere:
        network = keep_in(asked["network"], request, names)
        planned = plan_features(request)
        request = under_candidate(request, planned)
        folder = gate_folder(runs_dir, request.name, request.seed, now)
        workers = max(1, min(len(planned), scenarios_at_a_time() // beside))
        request = msgspec.structs.replace(request, folder=folder, workers=workers, offline=network == NONE)
        stages = []
        with FileProgress("records") as progress, _removed_if_empty(folder):
            passage = Gate(request, progress, elsewhere=elsewhere)
            for each in passage.run():
                stage = without_known(portable_stage(each), known)
                stages.append(stage)
                if form == "text":
                    show_stage(stage)
    verdict = verdict_of(
        inputs_of(request, passage.records, digests_of(planned)),
        stages,
        started=now,
        replay=replay_command(asked, request),
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
