"""Organisations as data: what the fakes of a CRM and an ERP serve, read from a folder (docs/organisations.md).

A folder has one JSON file for each object or record type, in a sub-folder for each vendor, and a file of settings.
What every account of a vendor has is in the vendor's own package, and so is what the bundled organisation adds to it;
a folder adds to the one and replaces the other.
"""

from __future__ import annotations

from gameday_fakes.organisation.files import bundled, read_organisation, write_object
from gameday_fakes.organisation.model import (
    FieldSpec,
    FormSpec,
    ObjectSpec,
    Organisation,
    OrganisationError,
    RecordTypeSpec,
    RuleSpec,
    SummarySpec,
)

__all__ = [
    "FieldSpec",
    "FormSpec",
    "ObjectSpec",
    "Organisation",
    "OrganisationError",
    "RecordTypeSpec",
    "RuleSpec",
    "SummarySpec",
    "bundled",
    "read_organisation",
    "write_object",
]
