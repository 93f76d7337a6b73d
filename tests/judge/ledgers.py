"""Mutations of the two ledgers, the dead letters and the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.model.checker import Case, ControlLedgers
from gameday_fakes.ledger import Entry, Ledger
from judge.mutation import Mutation, sampled
from judge.values import changes, of_value

replace = msgspec.structs.replace


def of_ledgers(case: Case) -> Iterator[Mutation]:
    """Every entry of both ledgers changed, removed, doubled; entries added; the ledgers' own fields changed."""
    outcomes = {outcome.deal: outcome for outcome in reconcile(case).outcomes}
    for role in ("crm", "erp"):
        ledger: Ledger = getattr(case, role)
        noun = "deal" if role == "crm" else "order"

        def with_entries(entries: tuple[Entry, ...], role: str = role, ledger: Ledger = ledger) -> Case:
            return replace(case, **{role: replace(ledger, entries=entries)})

        def area(entry: Entry, of: str = f"{role.upper()} {noun}") -> str:
            outcome = outcomes.get(entry.id) or outcomes.get(entry.keys.get(case.match, ""))
            return f"{of} ({' and '.join((entry.state, *_became(outcome)))})"

        for at, entry in sampled(ledger.entries, area):
            yield from _of_entry(area(entry), entry, ledger.entries[:at], ledger.entries[at + 1 :], with_entries)
        for name, after in _added(role, ledger.entries):
            yield Mutation(f"{role.upper()} ledger", "entries", name, noun, _bind(with_entries, after))
        for field in msgspec.structs.fields(ledger):
            if field.name != "entries":
                for _, name, value in of_value(field.type, getattr(ledger, field.name), field.name):
                    changed = replace(ledger, **{field.name: value})
                    yield Mutation(f"{role.upper()} ledger", field.name, name, "", _case_with(case, role, changed))


#: Before the area of a change in the ledgers of the fault-free control.
FAULT_FREE = "fault-free "


def control_of(case: Case) -> Case:
    """The fault-free control as a case of its own, without what it needs no more."""
    assert case.control is not None and case.control_ledgers is not None
    scenario = replace(case.scenario, injections=())
    both = case.control_ledgers
    return replace(
        case,
        scenario=scenario,
        history=case.control,
        crm=both.crm,
        erp=both.erp,
        dead_letters=(),
        control=None,
        control_ledgers=None,
    )


def of_control_ledgers(case: Case) -> Iterator[Mutation]:
    """The same changes in the ledgers of the fault-free control."""
    if case.control is None or case.control_ledgers is None:
        return
    yield Mutation("control ledgers", "(whole)", "removed", "", lambda: replace(case, control_ledgers=None))
    for mutation in of_ledgers(control_of(case)):
        yield mutation._replace(area=f"{FAULT_FREE}{mutation.area}", apply=_with_control(case, mutation))


def _with_control(case: Case, mutation: Mutation) -> Callable[[], Case]:
    def apply() -> Case:
        control = mutation.apply()
        return replace(case, control_ledgers=ControlLedgers(control.crm, control.erp))

    return apply


def of_customers(case: Case) -> Iterator[Mutation]:
    """A customer that the sync has added: an account's second one, by its id or by its name, and one of no account."""
    account = next(iter(case.crm.customers), "")
    named = {**case.crm.customers.get(account, {}), "Name": "One name"}
    crm = replace(case.crm, customers={**case.crm.customers, account: named})
    for name, fields in (
        ("one added again by id", {"externalId": account, "id": "1001"}),
        ("one added again by name", {"companyName": "One Name"}),
        ("one added of no account", {"companyName": "nobody's"}),
    ):
        new = (*(case.erp.new_customers or ()), "1001")
        erp = replace(case.erp, customers={**case.erp.customers, "1001": fields}, new_customers=new)
        changed = replace(case, crm=crm, erp=erp)
        yield Mutation("ERP ledger", "customers and new_customers", name, "1001", lambda changed=changed: changed)


def of_items(case: Case) -> Iterator[Mutation]:
    """An item that the sync has added: a product's second one, by either name, and one of no product."""
    for name, fields in (
        ("one added again", {"itemId": "SKU-1"}),
        ("one added again by its label", {"itemId": "SKU-1 (2)", "displayName": "SKU-1"}),
        ("one added of no product", {"itemId": "nobody's"}),
    ):
        erp = replace(case.erp, items=(*case.erp.items, "SKU-1"), new_items={**case.erp.new_items, "2001": fields})
        changed = replace(case, erp=erp)
        yield Mutation("ERP ledger", "items and new_items", name, "2001", lambda changed=changed: changed)


def _became(outcome: OrderOutcome | None) -> Iterator[str]:
    """What is special about a deal, so that one of each is changed."""
    if outcome is not None and not outcome.void:
        if outcome.changed_s > outcome.closed_s:
            yield "amended"
        if outcome.state != "ok":
            yield "late" if outcome.state == "late" else "wrong"


def _of_entry(
    area: str,
    entry: Entry,
    before: tuple[Entry, ...],
    after: tuple[Entry, ...],
    with_entries: Callable[[tuple[Entry, ...]], Case],
) -> Iterator[Mutation]:
    yield Mutation(area, "(whole)", "removed", entry.id, _bind(with_entries, (*before, *after)))
    yield Mutation(area, "(whole)", "doubled", entry.id, _bind(with_entries, (*before, entry, entry, *after)))
    other = replace(entry, id=f"{entry.id}-2")
    yield Mutation(
        area, "(whole)", "again with another id", entry.id, _bind(with_entries, (*before, entry, other, *after))
    )
    for field, name, changed in changes(entry):
        yield Mutation(area, field, name, entry.id, _bind(with_entries, (*before, changed, *after)))


def _added(role: str, entries: tuple[Entry, ...]) -> Iterator[tuple[str, tuple[Entry, ...]]]:
    """An entry that belongs to nothing on the other side: a deal without an order, or an order without a deal."""
    model = next((entry for entry in entries if entry.state in ("won", "open")), None)
    if model is not None:
        keys = dict.fromkeys(model.keys, "nowhere")
        yield (
            f"one added without {'order' if role == 'crm' else 'deal'}",
            (*entries, replace(model, id="nowhere", keys=keys)),
        )


def of_dead_letters(case: Case) -> Iterator[Mutation]:
    """Every dead letter changed, removed or doubled, and one added."""
    for _, field, name, value in _in_area(case, "dead_letters"):
        yield Mutation("dead letter", field, name, "", _case_with(case, "dead_letters", value))
    letters = case.dead_letters
    for at, letter in enumerate(letters):
        for name, changed in (
            ("no reason", replace(letter, reason="")),
            ("wrong reason", replace(letter, reason="the coffee is cold")),
            ("no payload", replace(letter, payload=None)),
            ("payload of another deal", replace(letter, payload={"Id": "another"})),
            ("only the id as payload", replace(letter, payload={"Id": letter.order})),
        ):
            after = (*letters[:at], changed, *letters[at + 1 :])
            yield Mutation(
                "dead letter as parked", "content", name, letter.order, _case_with(case, "dead_letters", after)
            )


#: The fields of a case that have an area of their own, and the one that is not changed: a scenario says what is asked
#: of a stack, so another one is another question.
NAMED = ("crm", "erp", "history", "control", "control_ledgers", "dead_letters", "contract", "match", "scenario")


def of_other_fields(case: Case) -> Iterator[Mutation]:
    """Every other field of the case, so that a new one is changed too."""
    for field in msgspec.structs.fields(case):
        if field.name not in NAMED:
            for _, path, change, value in _in_area(case, field.name):
                yield Mutation("case", path, change, "", _case_with(case, field.name, value))


def of_contract(case: Case) -> Iterator[Mutation]:
    """Every field of the contract changed, and the matching key of the case."""
    for _, field, name, value in _in_area(case, "contract"):
        yield Mutation("contract", field.removeprefix("contract."), name, "", _case_with(case, "contract", value))
    for _, field, name, value in _in_area(case, "match"):
        yield Mutation("contract", f"{field} (of the run)", name, "", _case_with(case, "match", value))


def _in_area(case: Case, name: str) -> Iterator[tuple[str, str, str, Any]]:
    field = next(field for field in msgspec.structs.fields(case) if field.name == name)
    for path, change, value in of_value(field.type, getattr(case, name), name):
        yield name, path, change, value


def _case_with(case: Case, name: str, value: Any) -> Callable[[], Case]:
    return lambda: replace(case, **{name: value})


def _bind(function: Callable[[tuple[Entry, ...]], Case], entries: tuple[Entry, ...]) -> Callable[[], Case]:
    return lambda: function(entries)
