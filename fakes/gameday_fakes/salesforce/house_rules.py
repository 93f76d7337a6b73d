"""The organisation's own rules at work: what follows from a change of records, and which changes are refused.

They hold for everybody who writes, as the platform's do. A rule that is not evaluated refuses nothing, and is recorded.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.formula import Formula
from gameday_fakes.salesforce.formula_logic import Scene
from gameday_fakes.salesforce.house_model import RECORD_TYPE, RECORD_TYPE_ID, Follower, Rule
from gameday_fakes.salesforce.models import Record, SalesforceStore

#: How many summaries can follow from each other.
_LONGEST_CHAIN = 10


class HouseRules:
    """The rules of one store. ``unsupported`` records a call that would need what is not evaluated."""

    def __init__(self, store: SalesforceStore, unsupported: Callable[[str], None]) -> None:
        self._store = store
        self._model = store.model.house
        self._unsupported = unsupported
        self._recorded: set[str] = set()
        store.on_insert, store.on_settle = self.first_values, self.settle
        with store.change():
            self._plant()

    def lacks(self, call: str) -> None:
        """Record a call that would need what is not evaluated, once in a run."""
        if call not in self._recorded:
            self._recorded.add(call)
            self._unsupported(call)

    def _plant(self) -> None:
        """Add the record types as records."""
        for sobject, known in self._model.record_types.items():
            for each in known:
                fields = self._store.model.objects[RECORD_TYPE].fields
                values = {
                    "Name": each.label,
                    "DeveloperName": each.name,
                    "SobjectType": sobject,
                    "IsActive": each.active,
                }
                self._store.insert(RECORD_TYPE, {name: value for name, value in values.items() if name in fields})

    def first_values(self, sobject: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """What a new record has beside what it was given: default record type, computed defaults, automatic numbers."""
        found: dict[str, Any] = dict.fromkeys(self._model.sums.get(sobject, ()), Decimal(0))
        if given.get(RECORD_TYPE_ID) is None:
            defaults = (each.id for each in self._model.record_types.get(sobject, ()) if each.default)
            if default := next(defaults, ""):
                found[RECORD_TYPE_ID] = default
        for name, formula in self._model.defaults.get(sobject, {}).items():
            if name not in given:
                found[name] = _value(formula, self._scene({}, None))
        for of, name in self._model.lacking_defaults:
            if of == sobject and name not in given:
                why = self._model.lacking_defaults[of, name]
                self.lacks(f"a new {sobject}, whose default of {name} is not computed: {why}")
        numbers = self._model.numbers.get(sobject, {})
        today = self._store.today()
        return found | {
            name: _numbered(text, self._store.count(sobject, name), today) for name, text in numbers.items()
        }

    def settle(self, changed: Mapping[str, tuple[Record, Mapping[str, Any] | None]]) -> None:
        """Compute what follows from changed records, each with its fields before (None: new). Raises Refused."""
        todo = [record for record, _ in changed.values()]
        for _ in range(_LONGEST_CHAIN):
            computed: dict[str, Record] = {}
            for record in todo:
                computed[record.id] = record
                for follower in self._model.followers.get(record.object, ()):
                    computed |= {each.id: each for each in self._following(follower, record.id)}
            for record in computed.values():
                self._compute(record)
            # A summary may be summed up again, and formulas may follow from it.
            todo = self._summed_up(computed.values(), changed)
            if not todo:
                break
        for record, before in changed.values():
            if not record.fields["IsDeleted"]:
                self._need_record_type(record, before or {})
                self._need_rules(record, before)

    def _summed_up(
        self, children: Iterable[Record], changed: Mapping[str, tuple[Record, Mapping[str, Any] | None]]
    ) -> list[Record]:
        """Sum up what follows from these records; the parents whose summaries have changed."""
        parents: dict[str, Record] = {}
        for child in children:
            before = changed.get(child.id, (child, None))[1] or {}
            for each in self._model.roll_ups.get(child.object, ()):
                # Those of the parent that it has left, too.
                for id_ in {child.fields[each.by], before.get(each.by)}:
                    parent = self._store.find(each.parent, id_ or "")
                    value = each.value(self._store, parent.id, self._counts) if parent else None
                    if parent and parent.fields[each.name] != value:
                        self._store.compute(parent, {each.name: value})
                        parents[parent.id] = parent
        return list(parents.values())

    def _counts(self, when: Formula, child: Record) -> bool:
        return bool(_value(when, self._scene(child.fields, child.fields)))

    def _following(self, follower: Follower, parent: str) -> list[Record]:
        found = {parent}
        records: list[Record] = []
        for sobject, reference in reversed(follower.steps):
            records = [each for id_ in found for each in self._store.referring(sobject, reference, id_)]
            found = {each.id for each in records}
        return records

    def _scene(self, fields: Mapping[str, Any], before: Mapping[str, Any] | None) -> Scene:
        user = self._store.find("User", self._store.user_id)
        return Scene(fields, before, user.fields if user else {}, self._parent, self._store.moment())

    def _parent(self, id_: str) -> Mapping[str, Any] | None:
        record = self._store.get(id_)
        return record.fields if record else None

    def _compute(self, record: Record) -> None:
        formulas = self._model.formulas.get(record.object)
        if formulas:
            scene = self._scene(record.fields, record.fields)
            values = {name: _value(formula, scene) for name, formula in formulas.items()}
            empty = self._store.model.blank[record.object]
            self._store.compute(record, {n: empty[n] if value is None else value for n, value in values.items()})

    # -- what is refused -----------------------------------------------------------------------------

    def _need_record_type(self, record: Record, before: Mapping[str, Any]) -> None:
        known = self._model.record_types.get(record.object)
        id_ = record.fields.get(RECORD_TYPE_ID)
        if not known or not id_:
            return
        own = next((each for each in known if each.id == id_), None)
        if id_ != before.get(RECORD_TYPE_ID) and (own is None or not own.active):
            message = f"Record Type ID: this ID value isn't valid for the user: {id_}"
            raise Refused("INVALID_CROSS_REFERENCE_KEY", message, [RECORD_TYPE_ID])
        for name, values in own.values.items() if own else ():
            field, value = self._store.model.objects[record.object].fields[name], record.fields[name]
            if value is None or value == before.get(name):
                continue
            for one in value.split(";") if field.type == "multipicklist" else (value,):
                if one not in values:
                    code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
                    raise Refused(code, f"{field.label}: bad value for restricted picklist field: {one}", [name])

    def _need_rules(self, record: Record, before: Mapping[str, Any] | None) -> None:
        rules = self._model.rules.get(record.object)
        if not rules:
            return
        scene = self._scene(record.fields, before)
        broken = [rule for rule in rules if self._is_broken(rule, record.object, scene)]
        if broken:
            refusals = [
                Refused("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, [rule.field] if rule.field else [])
                for rule in broken
            ]
            refusals[0].further, refusals[0].rule = refusals[1:], broken[0].name
            raise refusals[0]

    def _is_broken(self, rule: Rule, sobject: str, scene: Scene) -> bool:
        lacks = rule.lacks
        if rule.formula is not None:
            try:
                return bool(rule.formula.value(scene))
            except (ArithmeticError, ValueError) as problem:
                lacks = _why(problem)
        self.lacks(f"a write of {sobject}, whose validation rule {rule.name} is not evaluated: {lacks}")
        return False


def _value(formula: Formula, scene: Scene) -> Any:
    """The value of a formula; None where the platform shows ``#Error!``."""
    try:
        return formula.value(scene)
    except (ArithmeticError, ValueError):
        return None


def _why(problem: Exception) -> str:
    return str(problem) if type(problem) is ValueError else "a number that cannot be computed"


def _numbered(text: str, number: int, today: datetime.date) -> str:
    """An automatic number in its format.

    >>> _numbered("A-{0000}/{YY}", 7, datetime.date(2026, 1, 2))
    'A-0007/26'
    """
    for name, value in (("YYYY", f"{today:%Y}"), ("YY", f"{today:%y}"), ("MM", f"{today:%m}"), ("DD", f"{today:%d}")):
        text = text.replace(f"{{{name}}}", value)
    for digits in range(10, 0, -1):
        text = text.replace(f"{{{'0' * digits}}}", f"{number:0{digits}}")
    return text
