"""What the fake is where it serves an organisation: its objects, its URL table, and which object is a deal."""

from __future__ import annotations

from typing import Any

import msgspec

from gameday_fakes.organisation import Organisation, OrganisationError
from gameday_fakes.salesforce.model import Model
from gameday_fakes.salesforce.routes import routes_of
from gameday_fakes.salesforce.settings import Settings
from gameday_fakes.salesforce.won_deal import DealFields


def served(organisation: Organisation, vendor: str) -> dict[str, Any]:
    """The class variables of the fake. Raises OrganisationError."""
    model = Model(organisation)
    try:
        of_deals = msgspec.convert(organisation.settings.get(vendor, {}), Settings, strict=False).deal_fields(model)
    except msgspec.ValidationError:
        # Said with the known ones where the settings are read.
        of_deals = DealFields()
    except ValueError as problem:
        raise OrganisationError(f"{organisation.where}/settings.json: {vendor}: {problem}") from None
    return {
        "model": model,
        "objects": model.catalogued,
        "tables": tuple(model.objects),
        "routes": routes_of(of_deals.object),
        "deal_objects": (of_deals.object, of_deals.lines.object),
    }
