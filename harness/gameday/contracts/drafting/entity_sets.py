"""Drafts the ERP's side from the metadata documents of a vendor's OData services: what the vendors have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from gameday.base.errors import GamedayError, unknown
from gameday.contracts.drafting.classification import classify, is_of_people
from gameday.contracts.drafting.csdl import HINT, Csdl, CsdlProperty, EntityType, parts_of, read_csdl
from gameday.contracts.drafting.draft import Draft, Element, Property
from gameday.contracts.drafting.vendor import VendorDrafting
from gameday_fakes.manifest import Manifest

_TYPES = {"Edm.String": "string", "Edm.Boolean": "boolean", "Edm.Decimal": "number", "Edm.Double": "number"}
_TYPES |= {"Edm.DateTime": "date", "Edm.Date": "date", "Edm.DateTimeOffset": "timestamp", "Edm.Guid": "string"}
_TYPES |= {"Edm.Int16": "integer", "Edm.Int32": "integer", "Edm.Int64": "integer"}
_OPTIONS: dict[str, dict[str, Any]] = {"date": {"format": "yyyy-MM-dd"}, "timestamp": {"timezone": True}}
#: In doubt a field of these types says nothing of people.
_PLAIN = ("date", "timestamp", "integer", "number")


class EntitySetDrafting(VendorDrafting):
    """Drafts from metadata documents. Each vendor's own says what it is of, and how deep records are in records.

    ``money`` are endings of the names of amounts, ``own`` is how the names of an organisation's own fields begin,
    ``note_of_dates`` what is to be said of days.
    """

    manifest: ClassVar[Manifest]
    deepest: ClassVar[int] = 1
    money: ClassVar[tuple[str, ...]] = ()
    own: ClassVar[str] = ""
    note_of_dates: ClassVar[str] = ""

    def parse(self, data: bytes, origin: str) -> Any:
        return read_csdl(data, origin)

    def draft(self, documents: Sequence[tuple[str, Any]], objects: Sequence[str]) -> Draft:
        elements: dict[str, Element] = {}
        known: list[str] = []
        for _, csdl in documents:
            known += csdl.sets
            wanted = objects or [name for name in self.manifest.objects if name in csdl.sets][:1] or [*csdl.sets][:1]
            elements |= {name: self._element(name, csdl) for name in wanted if name in csdl.sets}
        if not documents:
            raise GamedayError("no metadata document to draft from", hint=HINT)
        origins = ", ".join(origin for origin, _ in documents)
        for name in objects:
            if name not in elements:
                raise unknown("entity set", name, known, where=origins, hint="see --object")
        return Draft("erp", self.manifest.name, f"the metadata document in {origins}", tuple(elements.values()))

    def _element(self, name: str, csdl: Csdl) -> Element:
        of = csdl.of_set(name)
        if of is None:
            raise GamedayError(f"the metadata document does not describe the entity set {name!r}", hint=HINT)
        return Element(name, "record", tuple(self._properties(of, csdl, self.deepest)))

    def _properties(self, of: EntityType, csdl: Csdl, deepest: int, parent: Sequence[str] = ()) -> Iterator[Property]:
        for each in of.properties:
            # A part has its document's key from the document, where both have the same name for it.
            if each.name not in parent or parent == of.key:
                yield self._property(each, of, csdl)
        for name, part in parts_of(csdl, of, deepest=deepest):
            inner = tuple(self._properties(part, csdl, deepest - 1, of.key))
            yield Property(name, "array", "Navigation", classification="internal", properties=inner)

    def _property(self, each: CsdlProperty, of: EntityType, csdl: Csdl) -> Property:
        values = tuple(csdl.enums.get(each.type.rpartition(".")[2], ()))
        kind, is_key = "string" if values else _TYPES.get(each.type, ""), each.name in of.key
        written = each.creatable or each.updatable
        money = bool(self.money) and each.name.endswith(self.money)
        proof = self._proof(each, kind, is_key=is_key, is_enum=bool(values))
        classification, why = classify(each.name, money=money, proof=proof)
        options = {"maxLength": each.length} if kind == "string" and each.length else _OPTIONS.get(kind, {})
        notes = [why] if why else []
        if kind == "date" and self.note_of_dates:
            notes.append(self.note_of_dates)
        if written and not is_key:
            notes.append("TO DO: required? The metadata does not say")
        sentences = [each.label, "" if written else "Created by the ERP"]
        return Property(
            physical_name=each.name,
            logical_type=kind,
            physical_type=each.type,
            primary_key=is_key,
            unique=is_key and len(of.key) == 1,
            options=options,
            enum=values,
            classification=classification,
            description="".join(f"{sentence}. " for sentence in sentences if sentence).rstrip(),
            notes=tuple(notes),
        )

    def _proof(self, each: CsdlProperty, kind: str, *, is_key: bool, is_enum: bool) -> str:
        """Why the values say nothing of people, by the vendor's type; empty if the type does not prove it."""
        if kind == "boolean" or each.type == "Edm.Guid":
            return "its type has no words of people"
        if is_enum:
            return "its values are a list of the ERP's"
        is_own = bool(self.own) and each.name.startswith(self.own)
        if kind in _PLAIN and not is_own and not is_of_people(each.name):
            return f"a standard field of the type {kind}"
        return "the record's own number" if is_key else ""
