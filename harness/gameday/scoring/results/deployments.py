"""What runs in an environment, by the recorded deployments, and whether a version may meet it.

A deployment holds the texts of the contracts that it was made for. So a version can be compared with what runs in an
environment by the rules for changes of contracts, also when nobody has that revision any more.
"""

from __future__ import annotations

import datetime
import getpass
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec

from gameday.base.errors import GamedayError
from gameday.contracts.compatibility.change import Change
from gameday.contracts.compatibility.comparison import compare
from gameday.contracts.compatibility.deployed import StillDeployed, read_deployed
from gameday.contracts.compatibility.document import Side, parse_document
from gameday.contracts.compatibility.flow_contracts import FlowContracts
from gameday.contracts.compatibility.sources import Parse
from gameday.contracts.folders import SIDES, contract_folders
from gameday.contracts.odcs import load_contract
from gameday.model.contract import Contract
from gameday.scoring.deployment import Cell, Decision, RunSummary
from gameday.scoring.new_folder import slug
from gameday.scoring.results.sealed_folders import add_sealed, read_sealed
from gameday.scoring.results.store import Store

DEPLOYMENTS = "deployments"
Kind = Literal["stack", "crm", "erp"]
SYSTEMS: Mapping[str, str] = {"crm": "CRM", "erp": "ERP"}
#: Variables in which a CI says who started a job. Sources: GitHub's "Variables", GitLab's "Predefined variables".
_ACTORS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN")


class ContractText(msgspec.Struct, frozen=True):
    """A contract as it was deployed: its flow, version and digest, and the text of each side's file."""

    flow: str
    version: str
    digest: str
    texts: dict[str, str]


class Deployment(msgspec.Struct, frozen=True):
    """What was deployed where: a version of a stack, or the state of a CRM or an ERP (``name`` is then that word).

    ``deployed`` is the time in ISO 8601, ``by`` who recorded it.
    """

    environment: str
    kind: Kind
    name: str
    version: str
    contracts: tuple[ContractText, ...]
    deployed: str
    by: str


class Recorded(msgspec.Struct, frozen=True):
    """The deployments of an environment that count, oldest first; of the newest one that does not, its name and why."""

    environment: str
    deployments: tuple[tuple[str, Deployment], ...] = ()
    doubtful: str = ""
    why: str = ""

    def newest(self, kind: Kind, flow: str, name: str = "") -> tuple[str, Deployment] | None:
        """The newest deployment of a kind that has the flow, and its folder's name; of any stack without a ``name``."""
        for folder, each in reversed(self.deployments):
            if each.kind == kind and name in ("", each.name) and any(text.flow == flow for text in each.contracts):
                return folder, each
        return None


def contract_texts(names: Iterable[str], folders: Sequence[Path]) -> tuple[ContractText, ...]:
    """The contracts as they are on disk. Raises GamedayError for one that cannot be read."""
    places = contract_folders(folders)
    found = []
    for name in sorted(names):
        contract = load_contract(name, folders)
        texts: dict[str, str] = {side: (places[name] / f"{name}.{side}.yaml").read_text("utf-8") for side in SIDES}
        found.append(ContractText(name, contract.version, contract.digest, texts))
    return tuple(found)


def record_deployment(
    store: Store, environment: str, kind: Kind, name: str, version: str, contracts: tuple[ContractText, ...]
) -> str:
    """Seal and add a deployment that was made just now, and return its path in the store."""
    deployment = Deployment(environment, kind, name, version, contracts, time_now(), actor())
    why = f"{name} {version} deployed to {environment}"
    return add_sealed(store, f"{DEPLOYMENTS}/{slug(environment)}", name, "deployment", deployment, why)


def recorded_deployments(store: Store, environment: str) -> Recorded:
    """What was deployed to an environment."""
    counted, doubtful = [], ("", "")
    below = f"{DEPLOYMENTS}/{slug(environment)}"
    for folder, deployment, seal in read_sealed(store, below, "deployment", Deployment):
        if deployment is None or not seal.counts:
            doubtful = (folder, seal.sentence)
        elif deployment.environment == environment:
            counted.append((folder, deployment))
    return Recorded(environment, tuple(counted), *doubtful)


def still_deployed(recorded: Recorded, flow: str) -> tuple[StillDeployed, ...]:
    """The contracts of a flow that run in an environment: those of the newest deployment of each stack and system."""
    newest: dict[tuple[str, str], tuple[Deployment, ContractText]] = {}
    for _, each in recorded.deployments:
        for text in (text for text in each.contracts if text.flow == flow):
            newest[each.kind, each.name] = each, text
    return tuple(
        read_deployed(f"the contract of {each.name} {each.version} in {recorded.environment}", partial(_parsed, text))
        for each, text in newest.values()
    )


def meetings(
    recorded: Recorded, stack: str, contracts: Mapping[str, Contract], folders: Sequence[Path], *, first: bool
) -> Iterator[Cell]:
    """Whether a stack under these contracts may meet the CRM and the ERP that run in an environment: a cell for each.

    The state of a system is the one recorded for it; else that of the contract for which the stack that runs there was
    made. ``first`` says that nothing of the flow runs there yet.
    """
    for candidate in contract_texts(contracts, folders):
        for side in SIDES:
            yield _meeting(recorded, stack, candidate, side, first=first)


def _meeting(recorded: Recorded, stack: str, candidate: ContractText, side: str, *, first: bool) -> Cell:
    flow, where = candidate.flow, recorded.environment
    system = SYSTEMS[side]

    def cell(decision: Decision, why: str, evidence: tuple[str, Deployment] | None = None) -> Cell:
        runs: tuple[RunSummary, ...] = ()
        if evidence:
            folder, deployment = evidence
            runs = (RunSummary(folder, deployment.deployed, f"{deployment.name} {deployment.version}"),)
        return Cell(f"meets the {system} in {where}", "", flow, candidate.version, decision, runs, why=why)

    record = f"gameday record-deployment --to {where} --system {side} --contract {flow}"
    own = recorded.newest("crm" if side == "crm" else "erp", flow)
    found = own or recorded.newest("stack", flow, stack) or recorded.newest("stack", flow)
    if recorded.doubtful and (found is None or recorded.doubtful > found[0]):
        return cell("inconclusive", f"the deployment {recorded.doubtful} does not count: {recorded.why}")
    if found is None:
        if first:
            return cell("yes", "nothing of the flow runs there yet")
        return cell("inconclusive", f"no recorded deployment says what runs there: {record}, or --first")
    deployed = next(text for text in found[1].contracts if text.flow == flow)
    breaking = [change for change in _changes(deployed, candidate, side) if _breaks(change, side)]
    if not breaking:
        return cell("yes", f"it is as of {flow} {deployed.version}", found)
    what = "; ".join(dict.fromkeys(change.message for change in breaking))
    if own:
        return cell("no", f"it is as of {flow} {deployed.version}: {what}", found)
    built = f"{found[1].name} {found[1].version} was made for {flow} {deployed.version}: {what}"
    return cell("inconclusive", f"{built}; if the {system} has changed: {record}", found)


def _changes(deployed: ContractText, candidate: ContractText, side: str) -> tuple[Change, ...]:
    return compare(_parsed(deployed, side), _parsed(candidate, side)).changes


def _parsed(text: ContractText, *sides: str, parse: Parse = parse_document) -> FlowContracts:
    """A contract as it was deployed: these sides, or all of them."""
    names = {side: f"{text.flow}.{side}.yaml" for side in sides or text.texts}
    documents = (parse(text.texts[side].encode(), path=name) for side, name in names.items())
    return FlowContracts(text.flow, tuple(document for document in documents if document is not None))


def _breaks(change: Change, side: Side | str) -> bool:
    """Whether a stack made for the new contract fails with a system that keeps the old one.

    It reads what the CRM still emits, and writes what the ERP does not know yet.
    """
    return change.breaks_old_records if side == "crm" else change.breaks_new_records


def environment_name(name: str) -> str:
    """The name of an environment. Raises GamedayError for one that is not a plain word."""
    if not name or slug(name) != name:
        raise GamedayError(f"{name[:80]!r} is not the name of an environment", hint="such as staging or prod")
    return name


def time_now() -> str:
    """The time to record, in ISO 8601 and UTC."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def actor() -> str:
    """Who records something: the user that the CI names, else the one on this machine."""
    named = next((os.environ[variable] for variable in _ACTORS if os.environ.get(variable)), "")
    try:
        return named or getpass.getuser()
    except (KeyError, OSError):
        return ""
