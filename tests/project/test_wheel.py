"""The wheel holds everything, and works in an environment of its own, outside the checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from support.commands import gameday

ROOT = Path(__file__).parents[2]
PACKAGES = ("harness/gameday", "fakes/gameday_fakes", "reports/gameday_reports", "scenarios/gameday_scenarios")
CONSTRAINTS = "constraints.txt"
FEATURE = """\
Feature: A first game day
  Scenario: Events arrive twice
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 30 per minute
    When after 1 minute the CRM suffers "duplicate delivery" for 15 seconds
      | share | copies |
      | 0.5   | 2      |
    Then every deal is in the ERP exactly once within 2 minutes of the fix
    And no lost or wrong deal goes unreported
"""

pytestmark = pytest.mark.slow

Shell = Callable[..., str]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """``shell(program, *arguments)``: its output, run in an empty folder, with no trace of the checkout around it."""
    folder = tmp_path_factory.mktemp("empty")
    # The modules are compiled when they are first imported, which each process would do again if none wrote them.
    hidden = ("PYTHONPATH", "VIRTUAL_ENV", "COVERAGE_PROCESS_START", "PYTHONDONTWRITEBYTECODE")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"

    def run(*command: object) -> str:
        texts = [str(part) for part in command]
        if Path(texts[0]).name == "gameday":
            ended = gameday(*texts[1:], cwd=folder, env=environment, timeout=600, program=texts[:1])
            assert ended.returncode == 0, f"{' '.join(texts)}\n{ended.stdout}{ended.stderr}"
            return ended.stdout + ended.stderr
        done = subprocess.run(
            texts,
            cwd=folder,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(texts)}\n{done.stdout}"
        return done.stdout

    return run


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, shell: Shell) -> Path:
    """The wheel of this checkout, built with the locked backend."""
    out = tmp_path_factory.mktemp("dist")
    shell(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--wheel-dir", out, ROOT)
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory, shell: Shell, wheel: Path) -> Path:
    """The programs of an environment that holds the wheel and its run-time dependencies, in the locked versions."""
    environment = tmp_path_factory.mktemp("environment")
    shell(sys.executable, "-m", "venv", "--without-pip", environment)
    (environment / CONSTRAINTS).write_text(_without_hashes((ROOT / "requirements.lock").read_text()))
    _install(environment / "bin", shell, wheel)
    return environment / "bin"


def _install(programs: Path, shell: Shell, *what: object) -> None:
    pip = (sys.executable, "-m", "pip", "--python", programs / "python")
    # In the variable, because what builds a commit is constrained too. Most of what is installed is never imported
    # here, so compiling it all would take longer than installing it.
    constrained = ("env", f"PIP_CONSTRAINT={programs.parent / CONSTRAINTS}")
    shell(*constrained, *pip, "install", "-q", "--no-compile", *what)


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    listed = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, text=True, capture_output=True, check=True).stdout
    tracked = {line.partition("/")[2] for line in listed.splitlines() if (ROOT / line).is_file()}
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert tracked - held == set()
    assert {name.partition("/")[0] for name in held} == {package.rpartition("/")[2] for package in PACKAGES}


def test_the_wheel_has_our_name_and_needs_only_what_running_needs(wheel: Path) -> None:
    assert wheel.name.startswith("gameday_sync-")
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    needed = re.findall(r"^Requires-Dist: ([\w-]+)[^;\n]*$", archive.read(name).decode(), re.MULTILINE)
    assert {"httpx", "hypothesis", "pytest-bdd", "respx"} <= set(needed)
    assert {"weasyprint", "pyarrow", "mypy"} & set(needed) == set()


def test_a_game_day_works_outside_the_checkout_from_the_wheel_and_a_commit_has_all_of_it(
    programs: Path, shell: Shell
) -> None:
    # One test, so that workers do not install it all twice.
    _plans(programs, shell, "from-the-wheel")
    _game_day(programs, shell)
    commit = _git("rev-parse", "HEAD").strip()
    _install(programs, shell, "--force-reinstall", "--no-deps", f"git+file://{ROOT}@{commit}")
    _plans(programs, shell, "from-a-commit")
    # What a game day needs of it has been shown by the wheel, which has no other files.
    held = {name.partition("/")[2] for name in _git("ls-tree", "-r", "--name-only", commit, *PACKAGES).splitlines()}
    installed = _folder_of_packages(programs, shell)
    assert [name for name in sorted(held) if not (installed / name).is_file()] == []


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, text=True, capture_output=True, check=True).stdout


def _folder_of_packages(programs: Path, shell: Shell) -> Path:
    """Where the packages are installed, which is not the checkout."""
    where = shell(
        programs / "python", "-c", "import gameday, gameday_fakes; print(gameday.__file__, gameday_fakes.__file__)"
    )
    folder, *more = {Path(path).parents[1] for path in where.split()}
    assert folder.is_relative_to(programs.parent) and not more
    return folder


def _plans(programs: Path, shell: Shell, name: str) -> None:
    """The command works, with its packages and the library."""
    _folder_of_packages(programs, shell)
    assert "gameday doctor mine" in shell(programs / "gameday", "init", f"{name}.toml")
    assert "renamed_field.feature" in shell(programs / "gameday", "plan", "schema/renamed_field.feature")


def _game_day(programs: Path, shell: Shell) -> None:
    program = programs / "gameday"
    assert "ok   a smoke deal becomes exactly one right order" in shell(program, "doctor", "durable")
    shell("sh", "-c", 'printf %s "$1" > first.feature', "sh", FEATURE)
    printed = shell(program, "run", "first.feature", "--stack", "durable", "--no-control", "--pace", 30)
    assert "durable" in printed
    reports = shell("sh", "-c", "ls runs/*/postmortem.html runs/*/brief.html runs/index.html").split()
    assert len(reports) == 3


def _without_hashes(lock: str) -> str:
    """Each ``name==version`` of a lock, with its marker."""
    pinned = re.findall(r"^([\w.-]+(?:\[[\w,-]+\])?==[^\\\n]+?)\s*\\?$", lock, re.MULTILINE)
    return "".join(f"{line}\n" for line in pinned)
