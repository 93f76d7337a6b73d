"""Which faults the vendors of the bundled pair do not have: those that only other vendors know."""

from __future__ import annotations

import dataclasses

from gameday.model.fault import FakeRule, faults, make_fault
from gameday_fakes.registry import fake_kinds


def of_other_vendors(crm: str, erp: str) -> set[str]:
    """The faults whose rules neither fake knows. One with a parameter that has to be given is taken as known."""
    known = {role: fake_kinds()[vendor].all_fault_kinds() for role, vendor in (("crm", crm), ("erp", erp))}
    found = set()
    for name in faults:
        kind = faults[name]
        if any(field.default is dataclasses.MISSING for field in dataclasses.fields(kind)):
            continue
        actions = [(target, action) for target in kind.targets for action in make_fault(name, {}).actions(target)]
        rules = [(target, action.rule["kind"]) for target, action in actions if isinstance(action, FakeRule)]
        if len(rules) == len(actions) and not any(rule in known.get(target, (rule,)) for target, rule in rules):
            found.add(name)
    return found
