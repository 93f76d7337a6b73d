"""How a contract is drafted from what a vendor says of its own objects; the vendor's manifest names it as ``drafting``.

A vendor without such a description is drafted from records or from a schema.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gameday.base.errors import GamedayError, unknown
from gameday.contracts.audit_trail import Entry
from gameday.contracts.drafting.draft import Draft
from gameday.contracts.drafting.sources import TOKEN_VARIABLE, check_vendor_url, decoded, fetch, read_bytes, read_json
from gameday_fakes.manifest import loaded
from gameday_fakes.manifests import manifests

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,99}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.]{0,99}")


class Ask(NamedTuple):
    """A GET request to a vendor: the path below its base URL, and the media type that is wanted."""

    path: str
    accept: str = "application/json"


class VendorDrafting:
    """Base of what drafts contracts for one vendor."""

    #: The version of the vendor's API that is asked unless another is named; empty for an API without versions.
    api_version = ""

    def parse(self, data: bytes, origin: str) -> Any:
        """A description as the vendor answers it: JSON, unless a vendor says otherwise. Raises GamedayError."""
        return decoded(data, origin)

    def read(self, path: Path) -> Any:
        """A saved description. Raises GamedayError naming the file."""
        return self.parse(read_bytes(path), str(path))

    def asks(self, objects: Sequence[str], version: str) -> Iterable[Ask]:
        """The requests for the descriptions of these objects, by default of those of the vendor's manifest."""
        raise NotImplementedError

    def draft(self, documents: Sequence[tuple[str, Any]], objects: Sequence[str]) -> Draft:
        """The draft from descriptions with their origins. Raises GamedayError naming the origin of anything else."""
        raise NotImplementedError

    def trail_ask(self, version: str) -> Ask | None:
        """The request for the audit trail of the organisation's configuration; None for a vendor without one."""
        return None

    def read_trail(self, document: Any, origin: str) -> tuple[Entry, ...]:
        """The entries of an answer to it, newest first. Raises GamedayError naming the origin of anything else."""
        raise NotImplementedError


def drafted_vendors() -> tuple[str, ...]:
    """The vendors whose descriptions contracts are drafted from."""
    return tuple(name for name, each in manifests().items() if each.drafting)


def drafting_of(vendor: str) -> VendorDrafting:
    """What drafts contracts for a vendor. Raises GamedayError naming the known ones."""
    if vendor not in drafted_vendors():
        raise unknown("vendor to draft from", vendor, drafted_vendors())
    found: VendorDrafting = loaded(manifests()[vendor].drafting)()
    return found


def described(
    vendor: str, sources: Sequence[Path], url: str | None, objects: Sequence[str], version: str
) -> list[tuple[str, Any]]:
    """A vendor's descriptions with their origins: saved ones, or with a URL its own answers, by GET requests only."""
    drafting = drafting_of(vendor)
    if not url:
        return [(path.name, drafting.read(path)) for path in sources]
    version = version or drafting.api_version
    unfit = [name for name in objects if not _NAME.fullmatch(name)]
    if unfit or (version and not _VERSION.fullmatch(version)):
        name = unfit[0] if unfit else version
        raise GamedayError(f"{name[:80]!r} is neither an object nor a version of an API")
    base = check_vendor_url(url)
    asks = drafting.asks(objects, version)
    return [(each.path, drafting.parse(_asked(base, each), f"{base}{each.path}")) for each in asks]


def audit_trail(vendor: str, saved: Path | None, url: str | None, version: str) -> tuple[Entry, ...]:
    """Who changed what: the saved trail, else the vendor's own; none where nothing is known.

    Raises GamedayError for a file that is none, and RunError where the vendor does not answer.
    """
    own = drafting_of(vendor) if vendor in drafted_vendors() else None
    ask = own.trail_ask(version or own.api_version) if own is not None else None
    if saved:
        # A schema of no vendor, or a vendor without a trail, may come with the trail of another one.
        reader = own if own is not None and ask is not None else _any_with_a_trail()
        return reader.read_trail(read_json(saved), str(saved))
    if own is None or ask is None or not url:
        return ()
    base = check_vendor_url(url)
    where = f"{base}{ask.path}"
    return own.read_trail(decoded(_asked(base, ask), where), where)


def _any_with_a_trail() -> VendorDrafting:
    every = map(drafting_of, drafted_vendors())
    return next(each for each in every if each.trail_ask(each.api_version) is not None)


def _asked(base: str, ask: Ask) -> bytes:
    return fetch(f"{base}{ask.path}", token=os.environ.get(TOKEN_VARIABLE, ""), accept=ask.accept)
