"""A worker whose runs would not be the same as here is not used, and every reason is named with what helps."""

from __future__ import annotations

from pathlib import Path

import msgspec

from gameday.cluster.machine import Machine, digest_at, files_of, hint_for, required_packages, this_machine, why_unfit
from gameday.model.settings import Settings
from support.rows import rows

OURS = Machine(
    name="here",
    id="a-1",
    gameday="1.0",
    python="3.11.7",
    code="c",
    packages={"httpx": "0.28", "click": "8.1"},
    seals=("secret", "mine"),
    processors=2,
    load=0.1,
    memory_gb=8,
    files={"/p/gameday.toml": "d"},
)


def other(**values: object) -> Machine:
    return msgspec.structs.replace(OURS, **{"name": "there", "id": "b-1", **values})


def test_another_machine_with_the_same_versions_files_and_key_is_fit() -> None:
    assert why_unfit(OURS, other(processors=64, load=9, seals=("mine",))) == []


@rows(
    ("values", "reason", "hint"),
    [
        ({"gameday": "0.9"}, "it has gameday 0.9, and here is 1.0", "same lock"),
        ({"code": "x"}, "its gameday 1.0 has other source or plug-ins than the one here", "same lock"),
        ({"python": "3.13.0"}, "it has Python 3.13.0, and here is 3.11.7", "same lock"),
        ({"packages": {"httpx": "0.27", "click": "8.1"}}, "httpx 0.27 instead of 0.28", "same lock"),
        ({"packages": {"click": "8.1"}}, "httpx missing instead of 0.28", "same lock"),
        ({"files": {}}, "/p/gameday.toml is not there", "same folder"),
        ({"files": {"/p/gameday.toml": "e"}}, "/p/gameday.toml is not the same there", "same folder"),
        ({"seals": ("theirs", "mine")}, "it seals its runs with a key that is not here", "GAMEDAY_SEAL_SECRET"),
        ({"seals": ()}, "it seals its runs with a key that is not here", "GAMEDAY_SEAL_SECRET"),
    ],
)
def test_each_difference_is_a_reason_with_a_hint(values: dict[str, object], reason: str, hint: str) -> None:
    [found] = why_unfit(OURS, other(**values))
    assert reason in found
    assert hint in hint_for([found])


def test_of_many_packages_only_some_are_named() -> None:
    theirs = other(packages={f"p{n}": "1" for n in range(30)})
    assert " and 27 more" in why_unfit(OURS, theirs)[0]


@rows("values", [{"gameday": "0"}, {"code": "x"}, {"python": "3"}, {"packages": {}}])
def test_the_lock_is_another_one_for_other_code(values: dict[str, object]) -> None:
    assert other(**values).lock != OURS.lock
    assert other(files={}, load=5, name="x", seals=()).lock == OURS.lock


def test_this_machine_is_fit_for_itself() -> None:
    assert why_unfit(this_machine(), this_machine()) == []


def test_what_gameday_requires_is_found_with_what_that_requires_and_without_extras() -> None:
    found = required_packages()
    assert {"httpx", "click", "pytest-bdd", "h11"} <= found.keys()
    assert {"gameday-sync", "weasyprint", "distributed"}.isdisjoint(found)


def test_the_digest_of_a_folder_changes_with_each_file_and_name(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    seen = {digest_at(tmp_path)}
    for name, text in (("a/x", "1"), ("a/x", "2"), ("a/y", "2"), ("z", "")):
        (tmp_path / name).write_text(text)
        seen.add(digest_at(tmp_path))
    assert len(seen) == 5


def test_what_is_missing_has_no_digest(tmp_path: Path) -> None:
    assert digest_at(tmp_path / "no") == ""


def test_what_gameday_toml_names_has_to_be_there_at_the_same_path(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    config = tmp_path / "gameday.toml"
    config.write_text('[contracts]\nfolders = ["contracts"]\n')
    deals = tmp_path / "deals.csv"

    assert files_of(Settings(config=str(config), deals=str(deals))) == [
        str(config),
        str(tmp_path / "contracts"),
        str(deals),
    ]
