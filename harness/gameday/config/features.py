"""Finds features in the bundled library or in folders of the user, and names them the same on every machine."""

from __future__ import annotations

from pathlib import Path

from gameday.base.errors import GamedayError


def library() -> Path:
    """The folder of the bundled features."""
    import gameday_scenarios

    return Path(gameday_scenarios.__path__[0])


#: The folder of the library's features about rare failure modes: they run only where they are asked for.
RARE = "modes"


def bundled_features(*, all_modes: bool = False) -> list[Path]:
    """The folders of the library's features, unless ``all_modes`` is meant without those about rare failure modes."""
    folders = sorted({path.parent for path in library().rglob("*.feature")})
    return [folder for folder in folders if all_modes or folder.name != RARE]


def find_features(path: Path) -> Path:
    """A file or folder of features: the user's own, else one with that name in the library. Raises GamedayError."""
    for found in (path.resolve(), library() / path):
        if found.is_file() or found.is_dir():
            return found
        if found.exists():
            raise GamedayError(f"{str(path)!r} is neither a file nor a folder")
    raise GamedayError(f"no such file or folder: {str(path)!r}", hint="bundled ones: `gameday list scenarios`")


def in_library(feature: str) -> bool:
    """Whether a feature is a bundled one. ``feature`` is as ``portable`` gives it. Raises GamedayError."""
    return find_features(Path(feature)).is_relative_to(library())


def portable(path: Path) -> str:
    """The name by which ``find_features`` finds it on any machine: without the path to the library or to here."""
    for folder in (library(), Path.cwd()):
        if path.is_relative_to(folder):
            return str(path.relative_to(folder))
    return str(path)


def beside_feature(feature: str, name: str) -> str:
    """The absolute path of a file that a feature names, looked for beside the feature; else the name unchanged.

    ``feature`` is as ``portable`` gives it; it may be missing where a run of another machine is read.
    """
    try:
        path = find_features(Path(feature)).parent / name
        return str(path) if path.is_file() else name
    except (GamedayError, OSError, ValueError):
        return name
