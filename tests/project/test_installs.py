"""No document tells anybody to install gameday by a name: the registry's package of that name is another project."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from support.rows import rows

ROOT = Path(__file__).parents[2]
#: An installer's command whose argument is one of the names, alone or with extras or a version. A path, a wheel and a
#: direct reference (``git+URL@COMMIT``, ``name @ git+URL@COMMIT``) are none.
BY_NAME = re.compile(
    r"""\b(?:install|add|inject|uvx|run)\b[^\n]*?      # pip install, uv add, pipx inject, uvx
    [\s'"]gameday(?:[-_]sync)?(?:\[[\w,\s-]*\])?       # the name, with extras
    (?:\s*[=~<>!]=?=?\s*[\w.*]+)?                      # a version
    (?=['"`\s]*(?:$|[;&|\n#)]|\s-|['"`]))(?!['"]?\s*@) # the end of the argument""",
    re.VERBOSE | re.MULTILINE,
)
TEXTS = {".md", ".yaml", ".yml", ".toml", ".jinja", ".html", ".py", ".feature", ".mjs", ".cfg", ".txt"}


def texts() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = (ROOT / line for line in listed.splitlines())
    return [path for path in paths if path.suffix in TEXTS | {""} and path != Path(__file__) and path.is_file()]


@rows(
    "command",
    [
        "pip install gameday",
        "    pip install gameday-sync",
        "pip install 'gameday[pdf]'",
        "python -m pip install --upgrade gameday==1.0",
        "pip install pytest gameday>=0.1",
        "`pip install gameday_sync`",
        "uv pip install gameday",
        "pipx install gameday; gameday init",
        "pip install -q gameday # the tool",
    ],
)
def test_an_install_by_name_is_recognised(command: str) -> None:
    assert BY_NAME.search(command)


@rows(
    "command",
    [
        'pip install "git+URL@COMMIT"',
        'pip install "gameday-sync @ git+URL@COMMIT"',
        "pip install dist/gameday_sync-0.1.0-py3-none-any.whl",
        'pip install "$GAMEDAY"',
        "pip install --editable .",
        "installed is gameday",
    ],
)
def test_an_install_from_a_place_is_none(command: str) -> None:
    assert not BY_NAME.search(command)


@pytest.mark.slow
def test_no_text_installs_gameday_by_name() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {match[0].strip()}" for path in texts() for match in BY_NAME.finditer(_read(path))
    }
    assert found == set()


def test_no_hook_has_it_installed_by_another_tool() -> None:
    hooks = yaml.safe_load((ROOT / "docs" / "ci" / "pre-commit-hooks.yaml").read_text())
    assert {hook["language"] for hook in hooks} == {"system"}
    assert [hook for hook in hooks if "additional_dependencies" in hook] == []


def test_templates_install_what_a_variable_pins() -> None:
    github = yaml.safe_load((ROOT / "docs" / "ci" / "github-actions.yaml").read_text())["jobs"]["gate"]
    action = yaml.safe_load((ROOT / "docs" / "ci" / "action" / "action.yml").read_text())["runs"]
    deploy = yaml.safe_load((ROOT / "docs" / "ci" / "github-deploy.yaml").read_text())["jobs"]["deploy"]
    gitlab = yaml.safe_load((ROOT / "docs" / "ci" / "gitlab-ci.yaml").read_text())["gameday gate"]
    steps = (*github["steps"], *action["steps"], *deploy["steps"])
    scripts = [step["run"] for step in steps if "run" in step] + gitlab["before_script"]
    assert [script for script in scripts if "pip install" in script] == ['pip install "$GAMEDAY"'] * 3
    pinned = {github["env"]["GAMEDAY"], deploy["env"]["GAMEDAY"], gitlab["variables"]["GAMEDAY"]}
    assert pinned == {"git+URL@COMMIT"}


def test_the_distribution_has_a_name_of_its_own_and_the_command_keeps_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["name"] == "gameday-sync"
    assert set(project["scripts"]) == {"gameday"}


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
