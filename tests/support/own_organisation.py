"""The bundled organisation and contract, each with two fields of a customer's own more, as a project's folder."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from support.served import copy_bundled

FLOW = "closed-won-to-sales-order"
FIELDS: dict[str, dict[str, Any]] = {
    "salesforce/Opportunity": {
        "Contract_Number__c": {"type": "string", "length": 40},
        "Requested_Delivery__c": {"type": "date"},
    },
    "netsuite/salesOrder": {
        "custbody_contract_number": {"type": "string"},
        "custbody_requested_delivery": {"type": "date"},
    },
}
CRM = """      - {name: contractNumber, physicalName: Contract_Number__c, logicalType: string, required: false}
      - {name: delivery, physicalName: Requested_Delivery__c, logicalType: date, required: false}
"""
ERP = """      - {name: contractNumber, physicalName: custbody_contract_number, logicalType: string, required: false}
      - name: requestedDelivery
        physicalName: custbody_requested_delivery
        logicalType: date
        required: false
        customProperties: [{property: comparedWith, value: Requested_Delivery__c}]
"""


def write_project(folder: Path) -> Path:
    """Write organisation, contracts and ``gameday.toml`` into a folder; returns the path of the latter."""
    copy_bundled(folder / "organisation")
    for name, fields in FIELDS.items():
        path = folder / "organisation" / f"{name}.json"
        content = json.loads(path.read_text(encoding="utf-8"))
        content["fields"] |= fields
        path.write_text(json.dumps(content), encoding="utf-8")
    contracts = Path(str(resources.files("gameday_scenarios"))) / "contracts"
    (folder / "contracts").mkdir()
    for side, before, added in (("crm", "  - name: line\n", CRM), ("erp", "  - name: invoice\n", ERP)):
        text = (contracts / f"{FLOW}.{side}.yaml").read_text(encoding="utf-8")
        assert text.count(before) == 1
        text = text.replace(before, added + before)
        (folder / "contracts" / f"{FLOW}.{side}.yaml").write_text(text, encoding="utf-8")
    config = folder / "gameday.toml"
    config.write_text(
        '[organisation]\nfolder = "organisation"\n\n[contracts]\nfolders = ["contracts"]\n', encoding="utf-8"
    )
    return config
