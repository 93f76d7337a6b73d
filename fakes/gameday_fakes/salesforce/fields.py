"""The objects and fields of the bundled organisation; those that a fake serves are in its model (``model``)."""

from __future__ import annotations

from gameday_fakes.organisation import bundled
from gameday_fakes.salesforce.currencies import CURRENCIES
from gameday_fakes.salesforce.field import Field, FieldType, Object
from gameday_fakes.salesforce.model import Model
from gameday_fakes.salesforce.standard import STAGES

__all__ = ["BUNDLED", "CHILDREN", "CURRENCIES", "OBJECTS", "STAGES", "Field", "FieldType", "Object"]

BUNDLED = Model(bundled())
OBJECTS = BUNDLED.objects
CHILDREN = BUNDLED.children
