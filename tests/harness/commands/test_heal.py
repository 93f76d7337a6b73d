"""`gameday heal`: what was healed, what is still active, and what is dropped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gameday.commands.heal import heal
from gameday.run.rollback import ROLLBACK_FILE, RollbackLog
from gameday.run.rollback_entries import EndProcessesOf, HealFake
from support.commands import AS_BELOW_GAMEDAY
from support.rows import rows

#: Nothing listens there.
NOWHERE = "http://127.0.0.1:9"


def abandoned(runs: Path, *entries: HealFake | EndProcessesOf) -> None:
    """A run whose harness has ended."""
    folder = runs / "day"
    folder.mkdir(parents=True)
    log = RollbackLog(folder)
    for number, entry in enumerate(entries):
        log.before(f"{number}-fault", entry)
    log.close()
    path = folder / ROLLBACK_FILE
    first, *rest = path.read_text().splitlines()
    ended = {**json.loads(first), "harness": {"pid": 1, "started": "0"}}
    path.write_text("\n".join([json.dumps(ended), *rest]) + "\n")


def call(runs: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    result = CliRunner().invoke(heal, ["--runs", str(runs), *arguments], standalone_mode=False, **AS_BELOW_GAMEDAY)
    if result.exception is not None:
        raise result.exception
    return result.return_value, result.stdout, result.stderr


def test_what_does_not_answer_is_named_and_heal_exits_with_3(tmp_path: Path) -> None:
    abandoned(tmp_path, HealFake(NOWHERE, "netsuite", "f"))
    for _ in range(2):
        code, _, said = call(tmp_path)
        assert code == 3
        assert said.startswith("STILL ACTIVE: 0-fault of day: 127.0.0.1:9 did not answer: ConnectError (")
        assert "`gameday heal --forget day` drops it" in said


def test_what_is_healed_is_named_and_heal_exits_with_0(tmp_path: Path) -> None:
    abandoned(tmp_path, EndProcessesOf(str(tmp_path / "none")))
    assert call(tmp_path) == (0, "day: 0-fault\n", "")
    assert call(tmp_path)[1] == f"nothing to heal in {tmp_path}\n"


def test_a_run_that_is_forgotten_is_healed_no_more(tmp_path: Path) -> None:
    abandoned(tmp_path, HealFake(NOWHERE, "netsuite", "f"))
    assert call(tmp_path, "--forget", "day") == (0, "day: forgotten, not healed: 0-fault\n", "")
    assert call(tmp_path)[:2] == (0, f"nothing to heal in {tmp_path}\n")


def test_names_from_a_log_cannot_drive_the_terminal(tmp_path: Path) -> None:
    abandoned(tmp_path)
    with (tmp_path / "day" / ROLLBACK_FILE).open("a") as file:
        entry = {"type": "fake", "control": NOWHERE, "fake": "x", "fault": "x"}
        file.write(json.dumps({"id": "\x1b[2J\nhealed", "rollback": entry}) + "\n")
    code, _, said = call(tmp_path)
    assert code == 0
    assert "\x1b" not in said
    assert said.count("\n") == 1


@rows("name", ["nowhere", "../elsewhere"])
def test_a_run_that_is_not_there_is_a_mistake(tmp_path: Path, name: str) -> None:
    with pytest.raises(Exception, match="unknown run"):
        call(tmp_path, "--forget", name)
