"""The code's shape: short files, short functions."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("harness", "fakes", "reports")
FILE_LINES = 300
FUNCTION_LINES = 60


@pytest.mark.slow
def test_no_file_and_no_function_is_too_long() -> None:
    assert _too_long() == set()


def _too_long() -> set[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *PACKAGES]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    result = set()
    for name in listed:
        path = ROOT / name
        if path.suffix != ".py" or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > FILE_LINES:
            result.add(name)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _lines(node) > FUNCTION_LINES:
                result.add(f"{name}::{node.name}")
    return result


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
