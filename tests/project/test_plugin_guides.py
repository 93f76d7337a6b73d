"""The guides for plug-ins work when typed in: each package is built and installed, and the output is as shown."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from documents import ROOT, Command, blocks, command

from support.commands import gameday
from support.rows import rows

GUIDES = sorted((ROOT / "docs" / "plugins").glob("*.md"))
TIMEOUT_S = 300
BASH = shutil.which("bash") or ""
#: What the guides call `pip install .`: into a folder, from nothing but the package itself.
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index", "--no-deps"]


def _files(page: Path) -> dict[str, str]:
    return {block.file: block.text for block in blocks(page.read_text()) if block.file}


def _shows(shown: str, output: str) -> bool:
    """Whether an output is what a page shows, in which ... stands for any text, and a line of it for any lines.

    The widths of columns do not count: they grow with the longest name. Nor does what a command says while it takes
    long.
    """
    lines = [
        r"(?:.*\n)*.*" if line.strip() == "..." else re.escape(line).replace(r"\.\.\.", ".*") for line in _lines(shown)
    ]
    return re.fullmatch("\n".join(lines), "\n".join(_lines(output))) is not None


def _lines(text: str) -> list[str]:
    lines = [re.sub(r"(?<=\S) {2,}", "  ", line.rstrip()) for line in text.strip("\n").split("\n")]
    return [line for line in lines if not re.match(r"\d+ of \d+ scenarios? done, .*; running: ", line)]


@rows(
    ("shown", "output", "expected"),
    [
        ("a\nb", "a  \nb\n", True),
        ("a\nb", "a\nb\nc", False),
        ("a\n...\nd", "a\nb\nc\nd", True),
        ("a\n  ...\nd", "a\nb\nc\nd", True),
        ("...\nb\n...", "a\nb\nc", True),
        ("...\nx\n...", "a\nb\nc", False),
        ("took ... s", "took 3.5 s", True),
        ("name   x", "name     x", True),
        ("name   x", "name x", False),
        ("took ... s", "took 3.5\n s", False),
        ("a\nb", "a\n1 of 2 scenarios done, 1 min; running: x\nb", True),
    ],
)
def test_three_dots_stand_for_any_text(shown: str, output: str, expected: bool) -> None:
    assert _shows(shown, output) is expected


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_a_guide_imports_nothing_of_gameday_but_its_api(page: Path) -> None:
    nodes = [node for name, text in _files(page).items() if name.endswith(".py") for node in ast.walk(ast.parse(text))]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name for name in names if name.startswith("gameday")} == {"gameday.api"}


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_a_guide_names_each_file_that_it_shows_and_each_entry_point_group(page: Path) -> None:
    text = page.read_text()
    files = _files(page)
    assert [name for name in files if f"`{name}`" not in text] == []
    assert "pyproject.toml" in files
    assert f"gameday.{page.stem}" in files["pyproject.toml"] or page.stem == "vendor"


@pytest.mark.slow
@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_a_guide_works_when_typed_in(page: Path, tmp_path: Path) -> None:
    folder, installed = tmp_path / "folder", tmp_path / "installed"
    folder.mkdir()
    output = ""
    for block in blocks(page.read_text()):
        if block.file:
            (folder / block.file).write_text(block.text)
        elif block.language == "sh":
            output = "".join(_run(command(line), folder, installed) for line in block.text.splitlines())
        else:
            assert _shows(block.text, output), f"the page shows\n{block.text}\nthe output is\n{output}"


def _run(each: Command, folder: Path, installed: Path) -> str:
    """What a command prints, on both streams. Fails unless it has the exit code of the page."""
    if each.line == "pip install .":
        done = subprocess.run(
            [*PIP, "--no-build-isolation", "--target", str(installed), "."],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    else:
        paths = [os.environ.get("PYTHONPATH", ""), str(installed)]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        env = {**os.environ, "PATH": path, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        shell = (BASH, "-c", f"exec 2>&1; {each.line}")
        # The shell does not look at the words, but they say whether this runs a game day.
        done = gameday(*each.words[1:], cwd=folder, env=env, timeout=TIMEOUT_S, program=shell)
    assert done.returncode == each.exit_code, f"{each.line}: {done.returncode}\n{done.stdout}"
    return done.stdout
