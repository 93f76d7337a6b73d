"""Associations (v3), which name their types: ``deal_to_company``."""

from __future__ import annotations

from typing import Any

from gameday_fakes.http import BadBody, Reply, Request
from gameday_fakes.hubspot.association_handlers import AssociationHandlers
from gameday_fakes.hubspot.batch_handlers import inputs_of
from gameday_fakes.hubspot.errors import Refused
from gameday_fakes.hubspot.links import Spec
from gameday_fakes.hubspot.record import Record
from gameday_fakes.hubspot.render import associations_json, whole_json
from gameday_fakes.hubspot.standard import OBJECTS


class OldAssociationHandlers(AssociationHandlers):
    """Answers at ``/crm/v3/objects/X/ID/associations`` and ``/crm/v3/associations/X/Y``."""

    def list_old_associations(self, request: Request) -> Reply:
        """``GET``."""
        one, other = self.pair_of(request, "read")
        record = self.need(one, request.params["id"])
        found = associations_json(record, self.store, other) or {"results": []}
        return Reply.json(200, found, key=self.root_of(record))

    def associate_by_name(self, request: Request) -> Reply:
        """``PUT .../TO/ID/TYPE``."""
        record, other = self._records(request)
        with self.store.change():
            self._link(record, other, [self._named(record.object, other.object, request.params["type"])])
        return Reply.json(200, whole_json(record, self.schema), key=self.root_of(record))

    def dissociate_by_name(self, request: Request) -> Reply:
        """``DELETE .../TO/ID/TYPE``."""
        record, other = self._records(request)
        with self.store.change():
            self.store.unlink(record, other, [self._named(record.object, other.object, request.params["type"])])
            self.linked_now(record, other)
        return Reply(204, key=self.root_of(record))

    def list_old_types(self, request: Request) -> Reply:
        """``GET .../types``."""
        one, other = self.pair_of(request, "read")
        types = [{"id": str(spec.type_id), "name": _name(one, other, spec)} for spec in self.types.of(one, other)]
        return Reply.json(200, {"results": types})

    def read_old_associations(self, request: Request) -> Reply:
        """``POST .../batch/read``."""
        one, other = self.pair_of(request, "read")
        results, errors = [], []
        for each in inputs_of(request)[1]:
            id_ = str(each.get("id", ""))
            record = self.store.tables[one].get(id_)
            found = associations_json(record, self.store, other) if record is not None else None
            if found is None:
                errors.append(self.none_associated(one, id_, other))
            else:
                results.append({"from": {"id": id_}, "to": found["results"]})
        return self.batch_reply(results, errors, 200)

    def create_old_associations(self, request: Request) -> Reply:
        """``POST .../batch/create``."""
        results = []
        with self.store.change():
            for record, its, pair, given in self._inputs(request):
                self._link(record, its, [pair])
                results.append({"from": {"id": record.id}, "to": {"id": its.id}, "type": given})
        return self.batch_reply(results, [], 201)

    def archive_old_associations(self, request: Request) -> Reply:
        """``POST .../batch/archive``."""
        with self.store.change():
            for record, its, pair, _ in self._inputs(request):
                self.store.unlink(record, its, [pair])
                self.linked_now(record, its)
        return Reply(204)

    def _inputs(self, request: Request) -> list[tuple[Record, Record, tuple[Spec, Spec], str]]:
        one, other = self.pair_of(request, "write")
        found: list[tuple[Record, Record, tuple[Spec, Spec], str]] = []
        for each in inputs_of(request)[1]:
            type_: Any = each.get("type")
            if not isinstance(type_, str):
                raise BadBody("an input has from, to and type")
            record, its = self.two(one, other, each)
            found.append((record, its, self._named(one, other, type_), type_))
        return found

    def _named(self, one: str, other: str, name: str) -> tuple[Spec, Spec]:
        """A type by its name or its id. Raises Refused."""
        for spec in self.types.of(one, other):
            pair = self.types.pair(one, other, spec.type_id)
            if pair is not None and name in (_name(one, other, spec), str(spec.type_id)):
                return pair
        raise Refused(f"{name[:80]!r} is no association type from {one} to {other}")


def _name(one: str, other: str, spec: Spec) -> str:
    plain = f"{OBJECTS[one].singular}_to_{OBJECTS[other].singular}"
    return plain if not spec.label else f"{plain}_{spec.label.lower().replace(' ', '_')}"
