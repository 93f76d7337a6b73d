"""The gate's violations as a GitLab Code Quality report, which a merge request shows beside the lines.

Source: GitLab documentation, "Code Quality", report format: description, check_name, a unique fingerprint, severity
(info, minor, major, critical, blocker) and location.path with location.lines.begin, all of them required.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import msgspec

from gameday.base.violation import Violation
from gameday.model.gate_verdict import GateVerdict
from gameday_reports.gate.sarif import fingerprint
from gameday_reports.wire import one_line, visible

#: The path given for a finding that is not about a line of a file, such as one about an order.
ELSEWHERE = "gate.json"

_SEVERITIES = {"error": "critical", "warning": "minor", "note": "info"}


def code_quality(verdict: GateVerdict) -> str:
    """``code-quality.json``: one entry for each violation; fingerprints are unique."""
    seen: Counter[str] = Counter()
    entries = []
    for violation in verdict.violations:
        mark = fingerprint(violation)
        entries.append(_entry(violation, mark, seen[mark]))
        seen[mark] += 1
    return msgspec.json.format(msgspec.json.encode(entries), indent=1).decode() + "\n"


def _entry(violation: Violation, mark: str, number: int) -> dict[str, Any]:
    unique = hashlib.sha256(f"{mark} {number}".encode()).hexdigest()[:32] if number else mark
    return {
        "description": visible(one_line(violation.message)) or violation.rule,
        "check_name": violation.rule,
        "fingerprint": unique,
        "severity": _SEVERITIES[violation.level],
        "location": {"path": violation.path or ELSEWHERE, "lines": {"begin": max(1, violation.line)}},
    }
