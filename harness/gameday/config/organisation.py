"""The fakes as they serve the organisation that a configuration names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gameday.base.errors import GamedayError
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
