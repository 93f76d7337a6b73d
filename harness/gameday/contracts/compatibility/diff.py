"""Compares named contracts, files, folders or revisions, and checks the sign-offs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from gameday.base.violation import Violation
from gameday.contracts.compatibility.approvals import Approvers
from gameday.contracts.compatibility.comparison import Comparison, compare
from gameday.contracts.compatibility.configured_rules import FILE_NAME as RULES_FILE
from gameday.contracts.compatibility.configured_rules import ConfiguredRules, parse_rules
from gameday.contracts.compatibility.deployed import FindDeployed, broken_versions
from gameday.contracts.compatibility.flow_contracts import FlowContracts
from gameday.contracts.compatibility.git import repository_root
from gameday.contracts.compatibility.partial import PartialReading
from gameday.contracts.compatibility.sign_offs import FILE_NAME, SignOffs, check_sign_offs, parse_sign_offs
from gameday.contracts.compatibility.sources import (
    paired,
    read_beside,
    read_file,
    read_flow,
    read_flows,
    read_old_flows,
    side_suffix,
)


class FlowReview(msgspec.Struct, frozen=True):
    """The changes of one flow and all their violations, those of the sign-offs included."""

    comparison: Comparison
    violations: tuple[Violation, ...]


def compare_all(
    old: str,
    new: str,
    *,
    now: datetime,
    folders: Iterable[Path] = (),
    sign_offs: Path | None = None,
    approvers: Approvers | None = None,
    deployed: FindDeployed | None = None,
) -> tuple[FlowReview, ...]:
    """Compare every flow of ``old`` and ``new`` (see `compatibility.sources`), and check the sign-offs.

    One flow that ``old`` does not have is new: its contracts are added. Documents that break the standard are compared
    as far as they can be read; what is wrong with them is among the violations.

    ``sign_offs`` is a file; without, ``sign-offs.yaml`` beside the new contracts, if there is one.
    ``approvers`` tie sign-offs to people, ``deployed`` finds the versions with which each flow is compared too.
    Raises GamedayError for what cannot be read.
    """
    searched = list(folders)
    readings = PartialReading(old=True), PartialReading()
    news = read_flows(new, searched, readings[1])
    flows = paired(read_old_flows(old, news, searched, readings[0]), news)
    given = parse_sign_offs(read_file(str(sign_offs)), path=str(sign_offs)) if sign_offs else None
    reviews = tuple(
        _review(before, after, given or _beside(after if after.documents else before), now, approvers, deployed)
        for before, after in flows
    )
    return tuple(_with_mistakes(review, readings, alone=len(reviews) == 1) for review in reviews)


def _with_mistakes(review: FlowReview, readings: Iterable[PartialReading], *, alone: bool) -> FlowReview:
    """The review with what breaks the standard in the flow's files; ``alone``: it is the only flow."""
    name = review.comparison.flow
    found = tuple(
        violation
        for reading in readings
        for path, problems in reading.problems.items()
        if alone or (side_suffix(Path(path).name) or ("",))[0] == name
        for violation in problems
    )
    return msgspec.structs.replace(review, violations=(*found, *review.violations))


def review_removal(
    old: str, *, now: datetime, sign_offs: Path | None = None, approvers: Approvers | None = None
) -> tuple[Violation, ...]:
    """What is wrong with removing a whole flow: the missing sign-offs. No version is left that could declare it.

    Without a file of ``sign_offs``, the one that lies today where the contract was.
    """
    flow = read_flow(old)
    comparison = compare(flow, FlowContracts(flow.name, ()), rules=_rules_beside(flow), today=now.date())
    path = sign_offs or repository_root() / Path(flow.documents[0].source.path).with_name(FILE_NAME)
    there = sign_offs is not None or path.is_file()
    signed = parse_sign_offs(read_file(str(path)), path=str(path)) if there else SignOffs(str(path))
    removed = (msgspec.structs.replace(each, level="warning") for each in comparison.violations)
    return (*removed, *check_sign_offs(comparison, signed, now=now, approvers=approvers))


def _review(
    old: FlowContracts,
    new: FlowContracts,
    sign_offs: SignOffs,
    now: datetime,
    approvers: Approvers | None,
    deployed: FindDeployed | None,
) -> FlowReview:
    rules, today = _rules_beside(old), now.date()
    comparison = compare(old, new, rules=rules, today=today)
    found = check_sign_offs(comparison, sign_offs, now=now, approvers=approvers)
    versions = deployed(new.name) if deployed is not None and new.documents else ()
    broken = broken_versions(comparison, old, new, versions, rules=rules, today=today)
    return FlowReview(comparison, (*comparison.violations, *broken, *found))


def _rules_beside(old: FlowContracts) -> ConfiguredRules | None:
    """The rules beside the old version: no change is judged by rules that it brings itself."""
    path, data = read_beside(old, RULES_FILE)
    return parse_rules(data, path=path) if data is not None else None


def _beside(flow: FlowContracts) -> SignOffs:
    path, data = read_beside(flow, FILE_NAME)
    read = parse_sign_offs(data, path=path) if data is not None else SignOffs(path)
    revision = flow.documents[0].source.revision if flow.documents else ""
    return msgspec.structs.replace(read, revision=revision)
