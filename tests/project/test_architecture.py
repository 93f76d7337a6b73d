"""ARCHITECTURE.md describes the code that is there."""

from __future__ import annotations

import re
from pathlib import Path

from support.rows import rows

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PATHS = sorted(set(re.findall(r"`((?:harness|fakes|reports|scenarios)/[\w./]+)`", TEXT)))
ANSWERS = re.findall(r"^\| [^|]+\? \| `([^`]+)`: `([^`]+)` \|$", TEXT, re.MULTILINE)


@rows("path", PATHS)
def test_a_path_that_the_tour_names_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_four_questions_have_their_answers() -> None:
    assert len(ANSWERS) == 4


@rows(("path", "line"), ANSWERS)
def test_an_answer_stands_once_in_its_file(path: str, line: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8").count(line) == 1


@rows("package", sorted(p.name for p in (ROOT / "harness" / "gameday").iterdir() if (p / "__init__.py").exists()))
def test_every_package_of_the_harness_is_on_the_map(package: str) -> None:
    assert f"`harness/gameday/{package}`" in TEXT


def test_the_layers_are_those_that_are_enforced() -> None:
    enforced = re.search(r"layers = \[(.*?)\]", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.DOTALL)
    assert enforced
    layers = [re.findall(r"gameday\.(\w+)", line) for line in enforced[1].splitlines()]
    order = [set(names) for names in layers if names]
    section = TEXT.split("## The layers")[1].split("## ")[0]
    drawn = [
        set(re.findall(r"[a-z]+", line[:48])) & set().union(*order)
        for line in section.splitlines()
        if line.startswith("    ")
    ]
    assert [names for names in drawn if names] == order
