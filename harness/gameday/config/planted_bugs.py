"""The planted bugs of the bundled stack, read from its source without running it.

The harness and the stacks that it tests share no code, so the harness does not import the stack to list its bugs. Each
module in the folder, or in one within it, has a literal ``COMPOSITIONS`` (bug name to class); the class's docstring is
the bug's one line.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable


def read_planted_bugs(folder: Traversable) -> Mapping[str, str]:
    """All planted bugs by name, in the order of the names, each with its one line."""
    return dict(sorted(bug for file in _modules(folder) for bug in _bugs_in(ast.parse(file.read_text("utf-8")))))


def _modules(folder: Traversable) -> Iterator[Traversable]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _modules(each)
        elif each.name.endswith(".py"):
            yield each


def _bugs_in(module: ast.Module) -> Iterator[tuple[str, str]]:
    lines = {each.name: ast.get_docstring(each) or "" for each in module.body if isinstance(each, ast.ClassDef)}
    for statement in module.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id="COMPOSITIONS"), value=ast.Dict(keys=names, values=classes)):
                for name, bug in zip(names, classes, strict=True):
                    if isinstance(name, ast.Constant) and isinstance(bug, ast.Name):
                        yield str(name.value), lines[bug.id].strip()
