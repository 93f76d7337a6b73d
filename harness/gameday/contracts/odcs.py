"""Reads a flow's two contracts from Open Data Contract Standard (ODCS 3) files.

``<flow>.crm.yaml`` says what the CRM emits, ``<flow>.erp.yaml`` what the ERP accepts. Each is checked against the
standard's own JSON schema from the open-data-contract-standard package. It refuses misspelt keys, which the package's
pydantic models ignore, and saves every process of a game day the 0.1 s of importing them.

What the harness takes from the files:

* ``team``: the owners, by ``role`` (``sync``, ``source``, ``sink``, ``finance``, ...); ``sync`` owns the flow.
* ``slaProperties``: ``timeToDetect`` and ``timeToRepair`` with a ``limit`` among their custom properties,
  ``latency``, ``errorRate``. Either file may have them; if both do, they must agree.
* ``customProperties``: ``match``, ``matchPattern``, ``customerMatch``, ``customerPattern``, ``invoiced``,
  ``tolerance``, ``priceTolerance``, ``margin``, ``idempotencyKey``, ``ordering``, ``correlation``, ``customerTier``,
  ``retryPolicy``, ``pageLimit`` (the most pages for one incident).
* ``schema``: the fields, by their physical names (``Opportunity.Amount``), with the rules by which they are compared
  (``gameday.contracts.compare_rules``), and with ``keptRaw``, the reason to record values that look personal.
* ``servers``: the vendor of each side, after which a server is named, also in front of a dash.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.bounded_yaml import read_yaml
from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import shown
from gameday.contracts.compare_rules import compare_rules
from gameday.contracts.compared_columns import compared_columns
from gameday.contracts.conditions import read_conditions
from gameday.contracts.field_pairs import map_fields
from gameday.contracts.folders import SIDES, contract_folders
from gameday.contracts.odcs_file import ContractFile, SchemaProperty, Team
from gameday.contracts.retry_policy import read_retry_policy
from gameday.contracts.servers import named_vendor
from gameday.contracts.standard import check_standard
from gameday.contracts.values import plain, read_count, read_number, read_seconds, read_share
from gameday.model.contract import CompareRule, Contract, Field, Sla

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_BRACE = re.compile(r"[{}]")


def list_contracts(folders: Iterable[Path] = ()) -> Iterator[tuple[str, str]]:
    """The contracts of these folders and the bundled ones: each one's name and a line about it."""
    searched = list(folders)
    for name in sorted(contract_folders(searched)):
        contract = load_contract(name, searched)
        yield name, f"version {contract.version}, owned by {contract.owner}"


def load_contract(name: str, folders: Iterable[Path] = ()) -> Contract:
    """The contract of a flow: the one of that name in ``folders``, else a bundled one.

    Raises GamedayError with the file, the place in it and the bad value, or with the known names.
    """
    files, digest = {}, hashlib.sha256()
    for path, said, file in _files(name, folders):
        files[path] = file
        digest.update(len(said).to_bytes(8, "big") + said)
    return _contract(name, files, digest.hexdigest()[:16])


def contract_columns(name: str, folders: Iterable[Path] = ()) -> dict[str, Mapping[str, str]]:
    """By side, which fields of a flow's records are compared: see compared_columns. Raises GamedayError."""
    read = zip(SIDES, _files(name, folders), strict=True)
    return {side: compared_columns(file.schema) for side, (_, _, file) in read}


def _files(name: str, folders: Iterable[Path]) -> Iterator[tuple[str, bytes, ContractFile]]:
    """The path of each side's file, what its document says, and the document as the harness reads it."""
    searched = list(folders)
    found = contract_folders(searched)
    if name not in found:
        where = ", ".join(map(str, searched))
        raise unknown("contract", name, found, where=where, hint="a contract is two files, .crm.yaml and .erp.yaml")
    for side in SIDES:
        path = found[name] / f"{name}.{side}.yaml"
        yield (str(path), *_parse(_read_bytes(path), str(path)))


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise GamedayError(
            f"cannot read the contract {path}: {problem.strerror}", hint="each flow has a .crm.yaml and an .erp.yaml"
        ) from None


@functools.lru_cache(maxsize=32)
def _parse(data: bytes, where: str) -> tuple[bytes, ContractFile]:
    """What the document says, and as the harness reads it; a session reads the same few files for each scenario.

    What it says is the same however it is laid out and wherever it is read from.
    """
    document = read_yaml(data, where=where)
    if not isinstance(document, dict):
        what = "empty" if document is None else f"{shown(document)}, not a contract"
        raise GamedayError(f"{where} is {what}", hint="begin with kind: DataContract")
    check_standard(document, where)
    file = _converted(document, where)
    if not file.api_version.startswith("v3."):
        raise GamedayError(f"{where}: apiVersion: {file.api_version!r} is not version 3 of the standard")
    return msgspec.json.encode(document, order="sorted", enc_hook=str), file


def _converted(document: dict[str, Any], where: str) -> ContractFile:
    try:
        return msgspec.convert(document, ContractFile)
    except (msgspec.ValidationError, ValueError) as problem:
        raise GamedayError(f"{where}: not a contract: {str(problem)[:200]}") from None


def _contract(name: str, files: Mapping[str, ContractFile], digest: str) -> Contract:
    owners: dict[str, str] = {}
    promises: dict[str, float] = {}
    custom: dict[str, Any] = {}
    rules: dict[str, CompareRule] = {}
    for where, file in files.items():
        members = file.team.members if isinstance(file.team, Team) else file.team
        _merge(owners, {member.role: member.username for member in members if member.role}, f"{where}: team")
        _merge(promises, _promises(file, where), f"{where}: slaProperties")
        _merge(custom, _custom(file, where), f"{where}: customProperties")
    crm, erp = files.values()
    referring = {custom.get(name, "") for name in ("match", "idempotency_key", "customer_match")}
    mapped = map_fields(crm.schema, erp.schema, tuple(files), referring)
    for where, file in files.items():
        _merge(rules, compare_rules(file.schema, where, further=mapped.places), f"{where}: schema")
    if "customer_pattern" in custom and "customer_match" not in custom:
        raise GamedayError(f"customerPattern without customerMatch in {' and '.join(files)}")
    if "sync" not in owners:
        raise GamedayError(f"no owner of the flow in {' and '.join(files)}", hint="give a team member the role: sync")
    erp_fields = tuple(_fields(erp.schema))
    return Contract(
        name=name,
        version=crm.version if crm.version == erp.version else f"{crm.version}, {erp.version}",
        owner=owners["sync"],
        owners=owners,
        sla=_sla(promises, " and ".join(files)),
        crm_fields=tuple(_fields(crm.schema)),
        erp_fields=erp_fields,
        conditions=read_conditions(erp.schema, erp_fields, tuple(files)[1]),
        rules=rules,
        pairs=mapped.pairs,
        unmapped=mapped.unmapped,
        digest=digest,
        crm=named_vendor((each.server for each in crm.servers), "crm"),
        erp=named_vendor((each.server for each in erp.servers), "erp"),
        **custom,
    )


def _merge(into: dict[str, Any], more: Mapping[str, Any], where: str) -> None:
    for key, value in more.items():
        if into.setdefault(key, value) != value:
            raise GamedayError(f"{where}: {key} is {shown(value)} here, {shown(into[key])} elsewhere in the contract")


def _sla(promises: Mapping[str, float], where: str) -> Sla:
    sla = Sla(**promises)
    for what in ("detect", "repair"):
        target_s, limit_s = getattr(sla, f"{what}_target_s"), getattr(sla, f"{what}_limit_s")
        if not 0 < target_s < limit_s:
            raise GamedayError(f"the limit of timeTo{what.title()} is not above its target in {where}")
    return sla


def _promises(file: ContractFile, where: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for index, item in enumerate(file.sla_properties):
        place = f"{where}: slaProperties.{index}"
        match item.property:
            case "timeToDetect" | "timeToRepair":
                name = item.property.removeprefix("timeTo").lower()
                values = {f"{name}_target_s": read_seconds(item.value, item.unit, place)}
                for custom in item.custom_properties:
                    if custom.property == "limit":
                        values[f"{name}_limit_s"] = read_seconds(custom.value, item.unit, f"{place}: limit")
            case "latency":
                values = {"latency_s": read_seconds(item.value, item.unit, place)}
            case "errorRate":
                values = {"error_rate": float(read_share(item.value, item.unit, place))}
            case _:
                continue
        _merge(found, values, place)
    return found


def _custom(file: ContractFile, where: str) -> dict[str, Any]:
    """The custom properties that the harness reads; all others are ignored."""
    found: dict[str, Any] = {}
    for index, item in enumerate(file.custom_properties):
        place = f"{where}: customProperties.{index}: {item.property}"
        match item.property:
            case "match" | "customerMatch" | "idempotencyKey" | "ordering" | "correlation" | "customerTier":
                if not isinstance(item.value, str) or not item.value:
                    raise GamedayError(f"{place}: {shown(item.value)} is not a name")
                values: dict[str, Any] = {_snake(item.property): item.value}
            case "matchPattern" | "customerPattern":
                values = {_snake(item.property): _pattern(item.property, item.value, place)}
            case "invoiced":
                values = {"invoiced": plain(item.value)}
                if not isinstance(values["invoiced"], bool):
                    raise GamedayError(f"{place}: {shown(item.value)} is neither true nor false")
            case "tolerance":
                values = {"tolerance": read_number(item.value, place)}
            case "pageLimit":
                values = {"page_limit": read_count(item.value, place)}
            case "priceTolerance":
                values = {"price_tolerance": read_share(item.value, "", place)}
            case "margin":
                values = {"margin": read_share(item.value, "", place)}
            case "retryPolicy":
                values = {"retry": read_retry_policy(item.value, place)}
            case _:
                continue
        _merge(found, values, place)
    return found


def _pattern(name: str, value: Any, place: str) -> str:
    """A text with one name in braces: ``{deal}``, or for customers any field of the account."""
    names = _PLACEHOLDER.findall(value) if isinstance(value, str) else []
    if len(names) != 1 or len(_BRACE.findall(str(value))) != 2 or (name == "matchPattern" and names != ["deal"]):
        usual = "SFDC_OPP_{deal}" if name == "matchPattern" else "C-{account}"
        raise GamedayError(f"{place}: {shown(value)} is not a pattern", hint=f"such as {usual}")
    return str(value)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _kept_raw(item: SchemaProperty, full: str) -> str:
    """The reason of the custom property ``keptRaw``."""
    for custom in item.custom_properties:
        if custom.property == "keptRaw":
            if not isinstance(custom.value, str) or not custom.value.strip():
                hint = "say in a sentence why recordings may keep these values"
                raise GamedayError(f"{full}: keptRaw: {shown(custom.value)} is not a reason", hint=hint)
            return custom.value.strip()
    return ""


def _fields(properties: Iterable[SchemaProperty], above: str = "", physical: str = "") -> Iterator[Field]:
    """Every field below, depth first, without the objects and lists that hold fields."""
    for item in properties:
        name = f"{above}.{item.name}" if above else item.name
        full = f"{physical}.{item.physical_name or item.name}" if physical else item.physical_name or item.name
        inner = item.items.properties if item.items else item.properties
        if above:
            enumerated = {"enum": [value.value for value in item.enum]} if item.enum else {}
            constraints = {**item.logical_type_options, **enumerated}
            reason = _kept_raw(item, full)
            yield Field(name, item.logical_type, item.required, full, item.classification, constraints, reason)
        yield from _fields(inner, name, full)
