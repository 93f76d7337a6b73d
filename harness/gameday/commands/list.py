"""``gameday list``: what there is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from gameday.commands.options import config_option, runs_folder, runs_option
from gameday.config.features import library

Row = tuple[str, str]


def _first_line(thing: object) -> str:
    return (thing.__doc__ or "").strip().partition("\n")[0]


def _faults() -> Iterator[Row]:
    from gameday.model.fault import faults

    for name, kind in faults.items():
        import sys

        module = sys.modules[kind.__module__]
        parts = [
            f.name.replace("_", " ") + ("" if f.default is dataclasses.MISSING else f" = {f.default}")
            for f in dataclasses.fields(kind)
        ]
        given = f" Parameters: {', '.join(parts)}." if parts else ""
        yield name, f"[{kind.layer}; strikes {', '.join(kind.targets)}] {_first_line(module)}{given}"


def _expectations() -> Iterator[Row]:
    from gameday.model.checker import checkers

    for name, checker in checkers.items():
        yield name, _first_line(checker)


def _workloads() -> Iterator[Row]:
    from gameday.model.workload import workloads

    for name, make in workloads.items():
        yield name, _first_line(make)


def _fakes() -> Iterator[Row]:
    import sys

    from gameday_fakes.registry import fake_kinds

    for name, fake in sorted(fake_kinds().items()):
        yield name, f"[{fake.role}] {_first_line(sys.modules[fake.__module__.rpartition('.')[0]])}"


def _scenarios() -> Iterator[Row]:
    from gameday.model.settings import Settings
    from gameday.steps.planning import plan_scenarios

    for outcome in plan_scenarios([library()], Settings(mode="plan")):
        yield outcome.scenario, str(Path(outcome.feature).relative_to(library()))


@click.command("list")
@click.argument("what", required=False)
@runs_option()
@config_option()
def list_(what: str | None, runs_dir: Path | None, config: Path | None) -> None:
    """List faults, expectations, workloads, stacks, contracts, fakes, scenarios or runs."""
    from gameday.base.errors import unknown

    def stacks() -> Iterator[Row]:
        from gameday.config.gameday_toml import load_config
        from gameday.config.stack_table import PLANTED, planted_bugs

        configured = load_config(config)
        for name in configured.stack_names():
            table = configured.stack(name)
            yield name, " ".join(table.command) or table.url
        for bug, line in planted_bugs().items():
            yield f"{PLANTED}+{bug}", line

    def contracts() -> Iterator[Row]:
        from gameday.config.gameday_toml import load_config
        from gameday.contracts.odcs import list_contracts

        yield from list_contracts(load_config(config).contract_folders)

    def runs() -> Iterator[Row]:
        from gameday.scoring.run_folder import list_runs

        for run in list_runs(runs_folder(runs_dir)):
            yield run.dir.name, " ".join(run.headline())

    kinds: dict[str, Callable[[], Iterator[Row]]] = {
        "faults": _faults,
        "expectations": _expectations,
        "workloads": _workloads,
        "stacks": stacks,
        "contracts": contracts,
        "fakes": _fakes,
        "scenarios": _scenarios,
        "runs": runs,
    }
    if what is not None and what not in kinds:
        raise unknown("kind", what, kinds)
    for kind in [what] if what else kinds:
        if not what:
            click.secho(kind, bold=True)
        rows = list(kinds[kind]())
        width = min(32, max((len(name) for name, _ in rows), default=0))
        for name, line in rows:
            click.echo(f"  {name:{width}}  {line}")
