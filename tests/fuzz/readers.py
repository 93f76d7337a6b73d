"""Every reader of a file, as a function of the file's bytes: it returns, or raises GamedayError with one line."""

from __future__ import annotations

import contextlib
import datetime
import io
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fuzz.samples import samples
from fuzz.target import Reader, Target
from gameday.base.errors import GamedayError
from gameday.capture.listen import read_letters
from gameday.capture.recording import load_recording
from gameday.config.gameday_toml import init_text, load_config
from gameday.contracts.compatibility.checks import check_contracts
from gameday.contracts.compatibility.document import parse_document
from gameday.contracts.compatibility.sign_offs import parse_sign_offs
from gameday.contracts.drafting.records import draft_records
from gameday.contracts.flows import read_flows
from gameday.contracts.odcs import load_contract
from gameday.contracts.rates import read_rates
from gameday.gate.ignore import read_ignore_list
from gameday.model.history import History
from gameday.records.read import read_records
from gameday.run.metrics_watch import samples_of
from gameday.run.rollback import read as read_rollback
from gameday.scoring.deployment import Question, _gates_of
from gameday.scoring.inventory import take_inventory
from gameday.scoring.judge import check_run
from gameday.scoring.run_folder import Run
from gameday.workloads.deals_file import DealsFile
from gameday_reports.dashboard.runs import read_runs
from gameday_reports.sidecar_reader import read_sidecar

FLOW = "closed-won-to-sales-order"
TODAY = datetime.date(2026, 11, 28)


def _file(name: str, read: Callable[[Path], object]) -> Reader:
    def of(data: bytes, folder: Path) -> object:
        path = folder / name
        path.write_bytes(data)
        return read(path)

    return of


def _crm_fields() -> Any:
    from gameday_scenarios import __path__ as where

    return load_contract(FLOW, [Path(where[0]) / "contracts"]).crm_fields


def _part_of_run(whole: Path, name: str) -> Reader:
    """A run's folder in which one file is this one: it is judged, listed, and shown on the dashboard."""

    def of(data: bytes, folder: Path) -> None:
        run_dir = folder / whole.name
        shutil.copytree(whole, run_dir, dirs_exist_ok=True)
        (run_dir / name).write_bytes(data)
        try:
            read_runs(folder, folder)
            with contextlib.suppress(GamedayError):
                Run(run_dir).scorecard()
            check_run(Run(run_dir))
        finally:
            shutil.rmtree(run_dir)

    return of


def _flows(path: Path) -> None:
    flows = read_flows(path)
    read_rates(path)
    take_inventory(flows, path.parent, today=TODAY, contracts={}, stale_after_days=90)


def _gate_file(data: bytes, folder: Path) -> None:
    path = folder / "gates" / "x" / "gate.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    list(_gates_of(Question(stack="s", version="1", scenarios=(), contracts={}), folder))


def _recording(data: bytes, folder: Path) -> None:
    (folder / "recording.json").write_bytes(data)
    (folder / "records.jsonl").write_bytes(b"")
    load_recording(folder)


def _metrics(data: bytes, _: Path) -> None:
    with contextlib.suppress(ValueError):
        samples_of(data.decode(errors="replace"))


def _rollback(data: bytes, folder: Path) -> None:
    (folder / "rollback.jsonl").write_bytes(data)
    read_rollback(folder)


def _sidecar(data: bytes, folder: Path) -> None:
    (folder / "postmortem.yaml").write_bytes(data)
    read_sidecar(folder)


def targets(whole: Path) -> Mapping[str, Target]:
    """All readers; ``whole`` is a run's folder that is judged without a mistake."""
    import gameday_scenarios

    library = Path(gameday_scenarios.__path__[0])
    contract = tuple(path.read_bytes() for path in sorted((library / "contracts").glob("*.yaml")))
    deals = b"\n".join((library / "deals" / "superstore-sample.csv").read_bytes().splitlines()[:5]) + b"\n"
    fields = _crm_fields()
    return {
        "configuration": Target(_file("gameday.toml", load_config), (init_text().encode(), *samples("stack"))),
        "feature": Target(_file("x.feature", _plan), samples("feature")),
        "contract": Target(lambda data, _: parse_document(data, path="f.crm.yaml"), contract),
        "contract check": Target(lambda data, _: check_contracts({"f.crm.yaml": data}), contract),
        "registry, YAML": Target(_file("flows.yaml", _flows), ((library / "flows.yaml").read_bytes(),)),
        "registry, CSV": Target(_file("flows.csv", _flows), samples("registry_csv")),
        "sign-offs": Target(lambda data, _: parse_sign_offs(data, path="s.yaml"), samples("sign_offs")),
        "ignore list": Target(_file("i.yaml", lambda path: read_ignore_list(path, TODAY)), samples("ignore_list")),
        "postmortem.yaml": Target(_sidecar, samples("postmortem")),
        "order book, CSV": Target(_file("d.csv", lambda path: list(DealsFile(path).rows())), (deals,)),
        "order book, JSON": Target(
            _file("d.jsonl", lambda path: list(DealsFile(path).rows())), samples("order_book_json")
        ),
        "records, JSON": Target(
            _file("r.jsonl", lambda path: list(read_records(path, fields))), samples("records_json")
        ),
        "records, CSV": Target(_file("r.csv", lambda path: list(read_records(path, fields))), samples("records_csv")),
        "records, drafted": Target(
            lambda data, _: draft_records(io.BytesIO(data), "x", side="crm"), samples("records_json")
        ),
        "recording": Target(_recording, samples("recording")),
        "rollback log": Target(_rollback, samples("rollback")),
        "gate verdict": Target(_gate_file, samples("gate")),
        "dead letters": Target(lambda data, _: read_letters(data), samples("dead_letters")),
        "metrics": Target(_metrics, samples("metrics")),
        "history": Target(_file("h.jsonl", History.read), ((whole / "history.jsonl").read_bytes(),)),
        **{
            f"run folder: {path.name}": Target(_part_of_run(whole, path.name), (path.read_bytes(),))
            for path in sorted(whole.iterdir())
            if path.suffix in (".json", ".jsonl")
        },
    }


def _plan(path: Path) -> None:
    from gameday.model.settings import Settings
    from gameday.steps.planning import plan_scenarios

    plan_scenarios([path], Settings(mode="plan"))
