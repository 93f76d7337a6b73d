"""What each fault of a planned scenario will meet with its seed, from a dry run of the workload in this process.

The dry run carries out the workload at a fake CRM without a listener, only to learn the deals' ids: which deals a
fault selects is a hash of the seed, the fault and the deal's id. Pure otherwise: nothing is sent, no clock runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.counts import out_of, plural
from gameday.base.durations import words
from gameday.base.errors import GamedayError
from gameday.config.organisation import kinds_of
from gameday.model.course import planned_words
from gameday.model.fault import FakeRule, make_fault, part_id
from gameday.model.scenario import Injection, Scenario
from gameday.model.workload import BusinessOperation, Workload
from gameday.run.plan import located, make_workload
from gameday.workloads.arrivals import changes_of_nobody
from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.intercept import chosen

#: A larger workload takes longer than planning may.
MOST_DEALS = 2_000

#: The parameter of workloads that gives deals values of an organisation's fields.
DEAL_FIELDS = "deal_fields"
_DELIVERIES = frozenset({"duplicate_delivery", "reorder_delivery", "drop_delivery", "delay_delivery"})
#: What a business operation has the CRM announce of a deal; any other one announces nothing.
_ANNOUNCED = {"close_deal": "first", "amend_deal": "amendment", "void_deal": "void"}
#: The kinds of rules whose share is one of deals, whatever the stack asks for.
_BY_DEAL = _DELIVERIES | {"partial_batch", "half_write", "lock_record"}
#: So is that of an HTTP rule for these operations.
_DEAL_OPERATIONS = ("order", "invoice", "deal")


class Forecast(msgspec.Struct, frozen=True):
    """What one injection will meet.

    ``active`` of the ``deals`` are closed or changed while it is active. ``meets``: how many of these its share
    selects; None if it does not select deals, or if their ids are not known. ``warning`` is a clause, or empty.
    """

    injection: int
    deals: int
    active: int
    meets: int | None = None
    warning: str = ""

    @property
    def line(self) -> str:
        """The forecast in a line for people."""
        if self.meets is None:
            return f"{out_of(self.active, self.deals, 'deal', verb='is')} closed or changed while it is active"
        return f"meets {out_of(self.meets, self.deals, 'deal')}"


class Forecaster:
    """Forecasts for many scenarios; those with the same workload and seed share a dry run."""

    def __init__(self, *, local: bool, organisation: Path | None = None, in_sandboxes: Collection[str] = ()) -> None:
        #: Fakes that run elsewhere may be of vendors that are not installed here.
        self._local = local
        self._organisation = organisation
        #: The contracts of flows whose deals get their ids from a real tenant.
        self._in_sandboxes = in_sandboxes
        self._known: dict[bytes, tuple[Workload, Mapping[str, str]]] = {}

    def forecast(self, scenario: Scenario, absent: Iterable[str] = ()) -> tuple[Forecast, ...]:
        """One for each injection; none without injections, or if the workload is too large.

        Raises GamedayError if the workload cannot be carried out, or a change that it asks for happens to no deal, and
        Impossible if a fault cannot take effect, or people cannot do what they are to do.
        """
        for name in changes_of_nobody(scenario.workload, scenario.seed):
            deals, seed = f"{plural(scenario.workload.count, 'deal')}", scenario.seed
            raise GamedayError(f"none of the {deals} is {name} with seed {seed}", hint="raise the share")
        # Without a fault the workload is carried out for the fields of deals that it asks for: the CRM may refuse them.
        asked = scenario.injections or scenario.by_people or scenario.workload.params.get(DEAL_FIELDS)
        if not asked or scenario.workload.count > MOST_DEALS:
            return ()
        workload, ids = self._dry_run(scenario, tuple(absent))
        return tuple(
            _Meeting(scenario, number, injection, workload.operations, ids).forecast()
            for number, injection in enumerate(scenario.injections)
        )

    def _dry_run(self, scenario: Scenario, absent: tuple[str, ...]) -> tuple[Workload, Mapping[str, str]]:
        # A workload is the same with what people do beside it, but for what they do.
        key = msgspec.json.encode(
            [located(scenario), scenario.by_people, scenario.seed, scenario.flow, absent], enc_hook=str
        )
        if key not in self._known:
            workload = make_workload(scenario, absent)
            self._known[key] = workload, self._ids(scenario, workload)
        return self._known[key]

    def _ids(self, scenario: Scenario, workload: Workload) -> Mapping[str, str]:
        """The deals' ids in the CRM by their keys."""
        known = self._local and scenario.flow.contract not in self._in_sandboxes
        crm = self._fake(scenario.flow.crm, scenario.seed) if known else None
        if crm is None:
            return {}
        catalog = msgspec.to_builtins(workload.catalog, str_keys=True)
        ids: dict[str, str] = {}
        try:
            accounts = crm.operate("seed", "", catalog).get("accounts", {})
            for operation in workload.operations:
                # What people do may need what happened to a deal before.
                if operation.f == "close_deal" or (scenario.by_people and operation.system == "crm"):
                    ids.setdefault(operation.key, str(_done(crm, operation, scenario)["id"]))
        except ControlError as problem:
            raise GamedayError(f"the CRM refuses the workload: {problem}") from None
        erp = self._fake(scenario.flow.erp, scenario.seed) if scenario.by_people else None
        if erp is not None:
            named = [{**each, "id": accounts.get(each["key"], each["key"])} for each in catalog["accounts"]]
            erp.operate("seed", "", {**catalog, "accounts": named})
            for operation in workload.operations:
                # The orders of deals are the stack's; here there are none.
                if operation.system == "erp" and operation.key not in ids:
                    _done(erp, operation, scenario)
        return ids

    def _fake(self, vendor: str, seed: int) -> Fake | None:
        """A fake without a listener; None of a vendor that is not known here."""
        kind = kinds_of(self._organisation).get(vendor)
        if kind is None:
            return None
        clock = Clock()
        fake = kind(clock, EventLog(clock))
        fake.start_again(seed)
        return fake


def _done(fake: Fake, operation: BusinessOperation, scenario: Scenario) -> dict[str, Any]:
    """What a fake answers to an operation. Raises ControlError; Impossible if people are to do it and cannot."""
    try:
        return fake.operate(operation.f, operation.key, operation.value)
    except ControlError as problem:
        if not operation.asked:
            raise
        number = next(
            number
            for number, each in enumerate(scenario.by_people)
            if (each.at_s, each.operation, each.target) == (operation.at_s, operation.f, operation.system)
        )
        hint = "" if operation.key else "a column 'deal' names one by its number, 1 for the first one that is won"
        did = planned_words(scenario.by_people[number])
        raise Impossible(f"people {number}", f"{did} is not possible: {problem}", hint=hint) from None


class Impossible(GamedayError):
    """A fault that cannot take effect, or what people cannot do; ``what`` names it: "fault 1", "people 0"."""

    def __init__(self, what: str, problem: str, *, hint: str = "") -> None:
        self.what = what
        super().__init__(problem, hint=hint)


class _Meeting:
    """One injection and the business operations that it meets."""

    def __init__(
        self,
        scenario: Scenario,
        number: int,
        injection: Injection,
        operations: tuple[BusinessOperation, ...],
        ids: Mapping[str, str],
    ) -> None:
        self._scenario = scenario
        self._number = number
        self._injection = injection
        self._ids = ids
        self._deals = sorted({each.key for each in operations if each.f == "close_deal"})
        length_s = injection.duration_s
        end_s = scenario.healed_s if length_s is None else injection.at_s + length_s
        operations = tuple(each for each in operations if each.system == "crm")
        self._met = [each for each in operations if injection.at_s <= each.at_s < end_s and each.key in self._deals]
        self._last_s = max((each.at_s for each in operations), default=0.0)

    def forecast(self) -> Forecast:
        """What it will meet. Raises Impossible if it cannot take effect on any stack."""
        rules = list(self._rules())
        self._met = [each for each in self._met if any(_sends(rule, each) for _, rule in rules)] if rules else self._met
        active = {operation.key for operation in self._met}
        for part, rule in rules:
            self._check(part, rule)
        by_deal = [(part, rule) for part, rule in rules if _is_by_deal(rule)]
        meets = None
        if by_deal and self._ids:
            meets = len({key for key in active for part, rule in by_deal if self._selects(part, rule, key)})
        return Forecast(self._number, len(self._deals), len(active), meets, self._warning(active, meets))

    def _rules(self) -> Iterator[tuple[str, dict[str, Any]]]:
        actions = make_fault(self._injection.fault, self._injection.params).actions(self._injection.target)
        for part, action in enumerate(actions):
            if isinstance(action, FakeRule):
                yield part_id(self._number, self._injection.fault, part), action.rule

    def _selects(self, part: str, rule: Mapping[str, Any], key: str) -> bool:
        return chosen(self._scenario.seed, part, self._ids[key], float(rule.get("share", 1.0)))

    def _check(self, part: str, rule: Mapping[str, Any]) -> None:
        share = float(rule.get("share", 1.0))
        by_deal = _is_by_deal(rule) and bool(self._ids)
        if by_deal and not any(self._selects(part, rule, key) for key in self._deals):
            deals, seed = f"{plural(len(self._deals), 'deal')}", self._scenario.seed
            raise self._impossible(f"its share of {share:g} selects none of the {deals} with seed {seed}", "raise it")
        if rule["kind"] not in _DELIVERIES:
            return
        if not self._met:
            begins, last = words(self._injection.at_s), words(self._last_s)
            raise self._impossible(
                f"it begins at {begins}, the last business operation is at {last}, and no event {_of_kind(rule)}is "
                "sent meanwhile",
                "let it begin earlier",
            )
        sent = [each.at_s for each in self._met if not by_deal or self._selects(part, rule, each.key)]
        if not sent:
            raise self._impossible("its share selects none of the deals whose events are sent while it is active")
        due_s = max(sent) + _held_s(rule)
        if due_s > self._scenario.horizon_s:
            raise self._impossible(
                f"an event is held back until {words(due_s)}, and the ledgers are read at "
                f"{words(self._scenario.horizon_s)}",
                "shorten it, or allow more time in the expectations",
            )

    def _impossible(self, problem: str, hint: str = "") -> Impossible:
        fault = self._injection.fault
        return Impossible(f"fault {self._number}", f"{fault!r} cannot take effect: {problem}", hint=hint)

    def _warning(self, active: set[str], meets: int | None) -> str:
        if not active and not self._follows_another():
            return "no deal is closed or changed while it is active, so it may meet nothing and the run be inconclusive"
        if meets == 0:
            return "its share selects none of the deals that are closed or changed while it is active"
        return ""

    def _follows_another(self) -> bool:
        """Whether it begins while another fault is active, which may have held deals back until then."""
        begins_s = self._injection.at_s
        others = (each for each in self._scenario.injections if each is not self._injection)
        return any(
            each.at_s < begins_s and (each.duration_s is None or begins_s <= each.at_s + each.duration_s)
            for each in others
        )


def _sends(rule: Mapping[str, Any], operation: BusinessOperation) -> bool:
    """Whether a business operation has the CRM send an event on which a rule acts; any rule but one of deliveries does.

    >>> _sends({"kind": "drop_delivery", "events": "void"}, BusinessOperation(1.0, "amend_deal", "deal-1", {}))
    False
    >>> _sends({"kind": "drop_delivery", "events": "amendment"}, BusinessOperation(1.0, "reprice", "deal-1", {}))
    False
    """
    wanted = rule.get("events", "all")
    return wanted in ("all", _ANNOUNCED.get(operation.f, ""))


def _is_by_deal(rule: Mapping[str, Any]) -> bool:
    return rule["kind"] in _BY_DEAL or (
        rule["kind"] == "http" and str(rule.get("operation", "*")).startswith(_DEAL_OPERATIONS)
    )


def _of_kind(rule: Mapping[str, Any]) -> str:
    """The kind of event that a delivery rule is about, as words between "event" and "is"; empty if it is any."""
    words_of = {"first": "of a won deal ", "amendment": "of a changed deal ", "void": "of a voided deal "}
    return words_of.get(str(rule.get("events", "all")), "")


def _held_s(rule: Mapping[str, Any]) -> float:
    """How long after it is sent the last message or copy of a delivery rule is due."""
    match rule["kind"]:
        case "duplicate_delivery":
            return float(rule.get("copies", 1)) * float(rule.get("gap_s", 5.0))
        case "reorder_delivery":
            return float(rule.get("hold_s", 120.0))
        case "delay_delivery":
            return float(rule.get("delay_s", 300.0))
    return 0.0
