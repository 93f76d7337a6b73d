"""The contracts of a gate, with the lines of their fields, and the schema changes of the candidate."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.contracts.compatibility.comparison import Comparison, wire_change
from gameday.contracts.compatibility.flow_contracts import FlowContracts
from gameday.contracts.compatibility.partial import PartialReading
from gameday.contracts.compatibility.sources import NoSuchFlow, read_flow, read_flows
from gameday.contracts.odcs import load_contract
from gameday.model.contract import Contract
from gameday.records.classification import hidden_fields


class FieldPlace(msgspec.Struct, frozen=True):
    """The place of a field in a contract, and whether every reader of a pull request may see its values."""

    path: str
    line: int
    shown: bool = False


class LocatedContract(msgspec.Struct, frozen=True):
    """A contract, the documents by which it is compared, and the places of its fields by side and name."""

    contract: Contract
    flow: FlowContracts
    places: dict[str, dict[str, FieldPlace]]

    def place(self, side: str, *names: str) -> FieldPlace:
        """The place of the field with one of these names, its own or the vendor's; otherwise that of the file."""
        for wanted in names:
            for name, place in self.places.get(side, {}).items():
                if name == wanted or name.rpartition(".")[2].lower() == wanted.lower():
                    return place
        return next(
            (FieldPlace(d.source.path, 1) for d in self.flow.documents if d.source.side == side), FieldPlace("", 0)
        )


class SchemaChange(msgspec.Struct, frozen=True):
    """A field that the candidate contract renames, or removes (no ``new_name``): its side and its place."""

    field: str
    new_name: str
    place: FieldPlace
    side: str = "crm"

    @property
    def words(self) -> str:
        """The change in one clause, after \"the contract\"."""
        return f"renames {self.field} to {self.new_name}" if self.new_name else f"removes {self.field}"


def read_candidate(name: str, folders: Iterable[Path]) -> LocatedContract:
    """The contract of that name in the first folder that has it, else the bundled one. Raises GamedayError."""
    searched = list(folders)
    return _located(load_contract(name, searched), read_flow(name, searched))


def base_name(base: str, name: str) -> str:
    """The name of the flow in ``base``, a folder or a git revision: see gameday.contracts.compatibility.sources."""
    return str(Path(base) / name) if Path(base).is_dir() else f"{base}:{name}"


def read_base(base: str, name: str, candidate: LocatedContract | None = None) -> LocatedContract | None:
    """The contract as of ``base``, a folder or a git revision; None if it is new since.

    What breaks the standard there is left out, for the change may repair it; terms without sense are those of the
    ``candidate``, if it is given. Raises GamedayError for a base that does not exist, and for a folder without any
    contract: it is hardly the one that is meant.
    """
    reading = PartialReading(old=True)
    if Path(base).is_dir():
        read_flows(base, parse=reading)
    try:
        flow = read_flow(base_name(base, name), parse=reading)
    except NoSuchFlow:
        return None
    known = {str(document.source.side): document.raw for document in flow.documents}
    try:
        return _located(_load(name, known), flow)
    except GamedayError:
        if candidate is None:
            raise
        ours = {str(document.source.side): document.raw for document in candidate.flow.documents}
        fields = {side: {**raw, "schema": known.get(side, raw).get("schema", [])} for side, raw in ours.items()}
        return _located(_load(name, fields), flow)


def _load(name: str, sides: Mapping[str, dict[str, Any]]) -> Contract:
    with tempfile.TemporaryDirectory(prefix="gameday-base-") as folder:
        for side, raw in sides.items():
            # JSON is YAML too.
            (Path(folder) / f"{name}.{side}.yaml").write_bytes(msgspec.json.encode(raw, enc_hook=str))
        return load_contract(name, [Path(folder)])


def _located(contract: Contract, flow: FlowContracts) -> LocatedContract:
    hidden = {"crm": hidden_fields(contract.crm_fields), "erp": hidden_fields(contract.erp_fields)}
    places = {
        (side := str(document.source.side)): {
            name: FieldPlace(
                document.source.path, element.where().line, hidden.get(side, {}).get(element.wire_path) == ""
            )
            for element in document.elements()
            for name in (element.wire_path, element.path)
        }
        for document in flow.documents
    }
    return LocatedContract(contract, flow, places)


def schema_changes(comparison: Comparison, uncertain: Collection[str] = ()) -> tuple[SchemaChange, ...]:
    """The fields of the CRM and of the ERP that the new contract renames or removes.

    ``uncertain`` are the CRM's fields, by their full old names, whose rename may be another change: they are removed,
    for under the new name their values could mean something else.
    """
    return tuple(
        SchemaChange(
            change.wire,
            "" if change.side == "crm" and change.wire in uncertain else wire.new_name or "",
            FieldPlace(change.file, change.line),
            change.side,
        )
        for change in comparison.changes
        if (wire := wire_change(change)) and wire.field
    )
