"""One field of an sfdx project."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from gameday.contracts.organisations.imported import unserved
from gameday.contracts.organisations.xml_tree import Element, read_xml
from gameday_fakes.organisation import FieldSpec, SummarySpec
from gameday_fakes.salesforce.formula_tree import LONGEST as LONGEST_FORMULA
from gameday_fakes.salesforce.house_model import is_number_format
from gameday_fakes.whole_numbers import whole_number

#: Types of the Metadata API ("FieldType"), each as a describe has it.
_TYPES = {
    "Text": "string",
    "AutoNumber": "string",
    "TextArea": "textarea",
    "LongTextArea": "textarea",
    "Html": "textarea",
    "EncryptedText": "encryptedstring",
    "Number": "double",
    "Currency": "currency",
    "Percent": "percent",
    "Checkbox": "boolean",
    "Date": "date",
    "DateTime": "datetime",
    "Time": "time",
    "Email": "email",
    "Phone": "phone",
    "Url": "url",
    "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist",
    "Lookup": "reference",
    "MasterDetail": "reference",
    "Hierarchy": "reference",
    "Summary": "double",
}
_NUMBERS = ("double", "currency", "percent", "int", "long")
_LENGTHS = {"textarea": 255, "multipicklist": 4099}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")
_TEXT = re.compile(r"""(["'])(.*)\1""", re.DOTALL)


class Unusable(Exception):
    """A field that cannot be taken; its text is the reason."""


def field_of(root: Element, global_values: dict[str, Path]) -> FieldSpec:
    """A field as an organisation has it. Raises Unusable."""
    kind = root.value("type")
    if not kind:
        raise Unusable("not taken: its file has no type, as those of standard fields; a describe has it")
    if kind not in _TYPES:
        raise Unusable(unserved(kind, _TYPES))
    type_ = _TYPES[kind]
    computed = root.first("formula") is not None or kind == "Summary"
    values, chosen, restricted = _values(root, global_values) if type_.endswith("picklist") else ((), None, False)
    default = {"default": chosen} if chosen else {} if computed else default_of(root.value("defaultValue"), type_)
    to, relationship = _reference(root, kind) if type_ == "reference" else ("", "")
    name = root.value("fullName")
    return FieldSpec(
        type_,
        root.value("label")[:255],
        length=_number(root, "length", 2_000_000) or _LENGTHS.get(type_, 0),
        precision=_number(root, "precision", 18) if type_ in _NUMBERS else 0,
        scale=_number(root, "scale", 17) if type_ in _NUMBERS else 0,
        required=(root.flag("required") or kind == "MasterDetail") and type_ != "boolean" and not computed,
        unique=root.flag("unique"),
        external_id=root.flag("externalId"),
        values=values,
        restricted=restricted,
        refers_to=to,
        relationship=f"{name.removesuffix('__c')}__r" if to and name.endswith("__c") else "",
        children=f"{relationship}__r" if relationship and name.endswith("__c") else relationship,
        calculated=computed,
        read_only=kind == "AutoNumber",
        formula=root.value("formula")[:LONGEST_FORMULA] if kind != "Summary" else "",
        blank_as_zero=root.value("formulaTreatBlanksAs") == "BlankAsZero",
        auto_number=number_format(root) if kind == "AutoNumber" else "",
        summary=summary_of(root) if kind == "Summary" else None,
        **default,
        create_only=kind == "MasterDetail" and not root.flag("reparentableMasterDetail"),
    )


def summary_of(root: Element) -> SummarySpec | None:
    """What a roll-up summary sums up; None where its filters are not taken, or the file does not say it."""
    child, _, by = root.value("summaryForeignKey").partition(".")
    of, _, field = root.value("summarizedField").partition(".")
    function = root.value("summaryOperation").lower()
    if root.first("summaryFilterItems") is not None or function not in ("count", "sum", "min", "max"):
        return None
    if not all(_NAME.fullmatch(name) for name in (child, by, field or child)) or of not in ("", child):
        return None
    return SummarySpec(function, child, field if function != "count" else "", by)  # type: ignore[arg-type]


def number_format(root: Element) -> str:
    """The format of an automatic number; just the number where the file has none."""
    given = root.value("displayFormat")
    return given if is_number_format(given) else "{0}"


def values_of(elements: Iterable[Element]) -> tuple[tuple[str, ...], str | None]:
    """The active values of a picklist, and the one that a new record has."""
    values: list[str] = []
    default = None
    for element in elements:
        value = element.value("fullName")
        if value and len(value) <= 255 and element.value("isActive").lower() != "false":
            values.append(value)
            default = value if element.flag("default") else default
    return tuple(dict.fromkeys(values)), default


def _values(root: Element, global_values: dict[str, Path]) -> tuple[tuple[str, ...], str | None, bool]:
    values_set = root.first("valueSet")
    if values_set is None:
        return (), None, False
    shared = values_set.value("valueSetName")
    if not shared:
        definition = values_set.first("valueSetDefinition")
        values, default = values_of(definition.all("value") if definition is not None else ())
        return values, default, values_set.flag("restricted") and bool(values)
    if shared not in global_values:
        raise Unusable(f"not taken: the project does not have its global value set {shared[:80]!r}")
    values, default = values_of(read_xml(global_values[shared]).all("customValue"))
    # Fields of a global value set are always restricted to it ("GlobalValueSet").
    return values, default, bool(values)


def _reference(root: Element, kind: str) -> tuple[str, str]:
    to = root.value("referenceTo") or ("User" if kind == "Hierarchy" else "")
    if not _NAME.fullmatch(to):
        raise Unusable("not taken: it does not say what it refers to")
    relationship = root.value("relationshipName")
    return to, relationship if _NAME.fullmatch(relationship) else ""


def _number(root: Element, name: str, most: int) -> int:
    """A number of the file, 0 where it has none. Raises Unusable for one that cannot be."""
    text = root.value(name)
    number = whole_number(text, digits=8) if text else 0
    if number is None or number > most:
        raise Unusable(f"not taken: its {name} {text[:40]!r} is no whole number from 0 to {most}")
    return number


def default_of(text: str, type_: str) -> dict[str, str | bool]:
    """The attributes of a default as a formula writes it: a literal's value, else the formula."""
    if not text or text.lower() == "false":
        return {}
    if type_ == "boolean" and text.lower() == "true":
        return {"default": True}
    if type_ in _NUMBERS and re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,8})?", text):
        return {"default": text}
    found = _TEXT.fullmatch(text)
    if found and type_ not in (*_NUMBERS, "boolean", "reference", "date", "datetime", "time"):
        return {"default": found[2][:255]} if found[2] else {}
    return {"default_formula": text[:LONGEST_FORMULA]}
