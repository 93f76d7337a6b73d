"""Writes CODEOWNERS from the registry of flows: who must review a change of which contract.

Sources: GitHub's "About code owners", GitLab's "Code Owners syntax and error handling".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gameday.contracts.compatibility.sign_offs import FILE_NAME
from gameday.contracts.flows import FlowRegistry, RegisteredFlow, owner_of
from gameday.contracts.folders import SIDES


def codeowners(registry: FlowRegistry, folders: dict[str, Path], root: Path) -> str:
    """The file. ``folders`` are those of the contracts by name; paths are from ``root``, the repository's.

    The last line that fits a path counts on both sites, so each path is on one line, with all its owners. An owner
    without a handle is a comment; so is a contract outside of the repository.
    """
    lines = ["# Written by `gameday inventory --export codeowners` from the registry of flows. Do not edit it here."]
    owners: dict[str, list[str]] = {}
    for flow in registry.flows:
        folder = folders.get(flow.contract)
        if folder is None or not folder.resolve().is_relative_to(root):
            lines.append(f"# {flow.contract}: its contract is not in this repository")
            continue
        below = folder.resolve().relative_to(root)
        for side in SIDES:
            owners.setdefault(_pattern(below / f"{flow.contract}.{side}.yaml"), []).extend(_roles(flow, side))
        owners.setdefault(_pattern(below / FILE_NAME), []).extend(each for side in SIDES for each in _roles(flow, side))
    if (path := Path(registry.path).resolve()).is_relative_to(root):
        everyone = [name for flow in registry.flows for name in flow.owners.values()]
        owners.setdefault(_pattern(path.relative_to(root)), []).extend(everyone)
    for pattern, names in sorted(owners.items()):
        lines += _lines(pattern, dict.fromkeys(name for name in names if name), registry)
    return "\n".join(lines) + "\n"


def _roles(flow: RegisteredFlow, side: str) -> Sequence[str]:
    """Who reviews a side: its own owner, and the owner of the sync, who must be able to follow."""
    return owner_of(flow.owners, side), owner_of(flow.owners, "sync")


def _lines(pattern: str, names: Iterable[str], registry: FlowRegistry) -> Iterator[str]:
    handles: list[str] = []
    for name in names:
        person = registry.people.get(name)
        if person is None or not person.handles:
            yield f"# {pattern}: {name} has no handle; add it to people in the registry"
        else:
            handles += (f"@{handle}" for handle in person.handles)
    if handles:
        yield f"{pattern} {' '.join(dict.fromkeys(handles))}"


def _pattern(path: Path) -> str:
    return "/" + path.as_posix().replace(" ", "\\ ")
