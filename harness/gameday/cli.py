"""The command line: parse, call one function, choose the exit code."""

from __future__ import annotations

import sys
from typing import Any

import click

from gameday import __version__
from gameday.base.errors import EXIT_USAGE, GamedayError
from gameday.commands.lazy import LazyGroup

#: Each command, where it is, and its line in the help: so that the help imports none of them.
COMMANDS = {
    "run": ("gameday.commands.run:run", "Run game-day scenarios against a stack and score it."),
    "plan": ("gameday.commands.plan:plan", "Show what a feature would do, without doing it."),
    "brief": ("gameday.commands.brief:brief", "Print the day's card: hypothesis, roles, abort conditions, timeline."),
    "tabletop": ("gameday.commands.tabletop:tabletop", "Make a table-top kit of a recorded run, or the runbooks."),
    "check": ("gameday.commands.check:check", "Judge a recorded run again, from its history and ledgers."),
    "report": ("gameday.commands.report:report", "Write the reports of a recorded run again."),
    "repair": ("gameday.commands.repair:repair", "Try a run's repair list in a sandbox and judge the books again."),
    "dashboard": ("gameday.commands.dashboard:dashboard", "Build a static site over all runs of a folder."),
    "list": ("gameday.commands.list:list_", "List faults, expectations, workloads, stacks, contracts, fakes or runs."),
    "gate": ("gameday.commands.gate:gate", "Fail the deploy that would break the sync."),
    "fakes": ("gameday.commands.fakes:fakes", "Serve the fake CRM, ERP, pager and tickets by themselves."),
    "contract": ("gameday.commands.contract:contract", "Check, compare and draft the contracts of a flow."),
    "record": ("gameday.commands.record:record", "Record recent traffic, redacted, as a sample for the gate."),
    "can-deploy": (
        "gameday.commands.can_deploy:can_deploy",
        "Answer from the recorded runs whether a version can be deployed.",
    ),
    "inventory": ("gameday.commands.inventory:inventory", "Show, check or export the flows of the registry."),
    "init": ("gameday.commands.init:init", "Write a gameday.toml for your own stack."),
    "doctor": ("gameday.commands.doctor:doctor", "Check that your stack, its table and its alerts are reachable."),
    "heal": ("gameday.commands.heal:heal", "Undo every fault that a dead harness left behind."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gameday")
def cli() -> None:
    """Chaos and game days for CRM-to-ERP syncs.

    Every deal won must become exactly one right order. gameday makes the days on which that fails, on purpose,
    and reads from the two ledgers what became of every deal.

    Exit codes: 0 valid, 1 invalid, 2 usage or configuration, 3 unknown.
    """


def main(arguments: list[str] | None = None) -> Any:
    """Entry point. Every error that a user can cause is one line on standard error."""
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
