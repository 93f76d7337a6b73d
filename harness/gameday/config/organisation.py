"""The fakes as they serve the organisation that a configuration names, and the files of its own endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gameday.base.errors import GamedayError, unknown
from gameday_fakes.endpoints import read_endpoints
from gameday_fakes.fake import Fake
from gameday_fakes.organisation import OrganisationError
from gameday_fakes.registry import kinds_in


def kinds_of(organisation: Path | None) -> Mapping[str, type[Fake]]:
    """All fakes by name, with the objects and fields of a folder; None for the bundled organisation.

    Raises GamedayError naming the file and what is wrong in it.
    """
    try:
        return kinds_in(str(organisation) if organisation else "")
    except OrganisationError as problem:
        raise GamedayError(str(problem), hint=problem.hint) from None


def check_endpoints(files: Mapping[str, Path]) -> None:
    """Compile the files of an organisation's own endpoints, by fake, without running them.

    Raises GamedayError naming the file, the line and what is wrong.
    """
    known = {name: kind for name, kind in kinds_in("").items() if kind.takes_endpoints}
    for name in files:
        if name not in known:
            raise unknown("fake", name[:80], known, where="[organisation.endpoints]")
    try:
        read_endpoints({name: str(path) for name, path in files.items()})
    except OrganisationError as problem:
        raise GamedayError(str(problem), hint=problem.hint) from None
