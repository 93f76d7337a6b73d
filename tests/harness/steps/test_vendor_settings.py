"""Every setting of every fake of a CRM or an ERP can be set by the sentence of a feature."""

from __future__ import annotations

from gameday.model.scenario import Flow
from gameday.steps.feasible import PlannedEnvironment
from gameday_fakes.manifests import of_role
from gameday_fakes.registry import fake_kinds
from support.rows import rows

VENDORS = [(role, vendor) for role in ("crm", "erp") for vendor in of_role(role)]
#: A value of its type for a setting without a default, as a table has it.
VALUES = {"whole number": "100", "number": "60", "decimal": "5", "boolean": "true", "text": "a text"}

#: Of a client, and no behaviour of the vendor: a certificate is no text in a table.
NOT_OF_FEATURES = {"certificate"}


@rows(("role", "vendor"), VENDORS)
def test_a_feature_reaches_every_setting_of_a_fake(role: str, vendor: str) -> None:
    kind = fake_kinds()[vendor]
    known = {each.name: each for each in kind.catalogue().settings}
    assert set(kind.settings_type.__struct_fields__) == set(known)
    flow = Flow(vendor if role == "crm" else "salesforce", vendor if role == "erp" else "netsuite", "f")
    for name in known.keys() - NOT_OF_FEATURES:
        parameter = known[name]
        # What has no value by default needs one that its own rules know; its test is where they are.
        if parameter.default not in ("", []):
            text = VALUES[parameter.type] if parameter.default is None else str(parameter.default)
            mistakes = [str(each) for each in PlannedEnvironment().settings_mistakes(role, {name: text}, flow)]
            assert mistakes == [], name
