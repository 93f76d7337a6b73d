"""Plug-ins are found in a package of ours and by entry points, and a broken one is named with its package."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from gameday.base import registry
from gameday.base.errors import GamedayError
from gameday.base.registry import Registry, load_modules

GROUP = "gameday.tests"


def points(monkeypatch: pytest.MonkeyPatch, *values: str) -> None:
    """Let these be all the entry points that are installed."""
    found = EntryPoints(EntryPoint(f"p{number}", value, GROUP) for number, value in enumerate(values))
    monkeypatch.setattr(registry, "_points", lambda: found)


def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, name, raising=False)


def test_what_an_entry_point_registers_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    things: Registry[str] = Registry("thing", group=GROUP)
    monkeypatch.setattr(registry, "things_of_a_test", things, raising=False)
    module(
        tmp_path,
        monkeypatch,
        "plug_in_of_a_test",
        "from gameday.base import registry\nregistry.things_of_a_test.register('theirs')('value')\n",
    )
    points(monkeypatch, "plug_in_of_a_test")
    things.register("ours")("another")
    assert list(things.items()) == [("ours", "another"), ("theirs", "value")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import nothing_of_the_kind\n", r"ModuleNotFoundError: No module named 'nothing_of_the_kind'"),
        ("1 / 0\n", r"ZeroDivisionError: division by zero"),
    ],
)
def test_a_plug_in_that_cannot_be_loaded_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    module(tmp_path, monkeypatch, "broken_plug_in", text)
    points(monkeypatch, "broken_plug_in")
    things: Registry[str] = Registry("thing", group=GROUP)
    with pytest.raises(GamedayError, match=rf"plug-in 'p0' \(broken_plug_in\) of .* cannot be loaded: {message}"):
        list(things)


def test_two_of_one_name_are_refused() -> None:
    things: Registry[str] = Registry("thing", group=GROUP)
    things.register("one")("a")
    with pytest.raises(GamedayError, match=r"two things are named 'one' \(rename one of them\)"):
        things.register("one")("b")


def test_the_modules_of_a_group_are_imported_and_named_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module(tmp_path, monkeypatch, "steps_of_a_plug_in", "more = 1\n")
    points(monkeypatch, "steps_of_a_plug_in", "steps_of_a_plug_in:more", "json")
    assert load_modules(GROUP) == ("steps_of_a_plug_in", "json")
    assert sys.modules["steps_of_a_plug_in"].more == 1


def test_a_module_that_cannot_be_imported_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    points(monkeypatch, "nowhere.steps")
    with pytest.raises(GamedayError, match=r"plug-in 'p0' \(nowhere.steps\) of .* cannot be loaded: ModuleNotFound"):
        load_modules(GROUP)
