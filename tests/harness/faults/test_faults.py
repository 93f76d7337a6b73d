"""Every fault is complete, pure and healable, and a feature's table is read with care."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday.base.errors import GamedayError
from gameday.model.fault import FakeRule, Fault, RollOut, StackAct, Toxic, faults, make_fault
from gameday_fakes.registry import catalogue_of, fake_kinds
from support.rows import rows

TOXICS = {"latency", "bandwidth", "slow_close", "timeout", "reset_peer", "slicer", "limit_data", "down"}


def needed(name: str) -> dict[str, str]:
    """Something for each parameter that has no default."""
    return {f.name: "Thing.Field" for f in dataclasses.fields(faults[name]) if f.default is dataclasses.MISSING}


def example(name: str) -> Fault:
    """A fault with its defaults, and something for what has none."""
    return make_fault(name, needed(name))


@rows("name", list(faults))
def test_a_fault_is_frozen_documented_and_has_targets(name: str) -> None:
    kind = faults[name]
    fault = example(name)
    assert dataclasses.is_dataclass(kind)
    assert (kind.__doc__ or "").strip()
    assert kind.targets
    assert kind.reasons
    with pytest.raises(dataclasses.FrozenInstanceError):
        fault.anything = 1  # type: ignore[attr-defined]


@rows("name", list(faults))
def test_a_fault_has_the_same_actions_every_time(name: str) -> None:
    fault = example(name)
    for target in fault.targets:
        actions = fault.actions(target)
        assert actions
        assert actions == fault.actions(target)
        assert all(isinstance(inject, FakeRule | Toxic | StackAct | RollOut) for inject in actions)


#: What a feature would name, where a fault's default is for another target.
NAMED = {
    "crm": {"field": "Opportunity.Amount", "new_name": "Total__c", "record": "Opportunity", "operation": "deal.write"},
    "erp": {"field": "salesOrder.item.rate", "new_name": "unitPrice", "record": "salesOrder"},
}
BUNDLED = {"crm": "salesforce", "erp": "netsuite", "pager": "pagerduty", "tickets": "jira"}


@rows("name", list(faults))
def test_a_bundled_fake_takes_every_rule_of_a_fault(name: str) -> None:
    fields = {f.name for f in dataclasses.fields(faults[name])}
    for target in set(faults[name].targets) & set(BUNDLED):
        params = {key: value for key, value in NAMED.get(target, {}).items() if key in fields}
        for action in make_fault(name, params).actions(target):
            if isinstance(action, FakeRule):
                catalogue_of(knowing(BUNDLED[target], action.rule["kind"])).check_rule(action.rule)


@rows("vendor", sorted(name for name, fake in fake_kinds().items() if fake.role in ("crm", "erp")))
def test_a_vendor_takes_every_rule_of_a_fault_that_it_can_have(vendor: str) -> None:
    fake, catalogue, refused = fake_kinds()[vendor], catalogue_of(vendor), {}
    for name, kind in faults.items():
        # What has no default names something of one vendor; so does the default of a picklist's field.
        if fake.role not in kind.targets or needed(name) or name == "new picklist value":
            continue
        has_operation = fake.role == "crm" and any(f.name == "operation" for f in dataclasses.fields(kind))
        params = {"operation": "deal.write"} if has_operation else {}
        for action in make_fault(name, params).actions(fake.role):
            known = isinstance(action, FakeRule) and action.rule["kind"] in fake.all_fault_kinds()
            if isinstance(action, FakeRule) and known and action.rule["kind"] not in fake.manifest.cannot:
                try:
                    catalogue.check_rule(action.rule)
                except ValueError as problem:
                    refused[name] = str(problem)
    assert refused == {}


def knowing(vendor: str, kind: str) -> str:
    """The vendor if its fake knows a kind of fault, else one of its role whose fake has it as a fault of its own."""
    kinds = fake_kinds()
    others = [name for name, fake in kinds.items() if fake.role == kinds[vendor].role]
    return next(name for name in (vendor, *others) if kind in kinds[name].all_fault_kinds())


def test_together_the_network_faults_use_every_toxic() -> None:
    used = {s.type for n in faults for t in faults[n].targets for s in example(n).actions(t) if isinstance(s, Toxic)}
    assert used == TOXICS


def test_names_of_parameters_are_written_with_blanks() -> None:
    assert make_fault("renamed field", {"field": "A.b", "new name": "c"}) == make_fault(
        "renamed field", {"field": "A.b", "new_name": "c"}
    )


def test_a_module_need_not_postpone_its_annotations(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = dataclasses.make_dataclass("Typed", [("share", float, 0.5)], bases=(Fault,), frozen=True)
    monkeypatch.setattr("gameday.model.fault.faults", {"typed": kind})
    assert make_fault("typed", {"share": "0.25"}) == kind(share=0.25)


def test_an_unknown_fault_is_named_with_the_nearest_known() -> None:
    with pytest.raises(GamedayError, match=r"unknown fault 'renamed fild'.*did you mean 'renamed field'"):
        make_fault("renamed fild", {})


def test_an_unknown_parameter_is_named_with_the_known() -> None:
    with pytest.raises(GamedayError, match=r"unknown parameter of 'price drift' 'percnt'; known: percent, share"):
        make_fault("price drift", {"percnt": "3"})


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(GamedayError, match=r"'hidden field' needs the parameter 'field'"):
        make_fault("hidden field", {})


def test_a_bad_value_is_named() -> None:
    with pytest.raises(GamedayError, match=r"bad value 'much' for 'percent' of fault 'price drift'"):
        make_fault("price drift", {"percent": "much"})


@rows("share", ["-0.1", "1.5", "nan", "inf"])
def test_a_share_is_between_0_and_1(share: str) -> None:
    with pytest.raises(GamedayError, match=r"'share' of fault 'price drift'.*between 0 and 1"):
        make_fault("price drift", {"share": share})


@given(
    name=st.sampled_from(list(faults)), params=st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=4)
)
def test_whatever_stands_in_a_table_is_a_fault_or_a_clear_error(name: str, params: dict[str, str]) -> None:
    try:
        make_fault(name, params)
    except GamedayError as problem:
        assert "\n" not in str(problem)


@rows("name", sorted(faults))
def test_a_fault_whose_strength_is_0_changes_nothing(name: str) -> None:
    kind = faults[name]
    for field in dataclasses.fields(kind):
        if field.name in ("share", "toxicity"):
            with pytest.raises(GamedayError, match=f"with a {field.name} of 0 changes nothing"):
                make_fault(name, {**needed(name), field.name: "0"})
    if kind.strength:
        with pytest.raises(GamedayError, match=f"{kind.strength[0].replace('_', ' ')} 0.* changes nothing"):
            make_fault(name, {**needed(name), **dict.fromkeys(kind.strength, "0")})


def test_one_parameter_above_0_is_strength_enough() -> None:
    assert make_fault("slow replies", {"delay s": "0", "jitter s": "3"})


def test_a_field_renamed_to_its_own_name_changes_nothing() -> None:
    with pytest.raises(GamedayError, match="with the name that the field has changes nothing"):
        make_fault("renamed field", {"field": "Opportunity.Amount", "new name": "Amount"})


#: Of the gate alone: a contract says what the ERP's writes are checked against.
NOT_OF_FEATURES = {"check_writes"}
#: Values of the parameters that have no default.
NEEDED = {
    "changed type": {"field": "Opportunity.Amount"},
    "hidden field": {"field": "Opportunity.Amount"},
    "old API version": {"field": "Opportunity.CloseDate"},
    "renamed field": {"field": "Opportunity.Amount", "new name": "Total__c"},
    "required field": {"field": "salesOrder.memo"},
    "revoked permission": {"record": "salesOrder"},
}


@rows("vendor", fake_kinds())
def test_every_fault_that_a_fake_has_can_be_injected_by_a_feature(vendor: str) -> None:
    role = fake_kinds()[vendor].role
    reached = {
        action.rule["kind"]
        for name, kind in faults.items()
        if role in kind.targets
        for action in make_fault(name, NEEDED.get(name, {})).actions(role)
        if isinstance(action, FakeRule)
    }
    assert set(fake_kinds()[vendor].all_fault_kinds()) - NOT_OF_FEATURES <= reached


#: Parameters of rules that a fault says in one with another: ``Object.Field``.
SAID_OTHERWISE = {"record", "object", "field"}


def test_every_parameter_of_a_fakes_fault_is_one_of_a_feature_and_every_choice_is_made() -> None:
    said: dict[str, set[str]] = {}
    chosen: dict[tuple[str, str], set[str]] = {}
    for name, kind in faults.items():
        for target in kind.targets:
            for action in make_fault(name, NEEDED.get(name, {})).actions(target):
                if isinstance(action, FakeRule):
                    rule = action.rule["kind"]
                    said.setdefault(rule, set()).update(field.name for field in dataclasses.fields(kind))
                    for key, value in action.rule.items():
                        chosen.setdefault((rule, key), set()).add(str(value))
    lacking = [
        f"{each.name}: {parameter.name}"
        for vendor in fake_kinds()
        for each in catalogue_of(vendor).fault_kinds
        for parameter in each.parameters
        if each.name not in NOT_OF_FEATURES
        and parameter.name not in said[each.name] | SAID_OTHERWISE
        # What no table says follows from the fault; then there is one for each choice, the default among them.
        and (
            not parameter.choices
            or set(parameter.choices) - {parameter.default} - chosen.get((each.name, parameter.name), set())
        )
    ]
    assert lacking == []
