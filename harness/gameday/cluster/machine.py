"""What a worker's machine has, and whether its runs would be the same as here: asked before anything starts."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import msgspec

from gameday import __version__
from gameday.base.owner import here
from gameday.base.processors import processors
from gameday.config.gameday_toml import config_of
from gameday.model.settings import Settings
from gameday.scoring.judge_digest import judge_digest
from gameday.scoring.seal import key_ids, seal_key

#: The distribution of gameday; what it requires is what its lock pins.
DISTRIBUTION = "gameday-sync"
#: How many packages of other versions a message names.
_MOST_NAMED = 5
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
#: A folder of contracts or of an organisation has far fewer files.
_MOST_FILES = 10_000


class Machine(msgspec.Struct, frozen=True):
    """Where a worker runs, and with what.

    ``code`` is a digest over the source of gameday and its plug-ins, ``packages`` the version of everything that
    gameday requires, ``files`` the digest of each file and folder that was asked for, empty for one that is missing.
    ``seals`` are the ids of the keys that are there, the one that runs are sealed with first. ``id`` is the same for
    all workers of a machine and user. ``processors``: how many it may use; ``load``: how many are wanted on average
    over the last minute; ``memory_gb`` is the machine's.
    """

    name: str
    id: str
    gameday: str
    python: str
    code: str
    packages: dict[str, str]
    seals: tuple[str, ...]
    processors: float
    load: float
    memory_gb: float
    files: dict[str, str] = {}

    @property
    def lock(self) -> str:
        """A digest of what must be the same so that a run has the same result: code, packages and Python."""
        parts = msgspec.json.encode([self.gameday, self.python, self.code, self.packages], order="deterministic")
        return hashlib.sha256(parts).hexdigest()[:16]


def this_machine(paths: Iterable[str] = ()) -> Machine:
    """This one, with the digests of these files and folders. Raises GamedayError without a key to seal with."""
    seal_key()  # makes one where there is none yet
    return Machine(
        name=platform.node(),
        id=machine_id(),
        gameday=__version__,
        python=platform.python_version(),
        code=judge_digest("gameday_reports", "gameday_scenarios"),
        packages=required_packages(),
        seals=key_ids(),
        processors=processors(),
        load=os.getloadavg()[0],
        memory_gb=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9,
        files={path: digest_at(Path(path)) for path in paths},
    )


def machine_id() -> str:
    """What this user's workers on this machine share. Containers may share its id, but not its name."""
    return "-".join(filter(None, (here().machine, platform.node(), here().user)))


def why_unfit(ours: Machine, theirs: Machine) -> list[str]:
    """Why runs of another machine would not be as if they were of this one, a clause for each reason."""
    found = []
    if theirs.gameday != ours.gameday:
        found.append(f"it has gameday {theirs.gameday}, and here is {ours.gameday}")
    elif theirs.code != ours.code:
        found.append(f"its gameday {theirs.gameday} has other source or plug-ins than the one here")
    if theirs.python != ours.python:
        found.append(f"it has Python {theirs.python}, and here is {ours.python}")
    if others := _other_versions(ours.packages, theirs.packages):
        more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
        found.append(f"its packages are not those of here: {', '.join(others[:_MOST_NAMED])}{more}")
    for path, digest in ours.files.items():
        if not theirs.files.get(path):
            found.append(f"{path} is not there")
        elif theirs.files[path] != digest:
            found.append(f"{path} is not the same there")
    if not theirs.seals or theirs.seals[0] not in ours.seals:
        found.append("it seals its runs with a key that is not here")
    return found


def hint_for(reasons: Iterable[str]) -> str:
    """What helps against reasons of ``why_unfit``."""
    text = " ".join(reasons)
    hints = []
    if "a key that is not here" in text:
        hints.append("set one GAMEDAY_SEAL_SECRET for the workers and for this command")
    if "is not there" in text or "is not the same there" in text:
        hints.append("workers need the project in the same folder")
    if "gameday" in text or "Python" in text or "packages" in text:
        hints.append("install the same lock on every worker")
    return "; ".join(hints)


def files_of(settings: Settings) -> list[str]:
    """The files and folders that every worker needs at the same path: those of gameday.toml, and a file of deals.

    Features are sent. Raises GamedayError.
    """
    config = config_of(settings)
    paths: list[Path | None] = [
        config.path, *config.contract_folders, config.flows_file, config.organisation, *config.endpoints.values()
    ]  # fmt: skip
    named = [str(path.resolve()) for path in paths if path is not None]
    return [*dict.fromkeys(named), *([settings.deals] if Path(settings.deals).is_absolute() else [])]


def digest_at(path: Path) -> str:
    """A digest of a file, or of all files of a folder; empty if it cannot be read."""
    found = hashlib.sha256()
    try:
        if path.is_file():
            return hashlib.sha256(path.read_bytes()).hexdigest()
        if not path.is_dir():
            return ""
        for number, each in enumerate(sorted(each for each in path.rglob("*") if each.is_file())):
            if number >= _MOST_FILES:
                return ""
            found.update(str(each.relative_to(path)).encode() + b"\0" + hashlib.sha256(each.read_bytes()).digest())
    except OSError:
        return ""
    return found.hexdigest()


@functools.cache
def required_packages() -> dict[str, str]:
    """The version of every package that gameday requires, or that one of those requires, without extras.

    Empty where gameday runs from its source without having been installed.
    """
    found: dict[str, str] = {}
    waiting = [DISTRIBUTION]
    while waiting:
        name = _normal(waiting.pop())
        if name in found:
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:  # for another platform or another Python
            continue
        found[name] = package.version
        waiting += list(_required(package.requires or ()))
    found.pop(DISTRIBUTION, None)
    return found


def _required(requirements: Iterable[str]) -> Iterator[str]:
    for requirement in requirements:
        text, _, marker = requirement.partition(";")
        name = _NAME.match(text.strip())
        if name is not None and "extra" not in marker:
            yield name[0]


def _other_versions(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """The packages whose version is another one there."""
    names = sorted({*ours, *theirs})
    return [
        f"{name} {theirs.get(name) or 'missing'} instead of {ours.get(name) or 'none'}"
        for name in names
        if ours.get(name) != theirs.get(name)
    ]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
