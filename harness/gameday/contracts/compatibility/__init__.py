"""Compares versions of a flow's contracts: what changed, whom it breaks, the version step required, and who agreed.

old, new = read_flow("main:closed-won-to-sales-order"), read_flow("closed-won-to-sales-order")
comparison = compare(old, new)
violations = [*comparison.violations, *check_sign_offs(comparison, sign_offs, now=now)]
"""

from gameday.contracts.compatibility.change import RULES, Change, Rule, Step
from gameday.contracts.compatibility.comparison import Comparison, Declared, WireChange, compare, wire_changes
from gameday.contracts.compatibility.document import Document, Element, parse_document
from gameday.contracts.compatibility.flow_contracts import FlowContracts
from gameday.contracts.compatibility.sign_offs import SignOff, SignOffs, check_sign_offs, parse_sign_offs
from gameday.contracts.compatibility.sources import paired, read_flow, read_flows

__all__ = [
    "RULES",
    "Change",
    "Comparison",
    "Declared",
    "Document",
    "Element",
    "FlowContracts",
    "Rule",
    "SignOff",
    "SignOffs",
    "Step",
    "WireChange",
    "check_sign_offs",
    "compare",
    "paired",
    "parse_document",
    "parse_sign_offs",
    "read_flow",
    "read_flows",
    "wire_changes",
]
