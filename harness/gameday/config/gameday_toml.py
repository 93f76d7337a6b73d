"""Reads gameday.toml: run settings and your own stacks. Every setting has a default, so the file may be absent."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import read_table, shown
from gameday.config.publish import PublishTable, read_publish
from gameday.config.reconcile import ReconcileTable, read_reconcile
from gameday.config.safety import read_safety
from gameday.config.sandbox import SandboxTable, read_sandbox
from gameday.config.signal_routes import SignalsTable, read_signals
from gameday.config.stack_table import StackTable, bundled_stacks, read_stack, stack_table
from gameday.model.abort import AbortCondition
from gameday.model.settings import Settings
from gameday.records.deals_file import COLUMNS

__all__ = ["CONFIG_FILE", "Config", "RunTable", "StackTable", "init_text", "load_config"]

CONFIG_FILE = "gameday.toml"

_MAX_BYTES = 256 * 1024

_Text = Annotated[str, Meta(min_length=1, pattern=r"^[^\x00]*\Z")]


class RunTable(msgspec.Struct, frozen=True):
    """``[run]``: the defaults of `gameday run`.

    ``pace``: scenario seconds in a real second. ``parallel``: scenarios at a time, 0 for as many as suit the cores.
    ``runs``: the folder of the runs. ``stacks`` and ``seeds``: each scenario runs against each stack with each seed.
    """

    pace: Annotated[float, Meta(gt=0, le=100_000)] = 60.0
    parallel: Annotated[int, Meta(ge=0, le=1024)] = 0
    runs: _Text = "runs"
    stacks: Annotated[tuple[_Text, ...], Meta(min_length=1)] = ("brittle", "durable")
    seeds: Annotated[tuple[Annotated[int, Meta(ge=0, le=2**63 - 1)], ...], Meta(min_length=1)] = (1,)


class _FakesTable(msgspec.Struct, frozen=True):
    """``[fakes]``: fakes that run already; ``control`` is the URL of their control plane."""

    control: Annotated[str, Meta(pattern=r"^(|https?://[!-~]+)\Z")] = ""


class _ContractsTable(msgspec.Struct, frozen=True):
    """``[contracts]``: folders of contracts, searched before the bundled ones, and what proves a sign-off at least.

    ``against`` are the versions that are still deployed, as ``--against`` names them.
    """

    folders: tuple[_Text, ...] = ()
    against: tuple[_Text, ...] = ()
    sign_off_proof: Literal["author", "signature", "approval"] = "author"


class _DealsTable(msgspec.Struct, frozen=True):
    """``[deals]``: the headers of an order book (`--deals FILE`) by column, where they have unusual names."""

    columns: dict[str, _Text] = {}


class _FlowsTable(msgspec.Struct, frozen=True):
    """``[flows]``: the registry of flows, YAML or CSV; without one, the bundled registry."""

    file: Annotated[str, Meta(pattern=r"^[^\x00]*\Z")] = ""


class _OrganisationTable(msgspec.Struct, frozen=True):
    """``[organisation]``: the folder of what the fake CRM and ERP serve; without one, the bundled organisation.

    ``endpoints`` are the Python files of its own endpoints by fake, which the fakes run.
    """

    folder: Annotated[str, Meta(pattern=r"^[^\x00]*\Z")] = ""
    endpoints: dict[str, _Text] = {}


class _ResultsTable(msgspec.Struct, frozen=True):
    """``[results]``: where results are kept after a job; see gameday.scoring.results.store."""

    store: Annotated[str, Meta(pattern=r"^[^\x00]*\Z")] = ""


class Config(msgspec.Struct, frozen=True):
    """All settings. Paths from a file are made absolute. ``stacks`` are those of the file.

    ``organisation`` is the folder of what the fake CRM and ERP serve; None for the bundled organisation.
    ``endpoints`` are the files of its own endpoints by fake.
    ``deal_columns`` is what the workload "deals file" takes as its parameter ``columns``.
    ``safety`` are the abort conditions of every run. ``publish`` are the addresses of tools, by target.
    ``sandbox`` says which flows run in sandbox tenants; None where all run with fakes. ``reconcile`` are the tenants
    that are read to be reconciled; None without any.
    """

    run: RunTable = RunTable()
    fakes_url: str = ""
    contract_folders: tuple[Path, ...] = ()
    against: tuple[str, ...] = ()
    deal_columns: dict[str, str] = {}
    stacks: dict[str, StackTable] = {}
    flows_file: Path | None = None
    signals: SignalsTable = SignalsTable()
    organisation: Path | None = None
    endpoints: dict[str, Path] = {}
    safety: tuple[AbortCondition, ...] = ()
    path: Path | None = None
    results: str = ""
    sign_off_proof: str = "author"
    publish: dict[str, PublishTable] = {}
    sandbox: SandboxTable | None = None
    reconcile: ReconcileTable | None = None

    @property
    def runs_dir(self) -> Path:
        """The folder of the runs."""
        return Path(self.run.runs)

    def results_address(self, given: str | None) -> str:
        """The store of results: the given one, else the configured one. Raises GamedayError without either."""
        address = self.results if given is None else given
        if not address:
            raise GamedayError("no store of results", hint="give --results ADDRESS, or store in [results]")
        return address

    def stack(self, name: str) -> StackTable:
        """The table of a stack: own, bundled, or ``durable+<bug>``. Raises GamedayError naming the known ones."""
        return stack_table(name, self.stacks)

    def stack_names(self) -> Iterator[str]:
        """The stacks of the file and the bundled ones, without the planted bugs."""
        yield from sorted({*self.stacks, *bundled_stacks()})


def config_of(settings: Settings) -> Config:
    """The configuration that the settings of a session name, else that of the folder. Raises GamedayError."""
    return load_config(Path(settings.config) if settings.config else None)


def load_config(path: Path | None = None) -> Config:
    """Read ``path``, or ./gameday.toml if there is one, else all defaults.

    Raises GamedayError naming the file, the key and the bad value.
    """
    if path is None:
        path = Path(CONFIG_FILE)
        if not path.exists():
            return Config()
    tables = _read_toml(path)
    known = {
        "run",
        "stack",
        "fakes",
        "contracts",
        "deals",
        "flows",
        "organisation",
        "signals",
        "safety",
        "sandbox",
        "reconcile",
        "results",
        "publish",
    }
    for key in tables:
        if key not in known:
            raise unknown("table", key[:80], known, where=str(path))
    folder = path.absolute().parent
    run = read_table(RunTable, tables.get("run", {}), where=f"[run] of {path}")
    fakes = read_table(_FakesTable, tables.get("fakes", {}), where=f"[fakes] of {path}")
    contracts = read_table(_ContractsTable, tables.get("contracts", {}), where=f"[contracts] of {path}")
    deals = read_table(_DealsTable, tables.get("deals", {}), where=f"[deals] of {path}")
    flows = read_table(_FlowsTable, tables.get("flows", {}), where=f"[flows] of {path}")
    organisation = read_table(_OrganisationTable, tables.get("organisation", {}), where=f"[organisation] of {path}")
    results = read_table(_ResultsTable, tables.get("results", {}), where=f"[results] of {path}")
    for column in deals.columns:
        if column not in COLUMNS:
            raise unknown("column", column[:80], COLUMNS, where=f"[deals] of {path}")
    return Config(
        run=msgspec.structs.replace(run, runs=str(folder / run.runs)),
        fakes_url=fakes.control,
        contract_folders=tuple(folder / name for name in contracts.folders),
        against=contracts.against,
        sign_off_proof=contracts.sign_off_proof,
        deal_columns=deals.columns,
        stacks=_read_stacks(tables.get("stack", {}), path, folder),
        flows_file=folder / flows.file if flows.file else None,
        organisation=folder / organisation.folder if organisation.folder else None,
        endpoints={fake: folder / file for fake, file in organisation.endpoints.items()},
        signals=read_signals(tables.get("signals", {}), path),
        safety=read_safety(tables["safety"], path) if "safety" in tables else (),
        publish=read_publish(tables.get("publish", {}), path),
        sandbox=read_sandbox(tables["sandbox"], path) if "sandbox" in tables else None,
        reconcile=read_reconcile(tables["reconcile"], path) if "reconcile" in tables else None,
        path=path.absolute(),
        results=results.store if ":" in results.store or not results.store else str(folder / results.store),
    )


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise GamedayError(f"{path} has more than {_MAX_BYTES:,} bytes", hint="is it a gameday.toml?")
        return tomllib.loads(path.read_bytes().decode())
    except OSError as problem:
        raise GamedayError(f"cannot read {path}: {problem.strerror}", hint="`gameday init` writes one") from None
    except UnicodeDecodeError as problem:
        raise GamedayError(f"{path} is not UTF-8 (byte {problem.start})") from None
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as problem:
        raise GamedayError(f"{path} is not TOML: {str(problem)[:200] or type(problem).__name__}") from None


def _read_stacks(tables: object, path: Path, folder: Path) -> dict[str, StackTable]:
    if not isinstance(tables, dict):
        raise GamedayError(f"'stack' in {path} is {shown(tables)}, not a table", hint="write [stack.<name>]")
    bundled = bundled_stacks() if tables else {}
    stacks = {}
    for name, table in tables.items():
        if name in bundled:
            raise GamedayError(f"[stack.{name}] of {path} has the name of a bundled stack", hint="choose another")
        stack = read_stack(name, table, file=str(path))
        stacks[name] = msgspec.structs.replace(stack, directory=str(folder / stack.directory))
    return stacks


def init_text() -> str:
    """A commented gameday.toml, as `gameday init` writes it."""
    return resources.files("gameday.config").joinpath("gameday.toml").read_text("utf-8")
