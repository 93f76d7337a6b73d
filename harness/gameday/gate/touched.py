"""Which flows a change touches, by the paths of its files.

A contract, a recording or a file of sign-offs touches its own flows. Text for people touches none. Everything else,
such as the code of the stack, may touch every flow: what cannot be assigned is not left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from gameday.contracts.compatibility.sign_offs import FILE_NAME
from gameday.contracts.compatibility.sources import side_suffix

_FOR_PEOPLE = frozenset({".md", ".rst", ".txt", ".adoc"})
_OF_THE_SITE = frozenset({"CODEOWNERS", "LICENSE", ".gitignore", ".gitattributes"})


class Touched(msgspec.Struct, frozen=True):
    """The flows that a change touches, each with the first file that does; ``removed`` are flows that are gone."""

    flows: dict[str, str]
    removed: tuple[str, ...] = ()


def touched_flows(
    paths: Iterable[str], folders: Mapping[str, Path], root: Path, recordings: Mapping[str, Path]
) -> Touched:
    """The flows among ``folders`` (by name, with the folder of their contracts) that a change of ``paths`` touches.

    ``paths`` are from ``root``, the repository's. ``recordings`` are the records of each flow.
    """
    flows: dict[str, str] = {}
    removed: list[str] = []
    for path in sorted(paths):
        file = root / path
        named = side_suffix(file.name)
        if named is not None:
            # A contract of another project in the repository is of no flow here.
            if named[0] in folders and file.parent.resolve() == folders[named[0]].resolve():
                flows.setdefault(named[0], path)
            elif named[0] not in folders and not file.exists():
                removed.append(named[0])
        elif file.name == FILE_NAME:
            for name, folder in folders.items():
                if folder.resolve() == file.parent.resolve():
                    flows.setdefault(name, path)
        elif own := [name for name, records in recordings.items() if _is_in(file, records)]:
            for name in own:
                flows.setdefault(name, path)
        elif file.suffix.lower() not in _FOR_PEOPLE and file.name not in _OF_THE_SITE:
            for name in folders:
                flows.setdefault(name, path)
    return Touched({name: flows[name] for name in sorted(flows)}, tuple(dict.fromkeys(removed)))


def _is_in(file: Path, records: Path) -> bool:
    return file.absolute().is_relative_to(records.absolute())
