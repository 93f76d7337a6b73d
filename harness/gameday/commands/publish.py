"""``gameday publish``: a run's postmortem, or what a reconciliation found, as the payload of a tool."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gameday.base.terminal import show, show_document
from gameday.commands.options import config_option

if TYPE_CHECKING:
    from gameday_reports.outlet import Outlet
    from gameday_reports.recorded import RecordedRun


@click.command()
@click.argument("run_dir", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--to", "target", metavar="TARGET", required=True, help="For which tool, such as jira or markdown.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write this file.  [default: standard output]",
)
@click.option("--send", is_flag=True, help="Show what would be sent to the address in [publish.TARGET]; see --yes.")
@click.option("--yes", is_flag=True, help="With --send: send it, with the token in GAMEDAY_PUBLISH_TOKEN.")
@config_option()
def publish(run_dir: Path, target: str, out: Path | None, send: bool, yes: bool, config: Path | None) -> None:
    """Write a run's postmortem as the payload of a tool.

    RUN is a run's folder; it is judged again first. It may also be what `gameday reconcile --out` wrote: then its
    findings are published, such as an issue for each. Names that the contract classifies as confidential are masked,
    and texts are escaped as the tool needs it. Nothing is sent without --send and --yes. An unknown TARGET is refused
    with the known ones.
    """
    from gameday.base.errors import GamedayError
    from gameday.base.whole_file import write_whole
    from gameday_reports.outlet import outlets
    from gameday_reports.reconcile.folder import ReconciledFolder

    outlet = outlets[target]
    if yes and not send:
        raise GamedayError("--yes without --send", hint="--send --yes sends the payload")
    if ReconciledFolder.is_one(run_dir):
        if outlet.reconciled is None:
            takes = ", ".join(sorted(name for name, each in outlets.items() if each.reconciled))
            raise GamedayError(f"{target} takes no reconciliation", hint=f"known: {takes}")
        text = outlet.reconciled(ReconciledFolder(run_dir))
        body = text.encode()
    else:
        run = _recorded(run_dir)
        text = outlet.text(run) if send or out is None else ""
        body = outlet.file(run, out) if out is not None and not send else b""
    if send:
        _send(outlet, target, text, config, yes=yes)
    elif out is None:
        show_document(text)
    else:
        write_whole(out, body)
        show(str(out))


def _recorded(run_dir: Path) -> RecordedRun:
    """A run, judged again. Raises GamedayError for one whose records are not as they were sealed."""
    from gameday.base.errors import GamedayError
    from gameday.scoring.judge import check_run
    from gameday.scoring.run_folder import Run
    from gameday.scoring.seal import verify
    from gameday_reports.recorded import RecordedRun

    seal = verify(run_dir)
    if seal.word in ("altered", "exposed"):
        raise GamedayError(f"{run_dir} is {seal.sentence}", hint="what is published is what the run recorded")
    run = RecordedRun(run_dir, case=check_run(Run(run_dir)).case)
    if seal.sentence:
        show(f"seal: {seal.sentence}", err=True)
    return run


def _send(outlet: Outlet, target: str, text: str, config: Path | None, *, yes: bool) -> None:
    """Send the payload, or show what would be sent. Raises GamedayError without an address, and for what is refused."""
    import msgspec

    from gameday.base.errors import GamedayError
    from gameday.config.gameday_toml import load_config
    from gameday_reports.sending import dry, over_http

    if outlet.send is None:
        raise GamedayError(f"nothing is sent to {target}", hint="write the file, and send it with your own client")
    table = load_config(config).publish.get(target)
    if table is None:
        raise GamedayError(f"no address for {target}", hint=f"write [publish.{target}] with url in gameday.toml")
    payload = msgspec.json.decode(text)
    calls: list[str] = []
    said = outlet.send(payload, table.fields, over_http(table, outlet.headers) if yes else dry(table, calls))
    for call in calls:
        show(f"would send: {call}")
    show(f"sent to {table.url}: {said}" if yes else "nothing was sent; --yes sends it")
