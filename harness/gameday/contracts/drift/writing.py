"""What is written about drift: a ticket and a page for each owner, and a scenario of what has happened.

Nothing is sent. A ticket is what Jira's ``POST /rest/api/3/issue`` takes, without its project; a page is what
PagerDuty's Events API v2 takes, without its routing key. Sources: Atlassian, "The Jira Cloud REST API", Create issue;
PagerDuty, "Send an Alert Event".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.base.texts import one_line
from gameday.base.whole_file import write_whole
from gameday.contracts.compatibility.schema_rules import ADDED_REQUIRED, REMOVED, RENAMED
from gameday.contracts.drift.drift import Drift, Drifted

#: Nobody by the contract: whoever looks after the flow has to find out.
UNOWNED = "nobody"
_LONGEST_SUMMARY = 250


def files_of(drifts: Sequence[Drift], source: str, sink: str) -> Mapping[str, bytes]:
    """``{path: content}``: drift.json, a ticket and a page for each owner, and drift.feature; pure.

    Only what breaks the flow is paged. ``source`` and ``sink`` are the systems of the scenario.
    """
    files = {"drift.json": _json(drifts)}
    for owner, found in _by_owner(drifts).items():
        name = re.sub(r"[^A-Za-z0-9]+", "-", owner).strip("-")[:80] or UNOWNED
        files[f"tickets/{name}.json"] = _json(_ticket(owner, found))
        if breaking := [each for each in found if each[1].breaks]:
            files[f"pages/{name}.json"] = _json(_page(owner, breaking))
    scenarios = [each for drift in drifts for each in _scenarios(drift)]
    if scenarios:
        files["drift.feature"] = _feature(drifts[0].flow, source, sink, scenarios).encode()
    return files


def write_files(files: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write them below a folder. Raises GamedayError."""
    for path in files:
        try:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise GamedayError(f"cannot write into {folder}: {problem.strerror}") from None
        write_whole(folder / path, files[path])
    return [folder / path for path in files]


def _by_owner(drifts: Sequence[Drift]) -> dict[str, list[tuple[Drift, Drifted]]]:
    found: dict[str, list[tuple[Drift, Drifted]]] = {}
    for drift in drifts:
        for each in drift.found:
            for owner in each.owners or (UNOWNED,):
                found.setdefault(owner, []).append((drift, each))
    return found


def _summary(found: Sequence[tuple[Drift, Drifted]]) -> str:
    drift, first = found[0]
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return one_line(f"{drift.flow}: {drift.system} differs from the contract: {first.change.message}{more}")[
        :_LONGEST_SUMMARY
    ]


def _lines(found: Sequence[tuple[Drift, Drifted]]) -> list[str]:
    return [
        one_line(f"{drift.system}: {each.sentence} ({each.change.file}:{each.change.line})") for drift, each in found
    ]


def _ticket(owner: str, found: Sequence[tuple[Drift, Drifted]]) -> dict[str, Any]:
    def paragraph(text: str) -> dict[str, Any]:
        return {"type": "paragraph", "content": [{"type": "text", "text": text}]}

    items = [{"type": "listItem", "content": [paragraph(line)]} for line in _lines(found)]
    ask = f"For {owner}. Change the organisation back, or change the contract and let it be signed off."
    content = [paragraph(ask), {"type": "bulletList", "content": items}]
    return {
        "fields": {
            "issuetype": {"name": "Task"},
            "summary": _summary(found),
            "labels": ["contract-drift", found[0][0].flow],
            "description": {"type": "doc", "version": 1, "content": content},
        }
    }


def _page(owner: str, found: Sequence[tuple[Drift, Drifted]]) -> dict[str, Any]:
    flow = found[0][0].flow
    # The same drift tomorrow is the same incident.
    facts = sorted((each.change.rule, each.change.path, each.change.after) for _, each in found)
    key = hashlib.sha256(msgspec.json.encode([flow, owner, facts])).hexdigest()[:32]
    return {
        "event_action": "trigger",
        "dedup_key": f"contract-drift-{key}",
        "payload": {
            "summary": _summary(found),
            "source": found[0][0].system,
            "severity": "error",
            "component": flow,
            "class": "contract drift",
            "custom_details": {"flow": flow, "owner": owner, "reason": "contract drift", "found": _lines(found)},
        },
    }


def _scenarios(drift: Drift) -> Iterator[tuple[str, str, str, tuple[tuple[str, str], ...]]]:
    """What of the drift a fault can play: the title, the target, the fault, and its parameters."""
    for each in drift.found:
        change, target = each.change, each.change.side.upper()
        wire, name = change.wire, one_line(change.wire)
        if not re.fullmatch(r"[A-Za-z0-9_.]+", wire):
            continue
        if change.rule == RENAMED.id:
            fault = ("field", wire), ("new name", change.after)
            yield f"Orders stop: {name} is now {change.after}", target, "renamed field", fault
        elif change.rule == REMOVED.id:
            yield f"Orders stop: {name} is gone", target, "hidden field", (("field", wire),)
        elif change.rule == ADDED_REQUIRED.id and change.side == "erp":
            yield f"Orders are refused: {name} is now required", target, "required field", (("field", wire),)


def _feature(
    flow: str, source: str, sink: str, scenarios: Sequence[tuple[str, str, str, tuple[tuple[str, str], ...]]]
) -> str:
    lines = [
        "@schema",
        f"Feature: What has changed under {flow}",
        "  Drafted by `gameday contract drift` from what the organisation of today does and the contract does not say.",
        "",
        "  Background:",
        f'    Given deals flow from "{source}" to "{sink}" under the contract "{flow}"',
        "    And 100 deals are closed won at 20 per minute",
    ]
    for title, target, fault, parameters in scenarios:
        lines += [
            "",
            f"  Scenario: {title}",
            f'    When after 2 minutes the {target} suffers "{fault}" for 4 minutes',
            f"      | {' | '.join(name for name, _ in parameters)} |",
            f"      | {' | '.join(value for _, value in parameters)} |",
            "    Then the flow's owner is alerted within 5 minutes",
            "    And the alert names the affected deals and the reason",
            "    And every deal is in the ERP exactly once within 10 minutes of the fix",
            "    And no lost or wrong deal goes unreported",
        ]
    return "\n".join(lines) + "\n"


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=1) + b"\n"
