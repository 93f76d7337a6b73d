"""Finds the folders that contracts are in, nested ones too; a flow in two folders is a mistake."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Literal

from gameday.base.errors import GamedayError

SIDES: tuple[Literal["crm"], Literal["erp"]] = ("crm", "erp")
#: Folders of other people's packages, which are not searched; nor are hidden folders.
_PACKAGES = frozenset({"node_modules", "site-packages", "__pycache__"})


def contract_files(folder: Path) -> Iterator[Path]:
    """Every file of a contract in a folder and the folders in it, sorted."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _PACKAGES)
        for name in sorted(names):
            if name.endswith(tuple(f".{side}.yaml" for side in SIDES)):
                yield Path(place) / name


def own_contracts(folders: Iterable[Path]) -> dict[str, Path]:
    """The folder of each contract in these folders. Names are looked up here and never joined into a path.

    Raises GamedayError for a folder that does not exist, and for a flow in two folders: which of them holds?
    """
    found: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise GamedayError(f"no such folder of contracts: {str(folder)!r}", hint="see [contracts] in gameday.toml")
        for path in contract_files(folder):
            name = path.name.removesuffix(f".{SIDES[0]}.yaml")
            if name == path.name:
                continue
            first = found.setdefault(name, path.parent)
            if first.resolve() != path.parent.resolve():
                both = f"{str(first)!r} and {str(path.parent)!r}"
                raise GamedayError(f"the contract {name!r} is in two folders: {both}", hint="keep one of them")
    return found


def contract_folders(folders: Iterable[Path]) -> dict[str, Path]:
    """The folder of each contract: those of these folders, then the bundled ones. Raises GamedayError as above."""
    bundled = Path(str(resources.files("gameday_scenarios"))) / "contracts"
    return {**own_contracts([bundled]), **own_contracts(folders)}
