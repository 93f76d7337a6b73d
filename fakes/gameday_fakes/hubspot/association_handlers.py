"""Associations (v4): of one record or of many, under types and labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gameday_fakes.http import BadBody, Reply, Request
from gameday_fakes.hubspot.batch_handlers import BatchHandlers, inputs_of
from gameday_fakes.hubspot.errors import Refused
from gameday_fakes.hubspot.links import MOST_LABELS, Spec
from gameday_fakes.hubspot.object_handlers import body_of
from gameday_fakes.hubspot.record import Record
from gameday_fakes.hubspot.render import MOST_ASSOCIATED
from gameday_fakes.hubspot.standard import OBJECTS

Pairs = list[tuple[Spec, Spec]]


class AssociationHandlers(BatchHandlers):
    """Answers at ``/crm/v4/objects/X/ID/associations`` and ``/crm/v4/associations/X/Y``."""

    def list_associations(self, request: Request) -> Reply:
        """``GET``: under an id that a merge has changed there is nothing."""
        one, other = self.pair_of(request, "read")
        id_ = request.params["id"]
        if self.store.current(one, id_) == id_:
            self.need(one, id_)
        asked, after = request.query.get("limit", ""), request.query.get("after", "0")
        limit = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else MOST_ASSOCIATED
        found = self.associated(one, id_, other)
        first = int(after) if after.isascii() and after.isdigit() and len(after) < 16 else 0
        later = [each for each in found if each["toObjectId"] >= first]
        limit = min(max(limit, 1), MOST_ASSOCIATED)
        body: dict[str, Any] = {"results": later[:limit]}
        if len(later) > limit:
            body["paging"] = {"next": {"after": str(later[limit]["toObjectId"])}}
        return Reply.json(200, body, key=self.deals.root_of(id_) if one == "deals" else None)

    def associate(self, request: Request) -> Reply:
        """``PUT .../ID``: under the types in the body; 201 with the labels of the pair."""
        record, other = self._records(request)
        with self.store.change():
            self._link(record, other, self._types_of(record, other, request.json))
        return Reply.json(201, self._labels_between(record, other), key=self.root_of(record))

    def associate_plainly(self, request: Request) -> Reply:
        """``PUT .../default/...``: under the plain type."""
        record, other = self._records(request)
        with self.store.change():
            pair = self._plain(record, other)
            self._link(record, other, [pair])
        return self.batch_reply(_both(record, other, pair), [], 200, key=self.root_of(record))

    def dissociate(self, request: Request) -> Reply:
        """``DELETE .../ID``: every type of the pair."""
        record, other = self._records(request)
        with self.store.change():
            self._unlink(record, other)
        return Reply(204, key=self.root_of(record))

    def read_associations(self, request: Request) -> Reply:
        """``POST .../batch/read``."""
        one, other = self.pair_of(request, "read")
        results, errors = [], []
        for each in inputs_of(request)[1]:
            id_ = str(each.get("id", ""))
            found = self.associated(one, id_, other)
            if found:
                results.append({"from": {"id": id_}, "to": found[:MOST_ASSOCIATED]})
            else:
                errors.append(self.none_associated(one, id_, other))
        return self.batch_reply(results, errors, 200)

    def create_associations(self, request: Request) -> Reply:
        """``POST .../batch/create``: under the types of each input."""
        one, other = self.pair_of(request, "write")
        results = []
        with self.store.change():
            for each in inputs_of(request)[1]:
                record, its = self.two(one, other, each)
                self._link(record, its, self._types_of(record, its, each.get("types")))
                results.append(self._labels_between(record, its))
        return self.batch_reply(results, [], 201)

    def create_plain_associations(self, request: Request) -> Reply:
        """``POST .../batch/associate/default``."""
        one, other = self.pair_of(request, "write")
        results: list[Any] = []
        with self.store.change():
            for each in inputs_of(request)[1]:
                record, its = self.two(one, other, each)
                pair = self._plain(record, its)
                self._link(record, its, [pair])
                results += _both(record, its, pair)
        return self.batch_reply(results, [], 200)

    def archive_associations(self, request: Request) -> Reply:
        """``POST .../batch/archive``: every type of each pair."""
        one, other = self.pair_of(request, "write")
        with self.store.change():
            for each in inputs_of(request)[1]:
                targets = each.get("to")
                for to in targets if isinstance(targets, list) else [targets]:
                    record, its = self.two(one, other, {**each, "to": to})
                    self._unlink(record, its)
        return Reply(204)

    def archive_labels(self, request: Request) -> Reply:
        """``POST .../batch/labels/archive``: only the types that are named."""
        one, other = self.pair_of(request, "write")
        with self.store.change():
            for each in inputs_of(request)[1]:
                record, its = self.two(one, other, each)
                self.store.unlink(record, its, self._types_of(record, its, each.get("types"), plain=False))
        return Reply(204)

    # -- labels --------------------------------------------------------------------------------------

    def list_labels(self, request: Request) -> Reply:
        """``GET .../labels``."""
        one, other = self.pair_of(request, "read")
        return Reply.json(200, {"results": [spec.described() for spec in self.types.of(one, other)]})

    def create_label(self, request: Request) -> Reply:
        """``POST .../labels``: the types of both directions."""
        one, other = self.pair_of(request, "write")
        body = body_of(request)
        label, inverse = body.get("label"), body.get("inverseLabel") or body.get("label")
        if not isinstance(label, str) or not isinstance(inverse, str) or not label or not body.get("name"):
            raise BadBody("a label has a name and a label")
        own = [spec for spec in self.types.of(one, other) if spec.category == "USER_DEFINED"]
        if any(spec.label == label for spec in own):
            raise Refused(f"the label {label[:80]!r} exists already", category="VALIDATION_ERROR")
        if len(own) >= MOST_LABELS:
            raise Refused(f"at most {MOST_LABELS} labels from one object to another")
        made = self.types.add_label(one, other, label[:100], inverse[:100])
        return Reply.json(200, {"results": [spec.described() for spec in made]})

    def update_label(self, request: Request) -> Reply:
        """``PUT .../labels``."""
        one, other = self.pair_of(request, "write")
        body = body_of(request)
        label, type_id = body.get("label"), body.get("associationTypeId")
        if not isinstance(label, str) or not isinstance(type_id, int):
            raise BadBody("a label has an associationTypeId and a label")
        inverse = body.get("inverseLabel")
        if not self.types.rename(one, other, type_id, label[:100], inverse if isinstance(inverse, str) else None):
            raise Refused.of("not_found")
        return Reply(204)

    def delete_label(self, request: Request) -> Reply:
        """``DELETE .../labels/ID``."""
        one, other = self.pair_of(request, "write")
        type_id = request.params["type_id"]
        if not (type_id.isascii() and type_id.isdigit() and self.types.remove(one, other, int(type_id[:9]))):
            raise Refused.of("not_found")
        return Reply(204)

    # -- used by other handlers, too -----------------------------------------------------------------

    def pair_of(self, request: Request, access: Any) -> tuple[str, str]:
        """The two objects in a path. Raises Refused and LeftOut."""
        first = request.params.get("from") or request.params.get("object", "deals")
        return self.object_of(first, request, access), self.object_of(request.params["to"], request, "read")

    def two(self, one: str, other: str, given: dict[str, Any]) -> tuple[Record, Record]:
        """The two records that an input names. Raises BadBody and Refused."""
        ends = [given.get("from"), given.get("to")]
        if not all(isinstance(end, dict) for end in ends):
            raise BadBody("an input has from and to, each with an id")
        ids = [str(end.get("id", "")) for end in ends if isinstance(end, dict)]
        return self.need(one, ids[0]), self.need(other, ids[1])

    def associated(self, one: str, id_: str, other: str) -> list[dict[str, Any]]:
        """The records with which one is associated, in the order of their ids, with the types."""
        table = self.store.tables[other]
        links = self.store.links.of(one, id_, other)
        ids = sorted(int(each) for each in links if each in table)
        return [
            {"toObjectId": each, "associationTypes": [spec.described() for spec in links[str(each)]]} for each in ids
        ]

    def none_associated(self, one: str, id_: str, other: str) -> dict[str, Any]:
        """The error of a batch for a record that is associated with none."""
        names = OBJECTS[one].singular, OBJECTS[other].singular
        context = {"fromObjectId": [id_[:80]], "fromObjectType": [names[0]], "toObjectType": [names[1]]}
        message = f"No {names[1]} is associated with {names[0]} {id_[:80]}."
        refused = Refused(message, status=404, category="OBJECT_NOT_FOUND", context=context)
        return {**refused.part(), "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}

    def _records(self, request: Request) -> tuple[Record, Record]:
        one, other = self.pair_of(request, "write")
        record = self.need(one, request.params["id"])
        self._need_unlocked(record)
        return record, self.need(other, request.params["to_id"])

    def _types_of(self, record: Record, other: Record, given: Any, *, plain: bool = True) -> Pairs:
        """The types that a request names; the plain one always comes with a label."""
        if not isinstance(given, list) or not given:
            raise BadBody("types is a list of associationCategory and associationTypeId")
        pairs: Pairs = [self._plain(record, other)] if plain else []
        for each in given:
            named = each if isinstance(each, dict) else {}
            type_id, category = named.get("associationTypeId"), named.get("associationCategory", "")
            number = type_id if isinstance(type_id, int) else -1
            pair = self.types.pair(record.object, other.object, number, category)
            if pair is None:
                ids = (OBJECTS[record.object].type_id, OBJECTS[other.object].type_id)
                raise Refused(f"no association type {type_id!r} ({category}) from {ids[0]} to {ids[1]}")
            if pair not in pairs:
                pairs.append(pair)
        return pairs

    def _plain(self, record: Record, other: Record) -> tuple[Spec, Spec]:
        pair = self.types.plain(record.object, other.object)
        if pair is None:
            raise Refused(f"{record.object} and {other.object} cannot be associated")
        return pair

    def _link(self, record: Record, other: Record, pairs: Pairs) -> None:
        for spec, _ in pairs:
            if spec.label == "Primary":
                self._take_primary(record, other, spec)
        self.store.link(record, other, pairs)
        self.linked_now(record, other)

    def _take_primary(self, record: Record, other: Record, primary: Spec) -> None:
        """A record has one primary company: the former one is associated plainly from now on."""
        child, parent = (record, other) if other.object == "companies" else (other, record)
        for company in self.store.linked(child, "companies"):
            specs = self.store.links.of(child.object, child.id, "companies").get(company.id, {})
            former = [(spec, inverse) for spec, inverse in specs.items() if spec.label == primary.label]
            if company is not parent and former:
                self.store.unlink(child, company, former)

    def _unlink(self, record: Record, other: Record) -> None:
        types = self.store.links.of(record.object, record.id, other.object).get(other.id, {})
        self.store.unlink(record, other, list(types.items()))
        self.linked_now(record, other)

    def _labels_between(self, record: Record, other: Record) -> dict[str, Any]:
        specs: Iterable[Spec] = self.store.links.of(record.object, record.id, other.object).get(other.id, {})
        return {
            "fromObjectTypeId": OBJECTS[record.object].type_id,
            "fromObjectId": int(record.id),
            "toObjectTypeId": OBJECTS[other.object].type_id,
            "toObjectId": int(other.id),
            "labels": [spec.label for spec in specs if spec.label],
        }


def _both(record: Record, other: Record, pair: tuple[Spec, Spec]) -> list[dict[str, Any]]:
    ends = ((record, other, pair[0]), (other, record, pair[1]))
    return [
        {
            "from": {"id": one.id},
            "to": {"id": its.id},
            "associationSpec": {"associationCategory": spec.category, "associationTypeId": spec.type_id},
        }
        for one, its, spec in ends
    ]
