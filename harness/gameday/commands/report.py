"""``gameday report``: write a run's reports again; ``gameday report lint``: what keeps its postmortem from Final."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gameday.base.columns import columns
from gameday.base.errors import EXIT_FAILED, EXIT_PASSED
from gameday.base.terminal import show, show_json, show_wrapped


class ReportOrLint(click.Command):
    """``gameday report RUN``, or the command ``lint`` where that is the first word."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the command that is meant."""
        if args and args[0] == "lint":
            return lint.make_context(f"{info_name} lint", args[1:], parent=parent, **extra)
        return super().make_context(info_name, args, parent=parent, **extra)


@click.command(cls=ReportOrLint, epilog="`gameday report lint RUN` shows what keeps a postmortem from being Final.")
@click.argument("run_dirs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--sidecar", is_flag=True, help="Write a blank postmortem.yaml for people to fill in; never over one.")
@click.option("--pdf", is_flag=True, help="Postmortem, its appendix and brief as PDF too; needs WeasyPrint.")
@click.option("--unredacted", is_flag=True, help="Show names that the contract classifies as confidential.")
@click.option(
    "--fold",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write one page about these runs of one scenario and stack, too.",
)
def report(run_dirs: tuple[Path, ...], sidecar: bool, pdf: bool, unredacted: bool, fold: Path | None) -> None:
    """Write the reports of recorded runs again.

    RUN is a run's folder; its reports are written into it. They include what people enter in its postmortem.yaml.
    """
    for run_dir in run_dirs:
        _report(run_dir, sidecar=sidecar, pdf=pdf, unredacted=unredacted)
    if fold:
        from gameday_reports.folded import fold as fold_runs

        show(str(fold_runs(run_dirs, fold, unredacted=unredacted)))


def _report(run_dir: Path, *, sidecar: bool, pdf: bool, unredacted: bool) -> None:
    """Judge one run again and write its reports."""
    from gameday.scoring.judge import check_run
    from gameday.scoring.run_folder import Run
    from gameday.scoring.seal import verify
    from gameday_reports import render

    checked = check_run(Run(run_dir))
    if sentence := verify(run_dir).sentence:
        show(f"seal: {sentence}", err=True)
    if sidecar:
        from gameday_reports.blank_sidecar import write_sidecar

        show(str(write_sidecar(run_dir)))
    for path in render(run_dir, case=checked.case, unredacted=unredacted):
        show(str(path))
    if pdf:
        from gameday_reports.pdf import write_pdf

        for path in write_pdf(run_dir):
            show(str(path))


@click.command()
@click.argument("run_dir", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the violations as a JSON array.")
def lint(run_dir: Path, as_json: bool) -> int:
    """Show what keeps a run's postmortem from being Final.

    It finds open questions, actions without owner or date, wording that blames, and means of a few runs. Exits with 1
    if the status is Final and anything is found, else with 0.
    """
    from gameday.scoring.run_folder import Run
    from gameday_reports.lint import lint as look
    from gameday_reports.recorded import RecordedRun

    Run(run_dir).info()
    run = RecordedRun(run_dir)
    found = look(run)
    # On a terminal the path, which all of them share, is shown once.
    narrow = columns() is not None
    if as_json:
        show_json(found)
    else:
        for path in dict.fromkeys(violation.path for violation in found) if narrow else ():
            show(f"{path}:")
        for violation in found:
            where = [] if narrow else [violation.path]
            where += [str(violation.line)] if violation.line else []
            place = f"{':'.join(where)}: " if where else ""
            show_wrapped(f"{place}{violation.level}: {violation.message} [{violation.rule}]", indent="    ")
        errors = sum(violation.level == "error" for violation in found)
        show(f"{run.sidecar.status}: {len(found)} found, {errors} to fix before Final")
    return EXIT_FAILED if any(violation.level == "error" for violation in found) else EXIT_PASSED
