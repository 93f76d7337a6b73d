"""The current stack's replays are used again where nothing has changed, and never otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.config.gameday_toml import Config
from gameday.config.stack_table import StackTable
from gameday.gate.current_runs import FOLDER, CurrentRun, kept_or_run
from gameday.gate.request import Request
from gameday.model.workload import Catalog, Workload
from gameday.run.setup import LedgerSnapshot

EMPTY = Workload(Catalog((), ()), ())


class Gate:
    """A request with a recording, and how often the current stack was run for it."""

    def __init__(self, folder: Path, case: Any) -> None:
        self.case = case
        self.runs = 0
        (folder / "recording").mkdir()
        (folder / "recording" / "recording.json").touch()
        self.cache = folder / "gates" / FOLDER
        self.request = msgspec.structs.replace(
            REQUEST,
            folder=folder / "gates" / "g1",
            records=folder / "recording",
            current=StackTable("today", version="1.4.1"),
        )

    def ask(self, *, overloaded: str = "", workload: Workload = EMPTY, **changed: Any) -> bool:
        """Whether the replays are those of an earlier gate."""

        def run() -> tuple[CurrentRun, ...]:
            self.runs += 1
            snapshot = LedgerSnapshot(self.case.crm, self.case.erp)
            return (CurrentRun(snapshot, overloaded), CurrentRun(snapshot))

        request = msgspec.structs.replace(self.request, **changed)
        found, kept = kept_or_run(request, self.case.contract, workload, run)
        assert [each.ledgers.erp for each in found] == [self.case.erp] * 2
        return kept


REQUEST: Any = Request(
    name="deals", candidate_contract=None, candidate=None, records=Path(), folder=Path(), config=Config(), today=None
)  # type: ignore[arg-type]


@pytest.fixture
def gate(tmp_path: Path, story: Any) -> Gate:
    return Gate(tmp_path, story.deal("006A").order("006A").case())


def test_the_same_inputs_are_not_run_again(gate: Gate) -> None:
    assert [gate.ask(), gate.ask()] == [False, True]
    assert gate.runs == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 2},
        {"current": StackTable("today", version="1.4.2")},
        {"current": StackTable("today", version="1.4.1", env={"MODE": "new"})},
        {
            "workload": Workload(
                Catalog((), ()),
                (),
            )
        },
    ],
    ids=["seed", "version", "environment", "nothing"],
)
def test_what_has_changed_is_run_again(gate: Gate, changed: dict[str, Any]) -> None:
    gate.ask()
    assert gate.ask(**changed) is ("workload" in changed)


def test_another_organisation_is_run_again(gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "organisation").mkdir()
    own = {"config": Config(organisation=tmp_path / "organisation")}
    (tmp_path / "organisation" / "salesOrder.json").write_text("{}")
    assert [gate.ask(**own), gate.ask(**own)] == [False, True]
    (tmp_path / "organisation" / "salesOrder.json").write_text("[]")
    assert gate.ask(**own) is False


def test_a_stack_without_a_version_is_always_run(gate: Gate) -> None:
    unknown = {"current": StackTable("today")}
    assert [gate.ask(**unknown), gate.ask(**unknown)] == [False, False]


def test_records_that_are_no_recording_are_not_kept(gate: Gate, tmp_path: Path) -> None:
    raw = {"records": tmp_path / "export.csv"}
    assert [gate.ask(**raw), gate.ask(**raw)] == [False, False]
    assert not gate.cache.exists()


def test_a_run_on_a_busy_host_is_not_kept(gate: Gate) -> None:
    assert [gate.ask(overloaded="the host was busy"), gate.ask()] == [False, False]


def test_what_was_edited_is_not_used(gate: Gate) -> None:
    gate.ask()
    [path] = gate.cache.glob("*/replay.json")
    content = json.loads(path.read_text("utf-8"))
    content[0]["overloaded"] = "edited"
    path.write_text(json.dumps(content), "utf-8")
    assert gate.ask() is False


def test_what_another_gate_has_kept_meanwhile_is_whole(gate: Gate) -> None:
    def run() -> tuple[CurrentRun, ...]:
        gate.ask()
        return (CurrentRun(LedgerSnapshot(gate.case.crm, gate.case.erp)),) * 2

    kept_or_run(gate.request, gate.case.contract, EMPTY, run)
    assert gate.ask()
    assert [path.name for path in gate.cache.iterdir() if path.name.startswith(".")] == []
