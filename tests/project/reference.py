"""Writes docs/reference.md from the code: ``make docs``. A test holds the committed file against it."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from pathlib import Path

import click

from gameday.cli import COMMANDS, cli
from gameday.model.abort import conditions
from gameday.model.checker import checkers
from gameday.model.fault import faults
from gameday.model.workload import workloads
from gameday.steps import vocabulary
from gameday.steps.bdd import steps_of

REFERENCE = Path(__file__).parents[2] / "docs" / "reference.md"
WIDTH = 100


def main() -> int:
    """Write the file."""
    REFERENCE.write_text(render())
    return 0


def render() -> str:
    """The reference as Markdown."""
    parts = [
        '# Reference\n\nGenerated from the code by `make docs`. Durations in steps are written as "90 seconds", '
        '"15 minutes", "an hour". '
        "What is read in alerts and tickets: [how gameday reads your alerts](signals.md).\n",
        "## Steps\n\n" + _steps(),
        "## Faults\n\n" + _faults(),
        "## Expectations\n\n" + _expectations(),
        "## Abort conditions\n\n" + _conditions(),
        "## Workloads\n\n" + "".join(f"* **{name}**: {kind.description}\n" for name, kind in workloads.items()),
        "## Commands\n\n" + _commands(),
    ]
    return "\n".join(parts)


def _first(thing: object) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def _steps() -> str:
    lines = []
    for kind in ("given", "when", "then"):
        lines += [f"* {kind.title()} {step}" for step in steps_of(vocabulary, kind)]
    return "\n".join(lines).replace("<", "&lt;") + "\n"


def _faults() -> str:
    rows = ["| Fault | Layer | Targets | Parameters | What it is |", "|---|---|---|---|---|"]
    for name, kind in faults.items():
        given = ", ".join(
            f.name.replace("_", " ") + ("" if f.default is dataclasses.MISSING else f" = {f.default!r}")
            for f in dataclasses.fields(kind)
        )
        what = f"{_first(sys.modules[kind.__module__])} {' '.join((kind.__doc__ or '').split())}"
        rows.append(f"| {name} | {kind.layer} | {', '.join(kind.targets)} | {given} | {what} |")
    return "\n".join(rows) + "\n"


def _expectations() -> str:
    rows = ["| Expectation | Parameters | What must hold |", "|---|---|---|"]
    for name, checker in checkers.items():
        params = ", ".join(p.replace("_", " ") for p in list(inspect.signature(checker).parameters)[1:])
        rows.append(f"| {name} | {params} | {_first(checker)} |")
    return "\n".join(rows) + "\n"


def _conditions() -> str:
    rows = ["| Condition | Settings | When the run is aborted |", "|---|---|---|"]
    for name, kind in conditions.items():
        settings = ", ".join(kind.__struct_fields__)
        text = " ".join((inspect.getdoc(kind) or "").split()).replace("``", "`").replace("|", "&#124;")
        rows.append(f"| {name} | {settings} | {text} |")
    return "\n".join(rows) + "\n"


def _commands() -> str:
    texts = []
    root = click.Context(cli, info_name="gameday", **cli.context_settings)
    for name in COMMANDS:
        command = cli.get_command(root, name)
        if command is None:
            continue
        _forget_help(command)
        context = click.Context(command, info_name=name, parent=root, terminal_width=WIDTH, max_content_width=WIDTH)
        texts.append(f"### gameday {name}\n\n```\n{command.get_help(context)}\n```\n")
        if isinstance(command, click.Group):
            for each, sub in command.commands.items():
                _forget_help(sub)
                inner = click.Context(
                    sub, info_name=each, parent=context, terminal_width=WIDTH, max_content_width=WIDTH
                )
                texts.append(f"### gameday {name} {each}\n\n```\n{sub.get_help(inner)}\n```\n")
    return "\n".join(texts)


def _forget_help(command: click.Command) -> None:
    """A command that was called by itself keeps the option that it had then, without -h."""
    command._help_option = None


if __name__ == "__main__":
    sys.exit(main())
