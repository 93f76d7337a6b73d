"""What a run needs, looked up and checked before anything starts."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from gameday.base.counts import plural
from gameday.base.errors import GamedayError, unknown
from gameday.config.clock_choice import ACCELERATED
from gameday.config.features import beside_feature
from gameday.config.gameday_toml import Config, StackTable, config_of
from gameday.config.isolation import refuse_elsewhere
from gameday.config.stack_table import contract_for
from gameday.config.stack_version import stack_version
from gameday.contracts.flows import as_registered, bundled_flows, read_flows
from gameday.contracts.odcs import load_contract
from gameday.live.sealed_commands import SealedCommands
from gameday.model.abort import AbortCondition, conditions_of, planned
from gameday.model.capability import CHANGES_AFTER_WINNING
from gameday.model.contract import Contract
from gameday.model.rates import Rates
from gameday.model.scenario import Flow, PlannedOperation, Scenario, WorkloadSpec
from gameday.model.settings import Settings
from gameday.model.signal import signals
from gameday.model.workload import BusinessOperation, Workload, operations, workloads
from gameday.run.asked_names import AskedNames
from gameday.run.outside import Isolation, isolation_in_gate, isolation_of
from gameday.run.pass_through import after_death, pass_through_of
from gameday.run.setup import SchemaFaults, Seeded, Setup
from gameday.run.stack_clock import StackClock, sandbox_clock, stack_clock
from gameday_fakes.manifests import manifests
from gameday_fakes.sandbox.settings import TenantSettings

#: From this length on a run with an accelerated stack skips ahead (scenario seconds). What is shorter is over soon, and
#: its stack waits as it always did.
LONG_DAY_S = 7200.0


class RunPlan(msgspec.Struct, frozen=True):
    """Everything that a run needs, looked up and checked before anything starts.

    ``live`` is the folder through which the live board and the run communicate; None without a board. ``isolated``:
    nothing leads the stack to another machine. ``isolation``: whether it is carried out in a network
    namespace. ``rates`` are all those of the registry of flows. ``controls_s``, ``repeat`` and
    ``environments`` and ``schema_faults``: see Settings. ``run`` is the name of the run's folder once there is one,
    ``began_s`` when its session began. ``safety`` are its abort conditions.
    ``tenants`` are the sandbox tenants that it uses, by vendor.
    """

    scenario: Scenario
    contract: Contract
    table: StackTable
    config: Config
    clock: StackClock
    runs_dir: Path
    control: bool = True
    live: Path | None = None
    isolated: bool = False
    isolation: Isolation = Isolation("--no-isolation")
    rates: Rates = Rates()
    controls_s: Mapping[str, float] = {}
    repeat: bool = False
    environments: int = 0
    schema_faults: SchemaFaults = {}
    run: str = ""
    began_s: float = 0.0
    safety: tuple[AbortCondition, ...] = ()
    tenants: Mapping[str, TenantSettings] = {}

    @property
    def stops(self) -> SealedCommands:
        """What `gameday stop` and `gameday confirm` ask of this run."""
        return SealedCommands(self.runs_dir, self.run, self.began_s)

    @property
    def day_rates(self) -> Rates:
        """The rates of today."""
        return self.rates.on(datetime.datetime.now(datetime.UTC).date())

    @property
    def tenant_lines(self) -> list[str]:
        """A line for each sandbox tenant that a run uses, and one for what is left of them if gameday dies."""
        lines = [f"uses the sandbox of {vendor} at {tenant.host}" for vendor, tenant in self.tenants.items()]
        lines += [
            f"may take {', '.join(tenant.metadata)} from {tenant.sync_user} there, and give it back"
            for tenant in self.tenants.values()
            if tenant.metadata
        ]
        if self.tenants and self.config.sandbox is not None:
            lines.append(after_death(self.table, self.scenario.flow, self.config.sandbox))
        return lines

    def abort_lines(self, begins: datetime.datetime) -> list[str]:
        """Each abort condition with what is left until it aborts a run that begins then, and what would refuse it."""
        lines = [f"aborts {line}" for line in planned(self.safety, self.day_rates, begins)]
        longest_s = self.scenario.horizon_s / self.clock.pace
        refusals = [why for each in self.safety if (why := each.refuse(begins, longest_s))]
        return [*lines, *(f"would not begin: {why}" for why in refusals)]

    @property
    def undisturbed(self) -> bool:
        """Whether nobody acts at a time that the scenario does not know: no operator, no system of somebody else."""
        return self.live is None and not (self.safety or self.tenants or self.config.fakes_url)

    @property
    def skips_with_timers(self) -> bool:
        """Whether a run is long enough that it is to skip ahead while its accelerated stack waits."""
        return self.clock.kind == ACCELERATED and self.undisturbed and self.scenario.horizon_s >= LONG_DAY_S

    @property
    def places(self) -> Path:
        """The folder of the places of environments."""
        return self.runs_dir / "controls"


def look_up(scenario: Scenario, stack: str, settings: Settings) -> RunPlan:
    """Look up everything that the scenario and the settings name. Raises GamedayError for whatever is unknown."""
    config = config_of(settings)
    table, contract = look_up_stack(stack, scenario.flow.contract, config)
    if settings.isolated:
        refuse_elsewhere(table)
        config = msgspec.structs.replace(config, fakes_url="")
    # In the table, so that a control is shared only by runs of one version.
    table = msgspec.structs.replace(table, version=settings.stack_version or stack_version(table))
    rates = read_flows(config.flows_file or bundled_flows()).rates
    tenants = tenants_of(scenario.flow, config, settings)
    if tenants:
        pass_through_of(table, scenario.flow, config.sandbox)
    return RunPlan(
        scenario=scenario,
        contract=contract,
        table=table,
        config=config,
        clock=sandbox_clock(table, settings.pace) if tenants else stack_clock(table, settings.pace),
        runs_dir=Path(settings.runs_dir),
        control=settings.control,
        live=Path(settings.live) if settings.live else None,
        isolated=settings.isolated,
        isolation=(
            isolation_in_gate(table, offline=settings.offline)
            if settings.isolated
            else isolation_of(table, config, wanted=settings.namespace, tenants=tuple(tenants))
        ),
        rates=rates,
        # A gate is a sandbox, which ends nothing beside it.
        safety=() if settings.isolated else safety_of(scenario, config, rates),
        controls_s=settings.controls_s,
        repeat=settings.repeat,
        environments=settings.environments,
        schema_faults=settings.schema_faults,
        began_s=settings.began_s or time.monotonic(),
        tenants=tenants,
    )


def tenants_of(flow: Flow, config: Config, settings: Settings) -> Mapping[str, TenantSettings]:
    """The sandbox tenants of a flow. Raises GamedayError where they cannot be used.

    A gate and a search have none, whatever the configuration says: they write to nothing but fakes.
    """
    if config.sandbox is None or not settings.sandboxes or settings.isolated:
        return {}
    tenants = config.sandbox.of(flow)
    if tenants and config.fakes_url:
        raise GamedayError(
            f"flow {flow.contract!r} is in mode sandbox, and [fakes] names fakes that run already",
            hint="leave out control in [fakes]: a run starts what stands before its tenants",
        )
    return tenants


def safety_of(scenario: Scenario, config: Config, rates: Rates) -> tuple[AbortCondition, ...]:
    """The abort conditions of a scenario: those of gameday.toml, then its own. Raises GamedayError."""
    found = (*config.safety, *conditions_of(scenario))
    for condition in found:
        condition.check(rates)
    return found


def look_up_stack(stack: str, contract: str, config: Config) -> tuple[StackTable, Contract]:
    """A stack's table, and the contract with the matching key that the table names. Raises GamedayError."""
    table = readable_stack(stack, config)
    loaded = load_contract(contract, config.contract_folders)
    # The run folder keeps owners and revenue, so that its results say the same on any machine.
    loaded = as_registered(loaded, read_flows(config.flows_file or bundled_flows()).flows)
    return table, contract_for(loaded, table)


def readable_stack(stack: str, config: Config) -> StackTable:
    """A stack's table. Raises GamedayError if there is none, or if nothing could read the stack's alerts or tickets."""
    table = config.stack(stack)
    for key, system in (("alerts", table.alerts), ("tickets", table.tickets)):
        if system not in signals:
            where = f"{key!r} of stack {stack!r}"
            raise unknown("signal source", system, signals, where=where, hint="nothing could read its alerts")
    return table


def make_workload(scenario: Scenario, absent: Iterable[str] = ()) -> Workload:
    """The business operations of a scenario, from its seed; without those that need what a stack does without.

    Those that people do beside the workload are among them. Raises GamedayError for a deal that it does not have.
    """
    made = workloads[scenario.workload.name](_fitting(located(scenario), scenario.flow), scenario.seed)
    if CHANGES_AFTER_WINNING in absent:
        changes = {operations[name].act for name in operations}
        kept = tuple(operation for operation in made.operations if operation.f not in changes)
        made = msgspec.structs.replace(made, operations=kept)
    if not scenario.by_people:
        return made
    won = [each.key for each in made.operations if each.f == "close_deal"]
    by_people = [each for planned in scenario.by_people for each in _by_people(planned, won)]
    together = sorted((*made.operations, *by_people), key=lambda operation: operation.at_s)
    return msgspec.structs.replace(made, operations=tuple(together))


def _by_people(planned: PlannedOperation, won: Sequence[str]) -> Iterator[BusinessOperation]:
    """What people do, once for each of the deals that it is done to; ``won`` are the keys of all deals."""
    for number in planned.deals:
        if number > len(won):
            raise GamedayError(f"there is no deal {number}: the workload has {plural(len(won), 'deal')}")
    keys = [won[number - 1] for number in planned.deals] or [planned.key]
    for key in keys:
        yield BusinessOperation(planned.at_s, planned.operation, key, planned.params, system=planned.target, asked=True)


def _fitting(spec: WorkloadSpec, flow: Flow) -> WorkloadSpec:
    """The workload without the traits that a vendor of the flow cannot have, unless the feature asks for them."""
    known = manifests()
    taken = getattr(workloads[spec.name].params, "__struct_fields__", ())
    cannot = {name for vendor in (flow.crm, flow.erp) if vendor in known for name in known[vendor].cannot}
    none = {name: 0 for name in taken if name in cannot}
    return msgspec.structs.replace(spec, params={**none, **spec.params}) if none else spec


def located(scenario: Scenario) -> WorkloadSpec:
    """The workload of a scenario with the path of the file that its feature names.

    The scenario keeps the name, and so its digest.
    """
    spec = scenario.workload
    if "file" not in spec.params:
        return spec
    path = beside_feature(scenario.feature, str(spec.params["file"]))
    return msgspec.structs.replace(spec, params={**spec.params, "file": path})


def setup_of(plan: RunPlan, folder: Path, workload: Workload, names: AskedNames | None = None) -> Setup:
    """What the environment of a run, or of its control, is made of."""
    return Setup(
        flow=plan.scenario.flow,
        contract=plan.contract,
        table=plan.table,
        config=plan.config,
        run_dir=folder,
        clock=plan.clock,
        seed=plan.scenario.seed,
        ledgers=Seeded(workload.catalog),
        isolated=plan.isolated,
        settings=plan.scenario.settings,
        schema_faults=plan.schema_faults,
        names=names,
        tenants=plan.tenants,
        skips=plan.skips_with_timers,
    )
