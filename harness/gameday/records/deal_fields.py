"""Columns of an order book that are fields of the CRM's organisation, by their own names: ``Region__c``."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path

from gameday.base.errors import GamedayError
from gameday.base.tables import shown
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.manifests import of_role

_NUMBERS = frozenset({"currency", "double", "percent", "int", "long", "number", "integer"})
_MOST_NAMED = 60


class DealFields:
    """The fields of deals and lines of one CRM; ``kind`` is its fake as it serves the organisation.

    A column is named like a custom field, of the deal or else of its lines, or with the object before a point, as
    ``Opportunity.LeadSource`` is. All other columns are left alone.
    """

    def __init__(self, kind: type[Fake] | None) -> None:
        self._kind = kind
        self._objects = kind.deal_objects if kind is not None else ()
        self._known: dict[str, Mapping[str, str]] = {}
        self._types: dict[str, str] = {}
        for name in self._objects:
            found = kind.catalogue().object(name) if kind is not None else None
            fields = [field for field in found.fields if not field.read_only] if found is not None else []
            self._known[name] = {field.name.lower(): field.name for field in fields}
            self._types.update({f"{name}.{field.name}": field.type for field in fields})

    def place(self, header: str, path: Path, line: int) -> str:
        """The field that a header names, as ``Object.Field``; empty if it names none.

        Raises GamedayError naming file, line and the known fields if it names one that there is not.
        """
        named, dot, field = header.rpartition(".")
        objects = [name for name in self._objects if not dot or name.lower() == named.lower()]
        # Other headers are words of people.
        if not self._is_custom(field) and not (dot and objects):
            return ""
        for name in objects:
            if field.lower() in self._known[name]:
                return f"{name}.{self._known[name][field.lower()]}"
        known = [field for name in objects or self._objects for field in self._known[name].values()]
        close = difflib.get_close_matches(field, known, n=1)
        listed = ", ".join(known[:_MOST_NAMED]) + (f" and {len(known) - _MOST_NAMED} more" if len(known) > 60 else "")
        raise GamedayError(
            f"{path}:{line}: column {shown(header)} is no field of {' or '.join(self._objects) or 'the CRM'}; "
            f"known: {listed or 'none'}",
            hint=(f"did you mean {close[0]!r}? " if close else "") + "fields come from [organisation] in gameday.toml",
        )

    def _is_custom(self, field: str) -> bool:
        """Whether a field is named as those of an organisation's own are; without a CRM, as those of any."""
        own = [self._kind.manifest] if self._kind is not None else of_role("crm").values()
        return any(re.match(each.custom_fields, field, re.DOTALL) for each in own if each.custom_fields)

    def is_of_deal(self, place: str) -> bool:
        """Whether a field is one of the deal, rather than of its lines."""
        return place.partition(".")[0] == self._objects[0]

    def value(self, place: str, text: str, *, comma: bool) -> str:
        """The value as the CRM takes it. Raises ValueError with the reason if it does not."""
        if comma and self._types.get(place) in _NUMBERS and "." not in text:
            text = text.replace(",", ".")
        name, _, field = place.partition(".")
        if self._kind is not None:
            try:
                self._kind.check_field(name, field, text)
            except ControlError as problem:
                raise ValueError(str(problem)) from None
        return text
