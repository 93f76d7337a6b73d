"""The current stack's replays are used again where nothing has changed, and never otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.base.errors import RunError
from gameday.config.gameday_toml import Config
from gameday.config.stack_table import StackTable
from gameday.gate import current_runs
from gameday.gate.contracts import LocatedContract, read_candidate
from gameday.gate.current_runs import FIRST, FOLDER, SECOND, CurrentRun, CurrentStack, KeptRuns
from gameday.gate.replay import run_all
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

    def ask(self, *names: str, overloaded: str = "", workload: Workload = EMPTY, **changed: Any) -> bool:
        """Whether the replay is that of an earlier gate."""
        request = msgspec.structs.replace(self.request, **changed)
        kept = KeptRuns(request, self.case.contract, workload)
        for name in names or (FIRST,):
            if found := kept.find(name):
                assert found.ledgers.erp == self.case.erp
                continue
            self.runs += 1
            kept.keep(name, CurrentRun(LedgerSnapshot(self.case.crm, self.case.erp), overloaded))
        return found is not None


REQUEST: Any = Request(
    name="deals",
    candidate_contract=read_candidate("closed-won-to-sales-order", ()),
    candidate=None,  # type: ignore[arg-type]
    records=Path(),
    folder=Path(),
    config=Config(),
    today=None,  # type: ignore[arg-type]
)


@pytest.fixture(scope="module")
def located() -> LocatedContract:
    return read_candidate("closed-won-to-sales-order", ())


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
    [path] = gate.cache.glob("*/*/replay.json")
    content = json.loads(path.read_text("utf-8"))
    content["overloaded"] = "edited"
    path.write_text(json.dumps(content), "utf-8")
    assert gate.ask() is False


def test_what_another_gate_has_kept_meanwhile_is_whole(gate: Gate) -> None:
    kept = KeptRuns(gate.request, gate.case.contract, EMPTY)
    gate.ask()
    kept.keep(FIRST, CurrentRun(LedgerSnapshot(gate.case.crm, gate.case.erp)))
    assert gate.ask()
    assert [path.name for path in gate.cache.rglob(".*")] == []


def test_a_second_replay_is_kept_beside_the_first(gate: Gate) -> None:
    gate.ask()
    assert [gate.ask(SECOND), gate.ask(FIRST, SECOND)] == [False, True]
    assert gate.runs == 2


def test_a_replay_that_failed_ends_nothing_beside_it(gate: Gate, located: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def replay(*_: Any, **__: Any) -> None:
        raise RunError("the stack did not start")

    monkeypatch.setattr(current_runs, "replay", replay)
    request = msgspec.structs.replace(gate.request, candidate_contract=located)
    current = CurrentStack(request, EMPTY, gate.request.current)
    assert run_all([], also=[current.carry_out(FIRST)]) == ()
    with pytest.raises(RunError, match="did not start"):
        current.replayed(FIRST)
