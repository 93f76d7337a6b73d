"""How an organisation is made of what a vendor says of its own; the vendor's manifest names it as the import.

Which source is whose, each import says itself, so that a new vendor's sources are known without a list of all.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gameday.contracts.organisations.imported import Imported
from gameday_fakes.manifest import loaded
from gameday_fakes.manifests import manifests


class OrganisationImport:
    """Base of what makes objects for one vendor's fake. What a source says that cannot be taken is noted."""

    #: Its sources in words, for the hint where something is none.
    sources = ""

    def takes_folder(self, folder: Path) -> bool:
        """Whether a folder as a whole is a source of this vendor."""
        return False

    def take_folder(self, imported: Imported, folder: Path) -> None:
        """Take such a folder. Raises GamedayError."""

    def takes(self, document: Mapping[str, Any]) -> bool:
        """Whether decoded JSON is a source of this vendor; raises GamedayError if it is one that says too little."""
        return False

    def refusal(self, document: Any) -> str:
        """What this vendor says in a reply that refuses a request; empty for anything else."""
        return ""

    def take(self, imported: Imported, document: Mapping[str, Any], origin: str) -> None:
        """Take such a document. Raises GamedayError naming the origin."""

    def take_element(self, imported: Imported, element: Mapping[str, Any]) -> None:
        """Take one element of the schema of this vendor's side of a contract (ODCS 3)."""

    def finish(self, imported: Imported) -> None:
        """Complete the objects of this vendor, once all sources are taken."""


@functools.cache
def imports() -> Mapping[str, OrganisationImport]:
    """What makes organisations, by vendor."""
    return {name: loaded(each.organisation_import)() for name, each in manifests().items() if each.organisation_import}
