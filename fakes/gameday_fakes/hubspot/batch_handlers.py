"""Batches of up to 100 records: read, create, update, upsert, archive.

A reply with failures beside successes has status 207 ("Multi-status errors"): always if records are not found, else
 only if each input has an ``objectWriteTraceId``; else the first failure refuses the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gameday_fakes.http import BadBody, Reply, Request
from gameday_fakes.hubspot.errors import KINDS, Refused
from gameday_fakes.hubspot.object_handlers import LARGEST_HISTORY_PAGE, ObjectHandlers
from gameday_fakes.hubspot.record import Record
from gameday_fakes.hubspot.render import history_json, names_shown, record_json, whole_json
from gameday_fakes.hubspot.standard import OBJECTS

MOST_INPUTS = 100

#: A result and the deal that it is about.
Made = tuple[dict[str, Any], Record]


class BatchHandlers(ObjectHandlers):
    """Answers at ``/crm/v3/objects/X/batch/...``."""

    def batch_read(self, request: Request) -> Reply:
        """``POST .../batch/read``: those that are not found are one error, each that a fault hits is another."""
        object_ = self._object(request, "read")
        body, inputs = inputs_of(request)
        history = _texts(body, "propertiesWithHistory") or []
        if history and len(inputs) > LARGEST_HISTORY_PAGE:
            raise Refused(f"at most {LARGEST_HISTORY_PAGE} inputs with propertiesWithHistory")
        names = names_shown(object_, _texts(body, "properties") or None)
        self.schema.note_missing(object_, names)
        by, results, missing, errors = str(body.get("idProperty") or ""), [], [], []
        deals = self._roots(object_, inputs)
        failing = self.state.failing_parts(deals)
        for position, each in enumerate(inputs):
            id_ = str(each.get("id", ""))
            if position in failing:
                kind, fault_id = failing[position]
                self.hit(fault_id, "batch.read", deals[position])
                errors.append({**Refused.of(kind).part(), "context": {"ids": [id_[:80]]}})
                continue
            try:
                record = self.need(object_, id_, by)
            except Refused as refused:
                if refused.status != 404:
                    raise
                missing.append(id_[:80])
                continue
            shown = record_json(record, self.schema, names)
            if history:
                view = self.schema.view(object_)
                shown["propertiesWithHistory"] = history_json(record, self.store, view, history)
            results.append(shown)
        if missing:
            errors.append(_not_found(object_, missing))
        return self.batch_reply(results, errors, 200)

    def batch_create(self, request: Request) -> Reply:
        """``POST .../batch/create``."""
        object_ = self._object(request, "write")

        def create(given: dict[str, Any]) -> Made:
            record = self.created(object_, given)
            return whole_json(record, self.schema), record

        return self._each(request, create, 201, [None for _ in inputs_of(request)[1]])

    def batch_update(self, request: Request) -> Reply:
        """``POST .../batch/update``."""
        object_ = self._object(request, "write")

        def update(given: dict[str, Any]) -> Made:
            record = self.need(object_, str(given.get("id", "")), str(given.get("idProperty") or ""))
            self.updated(record, given)
            return whole_json(record, self.schema), record

        return self._each(request, update, 200, self._roots(object_, inputs_of(request)[1]))

    def batch_upsert(self, request: Request) -> Reply:
        """``POST .../batch/upsert``: by a unique property; ``new`` says whether a record was created."""
        object_ = self._object(request, "write")

        def upsert(given: dict[str, Any]) -> Made:
            name, value = str(given.get("idProperty") or ""), str(given.get("id", ""))
            if not name:
                raise Refused("an upsert needs idProperty, the name of a unique property")
            try:
                record = self.need(object_, value, name)
            except Refused as refused:
                if refused.status != 404 or name == "hs_object_id":
                    raise
                properties = {name: value, **(given.get("properties") or {})}
                record = self.created(object_, {**given, "properties": properties})
                return {**whole_json(record, self.schema), "new": True}, record
            self.updated(record, given)
            return {**whole_json(record, self.schema), "new": False}, record

        return self._each(request, upsert, 200, self._roots(object_, inputs_of(request)[1]))

    def batch_archive(self, request: Request) -> Reply:
        """``POST .../batch/archive``: 204, whether or not the records were there."""
        object_ = self._object(request, "write")
        _, inputs = inputs_of(request)
        with self.store.change():
            for each in inputs:
                record = self.store.find(object_, str(each.get("id", "")))
                if record is not None:
                    self._need_unlocked(record)
                    self.writer.archive(record)
        return Reply(204)

    # -- used by other handlers, too -----------------------------------------------------------------

    def batch_reply(self, results: list[Any], errors: list[dict[str, Any]], status: int, **more: Any) -> Reply:
        """The reply to a batch: 207 if any part has failed."""
        now = self.now()
        body: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
        if errors:
            body |= {"numErrors": len(errors), "errors": errors}
        return Reply.json(207 if errors else status, body, **more)

    def _object(self, request: Request, access: Any) -> str:
        return self.object_of(request.params.get("object", "deals"), request, access)

    def _roots(self, object_: str, inputs: Iterable[dict[str, Any]]) -> list[str | None]:
        """The deal of each part of a batch."""
        if object_ != "deals":
            return [None for _ in inputs]
        return [self.deals.root_of(str(each.get("id", ""))) for each in inputs]

    def _each(
        self, request: Request, act: Callable[[dict[str, Any]], Made], status: int, deals: list[str | None]
    ) -> Reply:
        """Carry out each part; those that a fault lets fail are not carried out."""
        _, inputs = inputs_of(request)
        failing = self.state.failing_parts(deals)
        several = all(each.get("objectWriteTraceId") for each in inputs)
        results, errors, key = [], [], None
        with self.store.change():
            for position, given in enumerate(inputs):
                trace = given.get("objectWriteTraceId")
                try:
                    if position in failing:
                        kind, fault_id = failing[position]
                        self.hit(fault_id, "batch.write", deals[position])
                        raise Refused.of(kind)
                    with self.store.change():
                        made, record = act(given)
                except Refused as refused:
                    if position not in failing and not several and refused.status != 404:
                        raise
                    errors.append(_part(refused, given, trace))
                    continue
                key = key or self.root_of(record)
                results.append({**made, **({"objectWriteTraceId": trace} if trace else {})})
        return self.batch_reply(results, errors, status, key=key)


def inputs_of(request: Request) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The body of a batch and its inputs. Raises BadBody, and Refused for too many."""
    body = request.json
    inputs = body.get("inputs") if isinstance(body, dict) else None
    if not isinstance(inputs, list) or not all(isinstance(each, dict) for each in inputs):
        raise BadBody("inputs is a list of objects")
    if not 0 < len(inputs) <= MOST_INPUTS:
        raise Refused(f"a batch has 1 to {MOST_INPUTS} inputs, not {len(inputs):,}")
    return body, inputs


def _texts(body: dict[str, Any], name: str) -> list[str] | None:
    given = body.get(name)
    if given is None:
        return None
    if not isinstance(given, list):
        raise BadBody(f"{name} is a list")
    return [str(each) for each in given]


def _not_found(object_: str, ids: list[str]) -> dict[str, Any]:
    what = OBJECTS[object_].singular.upper()
    message = f"Could not get some {what} objects, they may be deleted or not exist. Check that ids are valid."
    return Refused(message, status=404, category="OBJECT_NOT_FOUND", context={"ids": ids}).part()


def _part(refused: Refused, given: dict[str, Any], trace: Any) -> dict[str, Any]:
    error = refused.part()
    if refused.status == KINDS["not_found"].status:
        error["context"] = {**error["context"], "ids": [str(given.get("id", ""))[:80]]}
    if trace:
        error["context"] = {**error["context"], "objectWriteTraceId": [str(trace)[:200]]}
    return error
