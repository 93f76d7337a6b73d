"""Properties of objects and their groups: described, added, changed, archived."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from gameday_fakes.http import BadBody, Reply, Request
from gameday_fakes.hubspot.batch_handlers import inputs_of
from gameday_fakes.hubspot.errors import Refused
from gameday_fakes.hubspot.object_handlers import body_of
from gameday_fakes.hubspot.old_association_handlers import OldAssociationHandlers
from gameday_fakes.hubspot.property import Group, Option, Property

_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_TYPES = ("string", "number", "date", "datetime", "enumeration", "bool")
#: Custom properties of an object ("Properties", "Property limits" of a professional account).
MOST_PROPERTIES = 1_000
_CHANGEABLE = {"label": "label", "groupName": "group", "fieldType": "field_type", "description": "description"}


class PropertyHandlers(OldAssociationHandlers):
    """Answers at ``/crm/v3/properties/X``."""

    def list_properties(self, request: Request) -> Reply:
        """``GET``; with ``archived=true`` those that are archived."""
        object_ = self.object_of(request.params["object"], request, "read")
        if request.query.get("archived") == "true":
            found = list(self.schema.archived[object_].values())
            return Reply.json(200, {"results": [each.described() for each in found]})
        return Reply.json(200, {"results": self._described(object_)})

    def read_property(self, request: Request) -> Reply:
        """``GET .../NAME``."""
        object_ = self.object_of(request.params["object"], request, "read")
        name = request.params["name"]
        self.schema.note_missing(object_, [name])
        for shown in self._described(object_):
            if shown["name"] == name:
                return Reply.json(200, shown)
        raise Refused.of("not_found")

    def create_property(self, request: Request) -> Reply:
        """``POST``: 201."""
        object_ = self.object_of(request.params["object"], request, "write")
        return Reply.json(201, self._create(object_, body_of(request)).described())

    def update_property(self, request: Request) -> Reply:
        """``PATCH .../NAME``: label, group, options and the like."""
        object_ = self.object_of(request.params["object"], request, "write")
        known, body = self._own(object_, request.params["name"]), body_of(request)
        changes: dict[str, Any] = {
            own: body[name] for name, own in _CHANGEABLE.items() if isinstance(body.get(name), str)
        }
        if "options" in body:
            if known.hubspot_defined:
                raise Refused(f"the options of {known.name} cannot be changed")
            changes["options"] = _options(body["options"])
        if isinstance(body.get("hidden"), bool):
            changes["hidden"] = body["hidden"]
        if changes.get("group", known.group) not in self.schema.groups[object_]:
            raise Refused(f"the property group {changes['group'][:80]!r} does not exist")
        new = msgspec.structs.replace(known, **changes, updated=self.now())
        self.schema.properties[object_][known.name] = new
        self.schema.changed()
        return Reply.json(200, new.described())

    def delete_property(self, request: Request) -> Reply:
        """``DELETE .../NAME``: archives it; the records keep their values."""
        object_ = self.object_of(request.params["object"], request, "write")
        self._archive(object_, request.params["name"])
        return Reply(204)

    def read_properties(self, request: Request) -> Reply:
        """``POST .../batch/read``."""
        object_ = self.object_of(request.params["object"], request, "read")
        names = [str(each.get("name", "")) for each in inputs_of(request)[1]]
        found = {shown["name"]: shown for shown in self._described(object_)}
        missing = [name[:100] for name in names if name not in found]
        message = "The following property names could not be found"
        error = Refused(message, status=404, category="OBJECT_NOT_FOUND", context={"name": missing}).part()
        return self.batch_reply([found[name] for name in names if name in found], [error] if missing else [], 200)

    def create_properties(self, request: Request) -> Reply:
        """``POST .../batch/create``."""
        object_ = self.object_of(request.params["object"], request, "write")
        made = [self._create(object_, each).described() for each in inputs_of(request)[1]]
        return self.batch_reply(made, [], 201)

    def archive_properties(self, request: Request) -> Reply:
        """``POST .../batch/archive``."""
        object_ = self.object_of(request.params["object"], request, "write")
        for each in inputs_of(request)[1]:
            self._archive(object_, str(each.get("name", "")))
        return Reply(204)

    # -- groups --------------------------------------------------------------------------------------

    def list_groups(self, request: Request) -> Reply:
        """``GET .../groups``."""
        object_ = self.object_of(request.params["object"], request, "read")
        return Reply.json(200, {"results": list(self.schema.groups[object_].values())})

    def create_group(self, request: Request) -> Reply:
        """``POST .../groups``: 201."""
        object_ = self.object_of(request.params["object"], request, "write")
        body = body_of(request)
        name, label = body.get("name"), body.get("label")
        if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(label, str):
            raise Refused("a group has a name of lower-case letters, digits and underscores, and a label")
        if name in self.schema.groups[object_]:
            raise Refused.of("conflict", f"the property group {name!r} exists already")
        group = self.schema.groups[object_][name] = Group(name, label[:255], _order(body))
        return Reply.json(201, group)

    def read_group(self, request: Request) -> Reply:
        """``GET .../groups/NAME``."""
        return Reply.json(200, self._group(request, "read")[1])

    def update_group(self, request: Request) -> Reply:
        """``PATCH .../groups/NAME``."""
        object_, known = self._group(request, "write")
        body = body_of(request)
        label = body.get("label", known.label)
        if not isinstance(label, str):
            raise BadBody("label is a text")
        new = msgspec.structs.replace(known, label=label[:255], display_order=_order(body))
        self.schema.groups[object_][known.name] = new
        return Reply.json(200, new)

    def delete_group(self, request: Request) -> Reply:
        """``DELETE .../groups/NAME``: only of a group without properties."""
        object_, known = self._group(request, "write")
        if any(each.group == known.name for each in self.schema.properties[object_].values()):
            raise Refused(f"the property group {known.name!r} has properties")
        del self.schema.groups[object_][known.name]
        return Reply(204)

    # -- parts ---------------------------------------------------------------------------------------

    def _described(self, object_: str) -> list[dict[str, Any]]:
        shown = self.schema.view(object_).shown
        stages = [
            {
                "value": stage.id,
                "label": stage.label,
                "displayOrder": stage.display_order,
                "hidden": False,
                "description": "",
            }
            for pipeline in self.pipelines.by_id.values()
            for stage in pipeline.in_order()
        ]
        found = [{**of.described(), "name": name} for name, of in shown.items()]
        for each in found:
            if (object_, each["name"]) == ("deals", "dealstage"):
                each["options"] = stages
        return found

    def _own(self, object_: str, name: str) -> Property:
        known = self.schema.view(object_).shown.get(name)
        if known is None:
            self.schema.note_missing(object_, [name])
            raise Refused.of("not_found")
        return known

    def _create(self, object_: str, body: dict[str, Any]) -> Property:
        name, label, type_ = body.get("name"), body.get("label"), body.get("type")
        if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(label, str):
            raise Refused("a property has a name of lower-case letters, digits and underscores, and a label")
        if type_ not in _TYPES:
            raise Refused(f"{str(type_)[:80]!r} is no type of a property; known: {', '.join(_TYPES)}")
        if body.get("groupName") not in self.schema.groups[object_]:
            raise Refused(f"the property group {str(body.get('groupName'))[:80]!r} does not exist")
        known = self.schema.properties[object_]
        if name in known:
            raise Refused.of("conflict", f"A property named '{name}' already exists.")
        if len(known) >= MOST_PROPERTIES:
            raise Refused(f"an object has at most {MOST_PROPERTIES:,} properties")
        now = self.now()
        new = known[name] = Property(
            name,
            label[:255],
            type_,
            str(body.get("fieldType") or "")[:40],
            body["groupName"],
            _options(body.get("options") or []),
            unique=body.get("hasUniqueValue") is True,
            hubspot_defined=False,
            description=str(body.get("description") or "")[:1_000],
            created=now,
            updated=now,
        )
        self.schema.archived[object_].pop(name, None)
        self.schema.changed()
        return new

    def _archive(self, object_: str, name: str) -> None:
        known = self._own(object_, name)
        if known.hubspot_defined:
            raise Refused(f"the property {name[:100]!r} is HubSpot's own and cannot be archived")
        del self.schema.properties[object_][known.name]
        self.schema.archived[object_][known.name] = msgspec.structs.replace(known, archived=True)
        self.schema.changed()

    def _group(self, request: Request, access: Any) -> tuple[str, Group]:
        object_ = self.object_of(request.params["object"], request, access)
        known = self.schema.groups[object_].get(request.params["group"])
        if known is None:
            raise Refused.of("not_found")
        return object_, known


def _options(given: Any) -> tuple[Option, ...]:
    if not isinstance(given, list):
        raise BadBody("options is a list")
    found = []
    for place, each in enumerate(given[:5_000]):
        value, label = (each.get("value"), each.get("label")) if isinstance(each, dict) else (None, None)
        if not isinstance(value, str) or not isinstance(label, str):
            raise Refused("an option has a value and a label")
        found.append(Option(value[:3_000], label[:3_000], place, each.get("hidden") is True))
    return tuple(found)


def _order(body: dict[str, Any]) -> int:
    order = body.get("displayOrder", -1)
    return order if isinstance(order, int) else -1
