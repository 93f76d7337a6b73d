"""The reading half of the service: pages and items, and how attributes are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from gameday_fakes.http import Reply
from gameday_fakes.odata.model import EntitySet
from gameday_fakes.odata.records import Record
from gameday_fakes.oracle_fusion.account import VERSION
from gameday_fakes.oracle_fusion.described import MEDIA, described
from gameday_fakes.oracle_fusion.errors import refused
from gameday_fakes.oracle_fusion.framework import DEFAULT_VERSION, VERSIONS, Call
from gameday_fakes.oracle_fusion.query_parameters import Shape, choose, flag, shape_of
from gameday_fakes.oracle_fusion.resources import PART_OF, SCHEMA
from gameday_fakes.oracle_fusion.shown import Renderer, etag_of
from gameday_fakes.oracle_fusion.store import PodStore

_WORD = re.compile(r"\w+")
_MEDIA = "application/vnd.oracle.adf."
_ITEM, _COLLECTION = f"{_MEDIA}resourceitem+json".encode(), f"{_MEDIA}resourcecollection+json".encode()


class Reading:
    """Shows the pod's resources."""

    def __init__(self, store: PodStore) -> None:
        self.store = store

    # -- names of attributes -------------------------------------------------------------------------

    def call_fields(self) -> None:
        """Call the attributes as the active faults say."""
        sets = {}
        for name, of in SCHEMA.sets.items():
            record, within = PART_OF.get(name, (name, ""))
            renamed = self.store.state.renamed(record, within)
            sets[name] = msgspec.structs.replace(of, renamed=renamed) if renamed else of
        self.store.call(msgspec.structs.replace(SCHEMA, sets=sets))

    def note_names(self, resource: str, refusal: str | None = None) -> None:
        """Note that records were asked for or written while attributes of them are hidden or have another name.

        ``refusal`` is the reply to a refused request: it met those that the reply names.
        """
        spoken = None if refusal is None else {*_WORD.findall(refusal)}
        for name, of in self.store.schema.sets.items():
            record, within = PART_OF.get(name, (name, ""))
            if record == resource:
                for field in of.renamed:
                    if spoken is None or field in spoken:
                        self.store.state.note_rename(record, field, within)

    # -- reading ---------------------------------------------------------------------------------------

    def versions(self, call: Call) -> Reply:
        """What there is of the API, and of its framework."""
        if call.method not in ("GET", "HEAD"):
            raise refused("method_not_allowed")
        framework = {
            "defaultFrameworkVersion": str(DEFAULT_VERSION),
            "allowedFrameworkVersions": list(map(str, VERSIONS)),
        }
        shown = {"version": VERSION, "isLatest": True, "adf:extension": framework}
        return self.reply(call, 200, {"items": [shown]}, _COLLECTION)

    def description(self, call: Call, of: EntitySet) -> Reply:
        """What a resource says of itself."""
        if call.method not in ("GET", "HEAD"):
            raise refused("method_not_allowed")
        return self.reply(call, 200, described(of, self.store.schema, call.url(of.name)), MEDIA)

    def page(self, call: Call, of: EntitySet, among: Sequence[Record] | None, path: str) -> Reply:
        """A collection, or the children of a record."""
        shape, counted = shape_of(call.params, of, self.store.schema), flag(call.params, "totalResults")
        page = choose(call.params, of, among, self.store, call.version)
        shown = Renderer(self.store, call).page(of, page, shape, path, counted=counted)
        return self.reply(call, 200, shown, _COLLECTION)

    # -- replies -------------------------------------------------------------------------------------

    def item(
        self,
        call: Call,
        status: int,
        of: EntitySet,
        record: Record,
        path: str,
        shape: Shape | None = None,
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> Reply:
        """A reply with one record and its ETag."""
        record = self.store.current(of.name, record)
        shape = shape if shape is not None else shape_of(call.params, of, self.store.schema)
        shown = Renderer(self.store, call).item(of, record, shape, path)
        etag = (b"etag", etag_of(record).encode())
        return self.reply(call, status, shown, _ITEM, [*headers, etag])

    def reply(
        self, call: Call, status: int, shown: Any, media: bytes, headers: Sequence[tuple[bytes, bytes]] = ()
    ) -> Reply:
        """A reply with a document."""
        return Reply.json(status, shown, [*self.headers(call), *headers], content_type=media)

    @staticmethod
    def headers(call: Call) -> list[tuple[bytes, bytes]]:
        """Headers of every reply."""
        return [(b"rest-framework-version", str(call.version).encode()), (b"cache-control", b"no-cache, no-store")]
