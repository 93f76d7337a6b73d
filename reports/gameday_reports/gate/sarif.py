"""The gate's violations as SARIF 2.1.0, for boards that show findings of static analysis.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0". Fingerprints leave out lines and
figures, so that a finding keeps its identity when lines move or another sample is drawn.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import quote

import msgspec

from gameday import __version__
from gameday.base.violation import Violation
from gameday.model.gate_rules import help_of
from gameday.model.gate_verdict import GateVerdict
from gameday_reports.wire import one_line, visible

VERSION = "2.1.0"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "gamedayGate/v1"
#: A message is shown on one line; the orders are in the properties.
NAMED_ORDERS = 200

_FIGURES = re.compile(r"'[^']*'|\"[^\"]*\"|\b\w*\d[\w.,%-]*")


def sarif(verdict: GateVerdict) -> str:
    """``gate.sarif``: one run, a rule for each kind of violation, a result for each violation."""
    rules = sorted({violation.rule for violation in verdict.violations})
    run = {
        "tool": {
            "driver": {
                "name": "gameday gate",
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": verdict.result != "inconclusive",
                "exitCode": verdict.exit_code,
                "toolExecutionNotifications": [
                    {
                        "level": "error" if stage.stops else "note",
                        "message": {"text": _text(f"{stage.name}: {stage.state}: {stage.summary}")},
                    }
                    for stage in verdict.stages
                ],
            }
        ],
        "results": [_result(violation, rules.index(violation.rule)) for violation in verdict.violations],
        "columnKind": "unicodeCodePoints",
    }
    document = {"$schema": SCHEMA, "version": VERSION, "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"


def _rule(rule: str) -> dict[str, Any]:
    texts = help_of(rule)
    return {
        "id": rule,
        "shortDescription": {"text": texts.short},
        "fullDescription": {"text": texts.full},
        "help": {"text": texts.help},
    }


def _result(violation: Violation, rule_index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": violation.rule,
        "ruleIndex": rule_index,
        "level": violation.level,
        "message": {"text": _text(violation.message)},
        "partialFingerprints": {FINGERPRINT: fingerprint(violation)},
        "properties": {"orders": list(violation.orders[:NAMED_ORDERS]), "owners": list(violation.owners)},
    }
    if violation.path:
        location: dict[str, Any] = {"artifactLocation": {"uri": quote(violation.path)}}
        if not violation.path.startswith("/"):
            location["artifactLocation"]["uriBaseId"] = "%SRCROOT%"
        if violation.line > 0:
            location["region"] = {"startLine": violation.line}
        result["locations"] = [{"physicalLocation": location}]
    return result


def fingerprint(violation: Violation) -> str:
    """The identity of a finding across gates: a hash of its rule, its file and its words without figures."""
    words = _FIGURES.sub("#", one_line(violation.message))
    return hashlib.sha256(f"{violation.rule}\n{violation.path}\n{words}".encode()).hexdigest()[:32]


def _text(text: str) -> str:
    return visible(one_line(text)) or "no message"
