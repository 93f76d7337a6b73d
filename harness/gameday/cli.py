"""The command line: parse the arguments, call one function, choose the exit code."""

from __future__ import annotations

import sys
from typing import Any

import click

from gameday import __version__
from gameday.base.errors import EXIT_USAGE, GamedayError
from gameday.commands.lazy import LazyGroup

#: Each command with its place and its line in the help, so that the help need not import them.
COMMANDS = {
    "run": ("gameday.commands.run:run", "Run game-day scenarios against a stack and score it."),
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
    "repair": ("gameday.commands.repair:repair", "Try a run's repair list in a sandbox and compare the ledgers again."),
    "dashboard": ("gameday.commands.dashboard:dashboard", "Build a static site about all runs of a folder."),
    "list": (
        "gameday.commands.list:list_",
        "List faults, steps, workloads, fakes, stacks, contracts, runs and more.",
    ),
    "gate": ("gameday.commands.gate:gate", "Stop a deploy that would break the sync."),
    "fakes": ("gameday.commands.fakes:fakes", "Serve the fake CRM, ERP, pager and ticket system on their own."),
    "contract": ("gameday.commands.contract:contract", "Check, compare and draft the contracts of a flow."),
    "organisation": (
        "gameday.commands.organisation:organisation",
        "Make the organisation that the fake CRM and ERP serve.",
    ),
    "record": ("gameday.commands.record:record", "Record recent traffic, redacted, as a sample for the gate."),
    "can-deploy": (
        "gameday.commands.can_deploy:can_deploy",
        "Say from the recorded runs whether a version can be deployed.",
    ),
    "inventory": ("gameday.commands.inventory:inventory", "Show, check or export the flows of the registry."),
    "init": ("gameday.commands.init:init", "Write a gameday.toml for your own stack."),
    "doctor": (
        "gameday.commands.doctor:doctor",
        "Check that your stack works with the fakes, and that its alerts arrive.",
    ),
    "heal": ("gameday.commands.heal:heal", "Heal every fault that a crashed run left active."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gameday")
def cli() -> None:
    """Chaos and game days for CRM-to-ERP syncs.

    Every deal won must become exactly one correct order. gameday causes the failures that prevent it, on purpose,
    and compares the ledgers of CRM and ERP to show what happened to every deal.

    Exit codes: 0 passed, 1 failed, 2 a mistake in the command or a file, 3 inconclusive.
    """


def main(arguments: list[str] | None = None) -> Any:
    """Entry point. Every mistake of a user is one line on standard error."""
    try:
        result = cli.main(args=arguments, prog_name="gameday", standalone_mode=False)
    except click.exceptions.Abort:
        sys.stderr.write("gameday: interrupted\n")
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as problem:
        sys.stderr.write(f"{problem.format_message()}\n")
        sys.exit(EXIT_USAGE)
    except click.ClickException as problem:
        context = getattr(problem, "ctx", None)
        where = f" (see: {context.command_path} --help)" if context else ""
        sys.stderr.write(f"gameday: {problem.format_message()}{where}\n")
        sys.exit(EXIT_USAGE)
    except GamedayError as problem:
        sys.stderr.writelines(f"gameday: {line}\n" for line in problem.lines)
        sys.exit(problem.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("gameday: interrupted\n")
        sys.exit(130)
    sys.exit(result if isinstance(result, int) else 0)


if __name__ == "__main__":
    main()
