"""Drafts one side from a schema that is no vendor's: which reader takes which kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from gameday.base.bounded_yaml import read_yaml
from gameday.base.errors import GamedayError
from gameday.contracts.drafting import avro, dbt, json_schemas
from gameday.contracts.drafting.draft import Draft, Element, Side
from gameday.contracts.drafting.sources import read_json

Reader = Callable[[Any, str, tuple[str, ...]], list[Element]]
READERS: dict[str, Reader] = {
    "json-schema": json_schemas.elements_of,
    "openapi": json_schemas.elements_of,
    "asyncapi": json_schemas.elements_of,
    "avro": avro.elements_of,
    "dbt": dbt.elements_of,
}


def draft_schemas(kind: str, paths: Iterable[Path], objects: tuple[str, ...], side: Side, system: str) -> Draft:
    """One side from schemas of a ``system``; each named object may be in any of the files. Raises GamedayError."""
    elements: list[Element] = []
    names = []
    documents = [(path, _read(path)) for path in paths]
    for path, document in documents:
        own = objects
        if objects and len(documents) > 1:
            own = tuple(name for name in objects if _has(READERS[kind], document, path.name, name))
            if not own:
                continue
        elements += READERS[kind](document, path.name, own)
        names.append(path.name)
    missing = [name for name in objects if all(element.physical_name != name for element in elements)]
    if missing or not elements:
        raise GamedayError(f"no file has the object {', '.join(missing) or 'asked for'}")
    # The order of --object is that of the contract: the record itself first.
    elements.sort(key=lambda element: objects.index(element.physical_name) if element.physical_name in objects else 0)
    return Draft(side, system, f"the {kind} in {', '.join(names)}", tuple(elements))


def _has(reader: Reader, document: Any, origin: str, name: str) -> bool:
    try:
        reader(document, origin, (name,))
    except GamedayError:
        return False
    return True


def _read(path: Path) -> Any:
    if path.suffix.lower() not in (".yaml", ".yml"):
        return read_json(path)
    try:
        return read_yaml(path.read_bytes(), where=str(path), what="a schema")
    except OSError as problem:
        raise GamedayError(f"cannot read {path}: {problem.strerror}") from None
