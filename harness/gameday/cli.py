"""The command line: parse the arguments, call one function, choose the exit code."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from gameday import __version__
from gameday.base.errors import EXIT_INCONCLUSIVE, EXIT_USAGE, GamedayError
from gameday.base.interruption import hang_up_is_interrupt
from gameday.base.terminal import forget_output, prepare, show, show_lines
from gameday.commands.lazy import LazyGroup

#: As of a command that ended by SIGPIPE.
EXIT_BROKEN_PIPE = 141
#: Where it is set, a mistake of the harness itself ends with its traceback.
TRACEBACK_VARIABLE = "GAMEDAY_TRACEBACK"

#: Each command with its place and its line in the help, so that the help need not import them.
COMMANDS = {
    "run": ("gameday.commands.run:run", "Run game-day scenarios against a stack and score it."),
    "merge": ("gameday.commands.merge:merge", "Put the runs of several jobs together, with one report."),
    "explore": (
        "gameday.commands.explore:explore",
        "Search for the schedule of faults that breaks a stack.",
    ),
    "new": ("gameday.commands.new:new", "Write a feature from a failure mode, a fault, or a few answers."),
    "plan": ("gameday.commands.plan:plan", "Show what a feature would do, without doing it."),
    "brief": (
        "gameday.commands.brief:brief",
        "Print a game day's card: hypothesis, abort conditions, timeline.",
    ),
    "tabletop": (
        "gameday.commands.tabletop:tabletop",
        "Make a tabletop kit from a recorded run, or runbooks.",
    ),
    "check": ("gameday.commands.check:check", "Judge a recorded run again from its history and ledgers."),
    "report": ("gameday.commands.report:report", "Write the reports of a recorded run again."),
    "export": ("gameday.commands.export:export", "Copy a run's records, redacted, to send them to somebody."),
    "publish": (
        "gameday.commands.publish:publish",
        "Write a run's postmortem as the payload of a tool, such as Jira.",
    ),
    "repair": ("gameday.commands.repair:repair", "Try a run's repair list in a sandbox and compare the ledgers again."),
    "dashboard": ("gameday.commands.dashboard:dashboard", "Build a static site about all runs of a folder."),
    "compare": ("gameday.commands.compare:compare", "Compare two runs, or the runs of two versions of a stack."),
    "list": (
        "gameday.commands.list:list_",
        "List faults, steps, workloads, fakes, stacks, contracts, runs and more.",
    ),
    "gate": ("gameday.commands.gate:gate", "Stop a deploy that would break the sync."),
    "fakes": ("gameday.commands.fakes:fakes", "Serve the fake CRM, ERP, pager and ticket system on their own."),
    "sandbox": (
        "gameday.commands.sandbox:sandbox",
        "Check the sandbox tenants of a flow, and remove what runs have made there.",
    ),
    "contract": ("gameday.commands.contract:contract", "Check, compare and draft the contracts of a flow."),
    "organisation": (
        "gameday.commands.organisation:organisation",
        "Make the organisation that the fake CRM and ERP serve.",
    ),
    "record": ("gameday.commands.record:record", "Record recent traffic, redacted, as a sample for the gate."),
    "reconcile": (
        "gameday.commands.reconcile:reconcile",
        "Compare exports of the CRM and the ERP by a contract.",
    ),
    "can-deploy": (
        "gameday.commands.can_deploy:can_deploy",
        "Say from the recorded runs whether a version can be deployed.",
    ),
    "record-deployment": (
        "gameday.commands.record_deployment:record_deployment",
        "Record what was deployed to an environment.",
    ),
    "record-result": (
        "gameday.commands.record_deployment:record_result",
        "Record the result of a canary or a reconciliation.",
    ),
    "record-incident": (
        "gameday.commands.record_incident:record_incident",
        "Record a real incident, apart from drills.",
    ),
    "inventory": ("gameday.commands.inventory:inventory", "Show, check or export the flows of the registry."),
    "init": ("gameday.commands.init:init", "Write a gameday.toml for your own stack."),
    "doctor": (
        "gameday.commands.doctor:doctor",
        "Check that your stack works with the fakes, and that its alerts arrive.",
    ),
    "stop": ("gameday.commands.stop:stop", "Stop the runs of a folder, or one; every fault is healed."),
    "confirm": ("gameday.commands.stop:confirm", "Confirm that somebody watches a run with a dead-man's switch."),
    "heal": ("gameday.commands.heal:heal", "Heal every fault that a crashed run left active."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gameday")
def cli() -> None:
    """Chaos and game days for CRM-to-ERP syncs.

    Every deal won must become exactly one correct order. gameday causes the failures that prevent it, on purpose,
    and compares the ledgers of CRM and ERP to show what happened to every deal.

    Exit codes: 0 passed, 1 failed, 2 a mistake in the command or a file, 3 inconclusive or aborted.
    """


def main(arguments: list[str] | None = None) -> Any:
    """Entry point. Every mistake of a user, and of ours, is one line on standard error."""
    prepare()
    hang_up_is_interrupt()
    try:
        result = cli.main(args=arguments, prog_name="gameday", standalone_mode=False)
    except click.exceptions.Abort:
        show("gameday: interrupted", err=True)
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as problem:
        show_lines(problem.format_message().splitlines(), err=True)
        sys.exit(EXIT_USAGE)
    except click.ClickException as problem:
        context = getattr(problem, "ctx", None)
        where = f" (see: {context.command_path} --help)" if context else ""
        show(f"gameday: {problem.format_message()}{where}", err=True)
        sys.exit(EXIT_USAGE)
    except GamedayError as problem:
        show_lines((f"gameday: {line}" for line in problem.lines), err=True)
        sys.exit(problem.exit_code)
    except KeyboardInterrupt:
        show("gameday: interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of the output has left, as with `gameday list | head`.
        forget_output()
        sys.exit(EXIT_BROKEN_PIPE)
    except OSError as problem:
        show(f"gameday: {_named(problem)}", err=True)
        sys.exit(EXIT_USAGE)
    except Exception as problem:
        # Links that lead to each other, before Python 3.13.
        if isinstance(problem, RuntimeError) and str(problem).startswith("Symlink loop"):
            show(f"gameday: {problem}", err=True)
            sys.exit(EXIT_USAGE)
        if os.environ.get(TRACEBACK_VARIABLE):
            raise
        place = traceback.extract_tb(problem.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        text = f"{where}: {type(problem).__name__}: {str(problem)[:300]}"
        show(f"gameday: a mistake in gameday itself: {text} ({TRACEBACK_VARIABLE}=1 shows where)", err=True)
        sys.exit(EXIT_INCONCLUSIVE)
    sys.exit(result if isinstance(result, int) else 0)


def _named(problem: OSError) -> str:
    """What could not be done with which file, on one line."""
    name = problem.filename
    reason = problem.strerror or str(problem) or type(problem).__name__
    return f"{os.fsdecode(name)}: {reason}" if isinstance(name, str | bytes) else reason


if __name__ == "__main__":
    main()
