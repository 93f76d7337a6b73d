"""The tables of docs/interfaces.md are what the code says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import msgspec
import pytest

from gameday.config.stack_table import TEMPLATE_NAMES, StackTable
from gameday.scoring.run_folder import RunInfo
from gameday_fakes.catalogue import Catalogue
from gameday_fakes.control import control_calls
from gameday_fakes.fake_set import FakeSet
from gameday_fakes.rules import HttpRule

PAGE = (Path(__file__).parents[2] / "docs" / "interfaces.md").read_text()


def test_the_table_of_events_is_what_the_structs_say() -> None:
    spec = importlib.util.spec_from_file_location("interfaces", Path(__file__).with_name("interfaces.py"))
    assert spec is not None
    assert spec.loader is not None
    interfaces = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(interfaces)
    text = interfaces.INTERFACES.read_text()
    assert text == interfaces.with_table(text), "run `make docs`"


def section(heading: str) -> str:
    """The text below a heading, up to the next one."""
    return re.split(r"^#+ ", PAGE.split(f"# {heading}\n", 1)[1], flags=re.MULTILINE)[0]


def test_the_table_of_calls_has_each_call_of_the_control_plane() -> None:
    shown = re.findall(r"^\| `([A-Z]+) (/[^` ?]*)", section("Control plane"), re.MULTILINE)
    app = control_calls(FakeSet({}))
    known = {(method, route.path) for route in app.routes for method in route.methods}  # type: ignore[attr-defined]
    fault = [(method, path.replace("{id}", "{fault}")) for method, path in shown]
    assert set(fault) == {(method, path) for method, path in known if method != "HEAD"}


@pytest.mark.parametrize(
    ("heading", "kind"),
    [("Catalogue", Catalogue), ("Fault kinds", HttpRule), ("Run folder", RunInfo)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_section_names_each_field_of_its_struct(heading: str, kind: type[msgspec.Struct]) -> None:
    words = set(re.findall(r"\w+", section(heading)))
    assert [field for field in kind.__struct_fields__ if field not in words] == []


def test_the_placeholders_and_hooks_are_those_of_a_stack_table() -> None:
    shown = re.findall(r"`\{(\w+)\}`", section("A stack's environment"))
    assert sorted(shown) == sorted(TEMPLATE_NAMES)
    hooks = re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`[^|]*) \|", section("A stack's hooks"), re.MULTILINE)))
    assert set(hooks) == {
        "webhook",
        "health",
        "replay",
        "dead_letters",
        "pause",
        "resume",
        "roll_out",
        "roll_back",
        "next_due",
        "skip",
        "test_alert",
    }
    assert set(hooks) <= set(StackTable.__struct_fields__)
