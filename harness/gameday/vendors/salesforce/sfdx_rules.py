"""Validation rules and record types of an sfdx project.

Source: Salesforce Metadata API Developer Guide, "ValidationRule" and "RecordType".
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from gameday.contracts.organisations.xml_tree import Element
from gameday_fakes.organisation import RecordTypeSpec, RuleSpec
from gameday_fakes.salesforce.formula_tree import LONGEST

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")


def rule_of(root: Element) -> tuple[str, RuleSpec] | None:
    """A validation rule with its name; None for one that is switched off. Raises ValueError with the reason."""
    if root.value("active").lower() == "false":
        return None
    formula, field = root.value("errorConditionFormula"), root.value("errorDisplayField")
    if not formula or len(formula) > LONGEST:
        raise ValueError("not taken: it has no formula, or one that is too long")
    return _name(root), RuleSpec(formula, root.value("errorMessage")[:255], field if _NAME.fullmatch(field) else "")


def record_type_of(root: Element) -> tuple[str, RecordTypeSpec]:
    """A record type with its name. Raises ValueError with the reason."""
    values = {}
    for picklist in root.all("picklistValues"):
        field = picklist.value("picklist")
        if _NAME.fullmatch(field):
            # The source format writes them as in a URL.
            texts = [unquote(each.value("fullName"))[:255] for each in picklist.all("values")]
            values[field] = tuple(dict.fromkeys(filter(None, texts)))
    active = root.value("active").lower() != "false"
    return _name(root), RecordTypeSpec(root.value("label")[:255], active=active, values=values)


def _name(root: Element) -> str:
    name = root.value("fullName")
    if not _NAME.fullmatch(name):
        raise ValueError("not taken: its name cannot be one")
    return name
