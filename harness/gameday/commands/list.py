"""``gameday list``: everything in the registries, the vendors' catalogues and the folders."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from gameday.base.columns import columns
from gameday.base.terminal import Styled, show, show_json, show_wrapped
from gameday.commands.list_fakes import Row, Section, endpoint_sections, fake_sections, first_line, with_parameters
from gameday.commands.options import config_option, runs_folder, runs_option
from gameday.config.features import library

WIDEST_NAME = 32
#: How many columns the line beside a name should have.
LEAST_ROOM = 46
#: The heads of kinds whose rows need one.
HEADS = {"runs": "runs, the oldest first: result, scores, grade, unreported deals, money"}


@click.command("list")
@click.argument("what", required=False)
@click.argument("name", nargs=-1)
@click.option("--details", is_flag=True, help="Show parameters, units, possible values by vendor, and an example.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: for each kind its rows, name and line.")
@runs_option()
@config_option()
def list_(
    what: str | None, name: tuple[str, ...], details: bool, as_json: bool, runs_dir: Path | None, config: Path | None
) -> None:
    """List what there is: faults, expectations, workloads, operations, steps, fakes, stacks, contracts and so on.

    WHAT is one of these kinds; without it, all are listed. With the NAME of a fault, expectation, workload, operation
    or step, or a part of names, those are shown in full: parameters with their units and possible values, and an
    example; with --details all of a kind are. `gameday list fakes FAKE` shows everything that one fake knows:
    operations, errors, objects and fields, fault kinds, settings and business operations. `gameday list endpoints FAKE`
    shows what it answers over HTTP, and what the vendor has and the fake leaves out. `gameday list postmortems WORDS`
    finds the runs about which people wrote these words.
    """
    from gameday.base.errors import GamedayError, unknown
    from gameday.commands.list_details import has_details, show_details

    # Names of several words are often written without quotation marks.
    called = " ".join(name) or None
    if (details or called is not None) and what is not None and has_details(what):
        show_details(what, called, config, as_json=as_json)
        return
    if details:
        hint = "only faults, expectations, workloads, operations and steps have details"
        raise GamedayError(f"--details of {what or 'everything'} is not possible", hint=hint)

    kinds: dict[str, Callable[[], Iterator[Row]]] = {
        "faults": _faults,
        "expectations": _expectations,
        "conditions": _conditions,
        "workloads": _workloads,
        "operations": _operations,
        "steps": _steps,
        "signals": _signals,
        "fakes": _fakes,
        "stacks": lambda: _stacks(config),
        "contracts": lambda: _contracts(config),
        "scenarios": _scenarios,
        "runs": lambda: _runs(runs_dir),
        "postmortems": lambda: _postmortems(runs_dir),
    }
    of_a_fake: dict[str, Callable[[str, Path | None], list[Section]]] = {
        **{"fakes": fake_sections, "endpoints": endpoint_sections},
        "postmortems": lambda words, _: [("postmortems", list(_postmortems(runs_dir, words)))],
    }
    if what is not None and what not in kinds and what not in of_a_fake:
        raise unknown("kind", what, dict.fromkeys([*kinds, *of_a_fake]))
    if called is not None and what in of_a_fake:
        sections = of_a_fake[what](called, config)
    elif called is not None:
        hint = f"`gameday list {what}` takes no name"
        raise GamedayError(f"unexpected argument {called!r}", hint=hint)
    elif what == "endpoints":
        raise GamedayError("the name of a fake is missing", hint="`gameday list fakes` names them")
    else:
        sections = [(kind, list(kinds[kind]())) for kind in kinds if what in (None, kind)]
    if as_json:
        show_json(dict(sections))
    else:
        sections = [(HEADS.get(kind, kind), rows) for kind, rows in sections]
        _show(sections, headed=what in (None, *HEADS) or called is not None)


def _show(sections: list[Section], *, headed: bool) -> None:
    for title, rows in sections:
        if headed:
            show(Styled(title, bold=True))
        _show_rows(rows)


def _show_rows(rows: list[Row]) -> None:
    """Names and lines side by side; in a narrow terminal, or with long names, each line is below its name."""
    longest = max((len(name) for name, _ in rows), default=0)
    width, room = min(WIDEST_NAME, longest), columns()
    below = room is not None and (longest > WIDEST_NAME or room - width < LEAST_ROOM) and any(line for _, line in rows)
    for name, line in rows:
        if below:
            show_wrapped(f"  {name}", indent="    ")
            show_wrapped(f"      {line}".rstrip(), indent="      ")
        else:
            show_wrapped(f"  {name:{width}}  {line}".rstrip(), indent=" " * (width + 4))


def _faults() -> Iterator[Row]:
    import sys

    from gameday.model.fault import faults

    for name, kind in faults.items():
        parameters = [
            f.name.replace("_", " ") + ("" if f.default is dataclasses.MISSING else f" = {f.default}")
            for f in dataclasses.fields(kind)
        ]
        what = first_line(sys.modules[kind.__module__])
        yield name, with_parameters(f"[{kind.layer}; targets: {', '.join(kind.targets)}] {what}", parameters)


def _expectations() -> Iterator[Row]:
    from gameday.model.checker import checkers

    for name, checker in checkers.items():
        parameters = [each.replace("_", " ") for each in list(inspect.signature(checker).parameters)[1:]]
        yield name, with_parameters(first_line(checker).replace("``", "`"), parameters)


def _conditions() -> Iterator[Row]:
    from gameday.model.abort import conditions

    for name, kind in conditions.items():
        parameters = [each.replace("_", " ") for each in kind.__struct_fields__]
        yield name, with_parameters(first_line(kind).replace("``", "`"), parameters)


def _workloads() -> Iterator[Row]:
    from gameday.model.workload import workloads

    for name, kind in workloads.items():
        parameters = [each.replace("_", " ") for each in getattr(kind.params, "__struct_fields__", ())]
        yield name, with_parameters(kind.description, [each for each in parameters if each != "later"])


def _operations() -> Iterator[Row]:
    from gameday.model.workload import operations
    from gameday.steps.description import target_word
    from gameday.steps.descriptions import by_people

    for name, operation in operations.items():
        yield name, f"[{operation.act}] {operation.description}"
    for each in by_people(None):
        yield each.name, f"[{', '.join(target_word(target) for target in each.targets)}] {each.what}"


def _steps() -> Iterator[Row]:
    from gameday.steps import bdd
    from gameday.steps.described_steps import step_modules

    for module in step_modules():
        for kind in ("given", "when", "then"):
            for step in bdd.steps_of(module, kind):
                yield kind.title(), step


def _signals() -> Iterator[Row]:
    import sys

    from gameday.model.signal import signals

    for name, normalise in signals.items():
        yield name, first_line(sys.modules[normalise.__module__])


def _fakes() -> Iterator[Row]:
    import sys

    from gameday.steps.vendor_limits import vendors
    from gameday_fakes.registry import catalogue_of

    for name, fake in sorted(vendors().items()):
        module = sys.modules[fake.__module__]
        package = sys.modules.get(fake.__module__.rpartition(".")[0], module)
        known = catalogue_of(name)
        counts = f"{len(known.operations)} operations, {len(known.fault_kinds)} fault kinds"
        what = first_line(package if hasattr(package, "FAKE") else module)
        yield name, f"[{fake.role}; {counts}] {what}"


def _stacks(config: Path | None) -> Iterator[Row]:
    from gameday.config.gameday_toml import load_config
    from gameday.config.stack_table import PLANTED, planted_bugs

    configured = load_config(config)
    for name in configured.stack_names():
        table = configured.stack(name)
        yield name, "; ".join(" ".join(command) for command in table.commands) or table.url
    for bug, line in planted_bugs().items():
        yield f"{PLANTED}+{bug}", line


def _contracts(config: Path | None) -> Iterator[Row]:
    from gameday.config.gameday_toml import load_config
    from gameday.contracts.odcs import list_contracts

    yield from list_contracts(load_config(config).contract_folders)


def _scenarios() -> Iterator[Row]:
    from gameday.model.settings import Settings
    from gameday.steps.planning import plan_scenarios

    for outcome in plan_scenarios([library()], Settings(mode="plan")):
        yield outcome.scenario, str(Path(outcome.feature).relative_to(library()))


def _runs(runs_dir: Path | None) -> Iterator[Row]:
    from gameday.base.errors import GamedayError
    from gameday.scoring.headline import labelled
    from gameday.scoring.run_folder import list_runs
    from gameday.scoring.seal import verify_judged

    for run in list_runs(runs_folder(runs_dir)):
        try:
            result = run.verdicts()[0].word
        except GamedayError:
            yield run.dir.name, "not judged"
            continue
        seal = verify_judged(run.dir).word
        words = [result] if seal == "intact" else [result, seal]
        yield run.dir.name, ", ".join([*words, *labelled(run)])


def _postmortems(runs_dir: Path | None, words: str = "") -> Iterator[Row]:
    from gameday_reports.search import postmortems

    yield from postmortems(runs_folder(runs_dir), words)
