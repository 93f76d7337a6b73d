"""Checks whether a flow's contracts keep the standard and make sense to the harness; reports every finding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gameday.base.bounded_yaml import read_yaml
from gameday.base.errors import GamedayError
from gameday.base.tables import shown
from gameday.base.violation import Violation
from gameday.contracts.compatibility.document import (
    Document,
    Element,
    Source,
    make_document,
    side_of,
)
from gameday.contracts.compatibility.finding import finding
from gameday.contracts.compatibility.lines import Lines, read_lines
from gameday.contracts.compatibility.term_checks import check_terms
from gameday.contracts.compatibility.value_checks import check_values
from gameday.contracts.compatibility.version import parse_version
from gameday.contracts.folders import SIDES
from gameday.contracts.standard import standard_problems

_LINE = re.compile(r":(\d+):\d+: ")


def check_contracts(files: Mapping[str, bytes | None]) -> tuple[Violation, ...]:
    """Check the files of one flow, by their paths: both, or a single one as far as possible.

    None is a missing file. A file that is not YAML, or does not keep the standard, gets no further checks.
    """
    found: list[Violation] = []
    documents: list[Document] = []
    for path, data in files.items():
        if data is None:
            message = "this file is missing: a flow has a .crm.yaml and an .erp.yaml"
            found.append(Violation("contract.side-missing", "error", message, path, 1))
            continue
        document, problems = _parse(data, path)
        found += problems
        if document is not None:
            documents.append(document)
    for document in documents:
        found += _check_document(document)
    sides = {document.source.side for document in documents}
    whole = sides >= set(SIDES)
    if len(documents) == len(files):
        found += check_terms(tuple(documents), whole=whole)
    return tuple(sorted(found, key=lambda each: (each.path, each.line, each.rule, each.message)))


def _parse(data: bytes, path: str) -> tuple[Document | None, list[Violation]]:
    try:
        raw = read_yaml(data, where=path)
        lines = read_lines(data)
        problems = list(_standard(raw, path, lines))
    except GamedayError as problem:
        line = _LINE.search(problem.problem)
        message = problem.problem.removeprefix(path).lstrip(": ")
        return None, [Violation("contract.unreadable", "error", message, path, int(line[1]) if line else 1)]
    if problems:
        return None, problems
    return make_document(raw, Source(side_of(raw, path), path, lines)), []


def _standard(raw: Any, path: str, lines: Lines) -> Iterator[Violation]:
    if not isinstance(raw, dict):
        content = "an empty file" if raw is None else shown(raw)
        yield Violation("contract.not-standard", "error", f"{content} is not a contract (kind: DataContract)", path, 1)
        return
    seen: set[str] = set()
    for place, message in standard_problems(raw, where=path):
        dotted = ".".join(map(str, place)) or "the whole file"
        text = f"{dotted}: {_plainer(message)}"
        if text not in seen:
            seen.add(text)
            yield Violation("contract.not-standard", "error", text, path, lines.of(place) or 1)


def _plainer(message: str) -> str:
    """The message in plainer words: the standard's schema asks for a ``map`` if the logicalType is missing."""
    if message.startswith('"map" is a required') and "'logicalType'" not in message:
        return message.replace('"map"', '"logicalType"', 1)
    return message


def _check_document(document: Document) -> Iterator[Violation]:
    if not str(document.raw["apiVersion"]).startswith("v3."):
        where = document.where("apiVersion")
        yield finding(
            "not-standard", where, f"apiVersion {document.raw['apiVersion']} is not version 3 of the standard"
        )
    if parse_version(document.version) is None:
        where = document.where("version")
        yield finding("version-not-semantic", where, f"the version {document.version[:80]!r} is not like 1.2.3")
    if not document.objects:
        yield finding(
            "no-schema", document.where("schema"), "there is no schema, so records cannot be checked against it"
        )
    yield from _check_names(document.objects)
    for index, element in enumerate(document.objects):
        if index == 0 and not any(child.raw.get("primaryKey") for child in element.children):
            message = f"{element.path} is the record itself but has no primaryKey"
            yield finding("no-key", element.where("name"), message, "warning")
    for element in document.elements():
        yield from _check_names(element.children)
        yield from check_values(element)


def _check_names(elements: tuple[Element, ...]) -> Iterator[Violation]:
    """Each name and each physical name must be unique within its parent."""
    names: dict[str, Element] = {}
    wires: dict[str, Element] = {}
    for element in elements:
        first = names.setdefault(element.name, element)
        if first is not element:
            message = f"{element.path} is defined twice, first on line {first.where('name').line}"
            yield finding("duplicate-name", element.where("name"), message)
        other = wires.setdefault(element.wire, element)
        if other is not element and first is element:
            message = f"{element.path} and {other.path} have the same physical name, {element.wire_path}"
            yield finding("duplicate-physical-name", element.where("physicalName"), message)
