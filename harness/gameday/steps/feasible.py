"""What a run could not do in its environment, by the vendors' catalogues and the stack, found before it starts."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.errors import GamedayError, unknown
from gameday.config.features import in_library
from gameday.config.gameday_toml import StackTable, config_of
from gameday.config.organisation import kinds_of
from gameday.config.sandbox import SandboxTable
from gameday.contracts.flows import bundled_flows, read_flows
from gameday.contracts.folders import contract_folders
from gameday.contracts.odcs import load_contract
from gameday.contracts.pair import Asked
from gameday.model.abort import AbortCondition
from gameday.model.capability import CHANGES_AFTER_WINNING, why_not_applicable
from gameday.model.checker import needs_of as checker_needs
from gameday.model.fault import Action, FakeRule, Fault, RollOut, StackAct, Toxic, link_of, make_fault
from gameday.model.fault import needs_of as fault_needs
from gameday.model.rates import Rates
from gameday.model.scenario import Flow, Injection, PlannedOperation, Scenario, WorkloadSpec
from gameday.model.settings import Settings
from gameday.model.workload import operations, operations_in
from gameday.steps.lacked_fields import why_deals_lacked
from gameday.steps.people import PLACES, operation_mistakes
from gameday.steps.vendor_limits import refusal, vendors, why_impossible, why_lacked
from gameday.workloads.arrivals import changes_asked, check_spec
from gameday_fakes.catalogue import Catalogue

_ARTICLES = {"crm": "a", "erp": "an", "pager": "a", "tickets": "a"}
IN_SANDBOXES = "leave it to features that run with fakes: docs/staging.md"
_LINKS = frozenset(link_of(role) for role in ("stack", *PLACES))


class PlannedEnvironment(msgspec.Struct, frozen=True):
    """What a scenario runs in: the stack and the contracts, unless they cannot be read, and whose fakes.

    ``organisation`` is the folder of what the CRM and the ERP serve, None for the bundled one. ``rates`` lead to the
    reporting currency. ``sandbox`` says which flows run in sandbox tenants. Unless the fakes are ``local``, nothing is
    said about them: other vendors may be installed where they run.
    """

    stack: StackTable | None = None
    local: bool = True
    contracts: frozenset[str] | None = None
    contract_folders: tuple[Path, ...] = ()
    organisation: Path | None = None
    rates: Rates = Rates()
    sandbox: SandboxTable | None = None

    def asked(self, settings: Settings, feature: str) -> Asked:
        """What a session asks for in a feature: another contract only in those of the library."""
        contract = settings.contract if in_library(feature) else ""
        return Asked(settings.crm, settings.erp, self.contract_folders, contract)

    def abort_mistakes(self, condition: AbortCondition) -> Iterator[GamedayError]:
        """An abort condition that could not be evaluated: a budget in another currency than the reporting one."""
        try:
            condition.check(self.rates)
        except GamedayError as problem:
            yield problem

    def flow_mistakes(self, flow: Flow) -> Iterator[GamedayError]:
        """A contract or vendors that do not exist, or vendors that play another role."""
        if self.contracts is not None and flow.contract not in self.contracts:
            hint = "a contract is two files, .crm.yaml and .erp.yaml"
            yield unknown("contract", flow.contract, self.contracts, hint=hint)
        if not self.local:
            return
        if self.sandbox is not None:
            try:
                self.sandbox.of(flow)
            except GamedayError as problem:
                yield problem
        roles = {name: kind.role for name, kind in vendors().items()}
        for role, vendor in (("crm", flow.crm), ("erp", flow.erp)):
            known = [name for name, plays in roles.items() if plays == role]
            if vendor not in roles:
                yield unknown(PLACES[role], vendor, known)
            elif roles[vendor] != role:
                plays, wanted = (f"{_ARTICLES[each]} {PLACES[each]}" for each in (roles[vendor], role))
                hint = f"known: {', '.join(sorted(known)) or 'none'}"
                yield GamedayError(f"{vendor!r} is {plays}, not {wanted}", hint=hint)

    def settings_mistakes(self, role: str, settings: Mapping[str, Any], flow: Flow) -> Iterator[GamedayError]:
        """Settings that the vendor in a role does not know, or values that it does not take."""
        vendor = self._vendor(role, flow)
        if not self.local or vendor not in vendors():
            return
        if vendor in self._tenants(flow):
            yield GamedayError(
                f"settings of {vendor} are not possible: only a fake can be set so, and flow {flow.contract!r} runs in "
                "sandboxes"
            )
            return
        known = {parameter.name: parameter for parameter in self._catalogue(vendor).settings}
        if not settings:
            yield GamedayError(f"no settings of {vendor} are given", hint=f"a table of: {', '.join(sorted(known))}")
        bad = [unknown(f"setting of {vendor}", name, known) for name in settings if name not in known]
        yield from bad
        why = "" if bad else refusal(vendor, settings, self.organisation)
        if why and not why_lacked(vendor, settings, self.organisation):
            yield GamedayError(f"the settings of {vendor} are not possible: {why}")

    def injection_mistakes(self, injection: Injection, flow: Flow) -> Iterator[GamedayError]:
        """Actions that the target cannot carry out, or whose fault kind or parameters its vendor does not know."""
        vendor = self._vendor(injection.target, flow)
        for action in make_fault(injection.fault, injection.params).actions(injection.target):
            if why := self._only_with_fakes(action, vendor, flow):
                yield GamedayError(f"{injection.fault!r} is not possible: {why}", hint=IN_SANDBOXES)
                continue
            match action:
                case FakeRule() if self.local and vendor in vendors():
                    try:
                        self._catalogue(vendor).check_rule(action.rule)
                    except ValueError as problem:
                        yield GamedayError(f"{injection.fault!r} is not possible: {problem}")
                case Toxic() if action.link not in _LINKS:
                    yield unknown("link", action.link, _LINKS)
                case StackAct(process=process) if self.stack is not None and process:
                    known = {each.name for each in self.stack.parts if each.name}
                    if process not in known:
                        yield unknown("process", process, known, where=f"stack {self.stack.name!r}")
                case StackAct() if self.stack is not None and self.stack.url:
                    yield from self._stack_mistakes(action, self.stack)

    def operation_mistakes(self, planned: PlannedOperation, flow: Flow) -> Iterator[GamedayError]:
        """What people are to do, and cannot: an operation or parameters that the vendor's fake does not know."""
        vendor = self._vendor(planned.target, flow)
        if not self.local or vendor not in vendors():
            return
        in_sandbox = vendor in self._tenants(flow)
        catalogue = _sandbox_catalogue(vendor, self.organisation) if in_sandbox else self._catalogue(vendor)
        yield from operation_mistakes(planned, vendor, catalogue)

    def _tenants(self, flow: Flow) -> Collection[str]:
        """The vendors whose sandboxes a flow uses."""
        return (flow.crm, flow.erp) if self.sandbox is not None and flow.contract in self.sandbox.flows else ()

    def _only_with_fakes(self, action: Action, vendor: str, flow: Flow) -> str:
        """Why an action is impossible for a flow that runs in sandboxes, in one clause; empty if it is possible."""
        tenants = self._tenants(flow)
        if tenants and isinstance(action, Toxic) and action.link == link_of("stack"):
            return f"the {PLACES['crm']}'s messages reach the stack without gameday in sandboxes"
        if vendor not in tenants or vendor not in vendors() or not isinstance(action, FakeRule):
            return ""
        kind = str(action.rule.get("kind", ""))
        if any(each.name == kind for each in _sandbox_catalogue(vendor, self.organisation).fault_kinds):
            return self._why_unchanged(vendor, action.rule)
        return f"only a fake can do {kind!r}, and flow {flow.contract!r} runs in a sandbox of {vendor}"

    def _why_unchanged(self, vendor: str, rule: Mapping[str, Any]) -> str:
        """Why the tenant itself must not be changed by a rule; empty for one that it is not changed by."""
        # Most flows have no tenants, and it loads an HTTP client.
        from gameday_fakes.sandbox.proxy import tenant_kind

        kind = tenant_kind(kinds_of(self.organisation)[vendor])
        settings = self.sandbox.tenants.get(vendor) if self.sandbox is not None else None
        if settings is None or all(each.name != rule["kind"] for each in kind.change_kinds):
            return ""
        return kind.why_unchanged(settings, dict(rule))

    def workload_mistakes(self, spec: WorkloadSpec, crm: str, *, contract: str = "") -> Iterator[GamedayError]:
        """Parameters that the workload does not take, and operations that the CRM does not know."""
        try:
            check_spec(spec)
        except GamedayError as problem:
            yield problem
            return
        if not self.local or crm not in vendors():
            return
        in_sandbox = self.sandbox is not None and contract in self.sandbox.flows
        catalogue = _sandbox_catalogue(crm, self.organisation) if in_sandbox else self._catalogue(crm)
        known = {entry.name for entry in catalogue.business_operations}
        for name in operations_in(spec.params):
            if known and operations[name].act not in known:
                yield GamedayError(f"deals of {crm} cannot be {name}: it knows no operation {operations[name].act!r}")

    def why_not_applicable(self, scenario: Scenario) -> str:
        """Why a scenario says nothing about the stack: its table, or the contract, declares absent what is needed.

        Or a vendor, or the organisation, cannot have it. One fault that can affect nothing is enough, or if no
        expectation is left. Empty if the scenario applies.
        """
        if why := why_impossible(scenario):
            return why
        for role, settings in scenario.settings.items() if self.local else ():
            if (vendor := self._vendor(role, scenario.flow)) and (
                why := why_lacked(vendor, settings, self.organisation)
            ):
                return why
        if self.local and (why := why_deals_lacked(scenario, self.organisation)):
            return why
        absent = self._absent(scenario.flow.contract)
        if not absent and not self._rolls_nothing_out:
            return ""
        for injection in scenario.injections:
            fault = make_fault(injection.fault, injection.params)
            if why := why_not_applicable(fault_needs(fault, injection.target), absent):
                return f"{injection.fault!r} cannot affect {self._name}: {why}"
            if self.cannot_roll_out(fault, injection.target):
                return f"{injection.fault!r} cannot affect {self._name}: its table has no roll_out hook"
        of_deals = any(each.target == "crm" and each.deals for each in scenario.by_people)
        changes = (CHANGES_AFTER_WINNING,) if of_deals or changes_asked(scenario.workload) else ()
        if why := why_not_applicable(changes, absent):
            return f"won deals change, and {self._name} does without: {why}"
        needs = [checker_needs(expectation.checker) for expectation in scenario.expectations]
        reasons = [why_not_applicable(each, absent) for each in needs]
        return f"nothing is expected of {self._name}: {reasons[0]}" if reasons and all(reasons) else ""

    @property
    def _rolls_nothing_out(self) -> bool:
        return self.stack is not None and not self.stack.roll_out

    def cannot_roll_out(self, fault: Fault, target: str) -> bool:
        """Whether a fault begins a rollout, and there is a stack whose table has no hook that does."""
        return self._rolls_nothing_out and any(isinstance(each, RollOut) for each in fault.actions(target))

    @property
    def _name(self) -> str:
        return self.stack.name if self.stack is not None else "the stack"

    def _absent(self, contract: str) -> frozenset[str]:
        """What the stack's table declares absent, or the contract does not ask for."""
        declared = self.stack.absent if self.stack is not None else ()
        return frozenset(declared) | ({"invoices"} if not _invoiced(contract, self.contract_folders) else frozenset())

    def _catalogue(self, vendor: str) -> Catalogue:
        return _catalogue(vendor, self.organisation)

    def _vendor(self, role: str, flow: Flow) -> str:
        """The fake that plays a role, "" where it is not known, or where it is no vendor of that role."""
        if role in ("crm", "erp"):
            vendor = flow.crm if role == "crm" else flow.erp
            kind = vendors().get(vendor)
            return vendor if kind is not None and kind.role == role else ""
        if self.stack is None:
            return ""
        return {"pager": self.stack.alerts, "tickets": self.stack.tickets}.get(role, "")

    @staticmethod
    def _stack_mistakes(action: StackAct, stack: StackTable) -> Iterator[GamedayError]:
        if action.act == "kill":
            yield GamedayError(f"stack {stack.name!r} cannot be killed: it is a URL", hint="give it a command")
        elif not (stack.pause and stack.resume):
            yield GamedayError(
                f"stack {stack.name!r} cannot be paused: it is a URL", hint="give it a pause and a resume hook"
            )


@functools.cache
def _invoiced(contract: str, folders: tuple[Path, ...]) -> bool:
    """Whether a contract asks for invoices; one that cannot be read is refused elsewhere."""
    try:
        return load_contract(contract, folders).invoiced
    except GamedayError:
        return True


@functools.cache
def _sandbox_catalogue(vendor: str, organisation: Path | None) -> Catalogue:
    # Most flows have no tenants, and it loads an HTTP client.
    from gameday_fakes.sandbox.proxy import sandbox_kind

    return sandbox_kind(kinds_of(organisation)[vendor]).catalogue()


@functools.cache
def _catalogue(vendor: str, organisation: Path | None) -> Catalogue:
    return kinds_of(organisation)[vendor].catalogue()


def planned_environment(settings: Settings, stack: str) -> PlannedEnvironment:
    """The environment that the settings name, as far as they can be read.

    What cannot be read is left out: looking up the stack and the contract says what is wrong with them.
    """
    try:
        config = config_of(settings)
    except GamedayError:
        return PlannedEnvironment()
    table, contracts = None, None
    with contextlib.suppress(GamedayError):
        table = config.stack(stack)
    with contextlib.suppress(GamedayError):
        contracts = frozenset(contract_folders(config.contract_folders))
    rates = Rates()
    with contextlib.suppress(GamedayError):
        rates = read_flows(config.flows_file or bundled_flows()).rates
    local = settings.isolated or not config.fakes_url
    folders = tuple(config.contract_folders)
    sandbox = config.sandbox if settings.sandboxes and not settings.isolated else None
    return PlannedEnvironment(table, local, contracts, folders, config.organisation, rates, sandbox)
