"""The documentation says what the code does."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

from gameday.cli import COMMANDS
from gameday.config.features import library
from gameday.model.checker import checkers
from gameday.model.fault import faults

sys.path.insert(0, str(Path(__file__).parent))
from documents import blocks

from support.rows import rows

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_reference_is_what_the_code_says() -> None:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tests" / "project" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    assert reference.REFERENCE.read_text() == reference.render(), "run `make docs`"


@rows("page", PAGES)
def test_every_command_in_the_documentation_exists(page: Path) -> None:
    named = set(re.findall(r"(?:^ {4}|`)gameday ([a-z-]+)", page.read_text(), re.MULTILINE))
    assert named <= set(COMMANDS)


@rows("page", PAGES)
def test_every_feature_in_a_command_exists(page: Path) -> None:
    text = page.read_text()
    named = re.findall(r"gameday (?:brief|plan|run|can-deploy) ([\w./-]+\.feature)", text)
    shown = {block.file for block in blocks(text)}
    others = [name for name in named if name not in shown and not re.match(r"my\b", name)]
    assert [name for name in others if not (library() / name).is_file()] == []


@rows("page", PAGES)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text())
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []


@rows("page", PAGES)
def test_every_make_target_in_the_documentation_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^ {4}|`)make ([a-z-]+)", page.read_text(), re.MULTILINE)) <= targets


def test_the_changelog_counts_what_there_is() -> None:
    text = (ROOT / "CHANGELOG.md").read_text().lower()
    assert f"{_word(len(list(faults)))} faults" in text
    assert f"{_word(len(list(checkers)))} expectations" in text


def test_no_committed_lock_names_an_index() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text()


def test_the_top_level_holds_nothing_but_what_it_should() -> None:
    import subprocess

    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    top = {line.partition("/")[0] for line in listed.splitlines()}
    expected = {
        *("harness", "scenarios", "fakes", "reports", "tests", "docs", "pyproject.toml", "README.md", "Makefile"),
        *("CHANGELOG.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "LICENSE", "requirements.lock"),
    }
    assert {name for name in top if not name.startswith(".")} == expected


def _word(number: int) -> str:
    words = {13: "thirteen", 14: "fourteen", 15: "fifteen", 30: "thirty", 31: "thirty-one", 32: "thirty-two"}
    return words.get(number, str(number))
